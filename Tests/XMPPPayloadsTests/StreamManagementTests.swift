//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct StreamManagementTests {
    /// XEP-0198 §3, examples 2 to 6.
    @Test func readsAndWritesEnabling() throws {
        try expectGolden(StreamManagement.Enable(), "<enable xmlns='urn:xmpp:sm:3'/>")
        try expectGolden(
            StreamManagement.Enable(maximumResumptionTime: 60, wantsResumption: true),
            "<enable xmlns='urn:xmpp:sm:3' max='60' resume='true'/>")
        try expectGolden(StreamManagement.Enabled(), "<enabled xmlns='urn:xmpp:sm:3'/>")
        try expectGolden(
            StreamManagement.Enabled(
                id: "some-long-sm-id", location: "[2001:41D0:1:A49b::1]:9222", maximumResumptionTime: 1,
                allowsResumption: true),
            """
            <enabled xmlns='urn:xmpp:sm:3' id='some-long-sm-id' location='[2001:41D0:1:A49b::1]:9222' max='1'
                     resume='true'/>
            """)
        let enable = try StreamManagement.Enable(parse("<enable xmlns='urn:xmpp:sm:3' resume='1'/>"))
        #expect(enable.wantsResumption)
    }

    /// XEP-0198 §4, example 8.
    @Test func readsAndWritesAcknowledgement() throws {
        try expectGolden(StreamManagement.Acknowledgement(handled: 1), "<a xmlns='urn:xmpp:sm:3' h='1'/>")
        try expectRoundTrip(StreamManagement.Acknowledgement(handled: .max))
        #expect(StreamManagement.request == (try parse("<r xmlns='urn:xmpp:sm:3'/>")))
        #expect(StreamManagement.feature == (try parse("<sm xmlns='urn:xmpp:sm:3'/>")))
        let tooHigh = try parse("<handled-count-too-high xmlns='urn:xmpp:sm:3' h='10' send-count='8'/>")
        #expect(StreamManagement.handledCountTooHigh(handled: 10, sent: 8) == tooHigh)
    }

    /// XEP-0198 §5, examples 11 to 14.
    @Test func readsAndWritesResumption() throws {
        try expectGolden(
            StreamManagement.Resume(previous: "some-long-sm-id", handled: 7),
            "<resume xmlns='urn:xmpp:sm:3' h='7' previd='some-long-sm-id'/>")
        try expectGolden(
            StreamManagement.Resumed(previous: "some-long-sm-id", handled: 8),
            "<resumed xmlns='urn:xmpp:sm:3' h='8' previd='some-long-sm-id'/>")
        try expectGolden(
            StreamManagement.Failed(.itemNotFound, handled: 9),
            """
            <failed xmlns='urn:xmpp:sm:3' h='9'>
              <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
            </failed>
            """)
        try expectGolden(StreamManagement.Failed(), "<failed xmlns='urn:xmpp:sm:3'/>")
    }

    @Test(arguments: StanzaError.Condition.allCases)
    func keepsEachCondition(_ condition: StanzaError.Condition) throws {
        try expectRoundTrip(StreamManagement.Failed(condition))
    }

    @Test func rejectsMalformed() throws {
        try expectMalformed(
            StreamManagement.Acknowledgement.self,
            [
                "<a xmlns='urn:xmpp:sm:3'/>", "<a xmlns='urn:xmpp:sm:3' h='-1'/>",
                "<a xmlns='urn:xmpp:sm:3' h='4294967296'/>",
                "<a xmlns='urn:xmpp:sm:3' h=''/>", "<a xmlns='urn:xmpp:sm:2' h='1'/>",
            ])
        try expectMalformed(
            StreamManagement.Enable.self,
            ["<enable xmlns='urn:xmpp:sm:3' max='0'/>", "<enable xmlns='urn:xmpp:sm:3' resume='perhaps'/>"])
        try expectMalformed(StreamManagement.Enabled.self, ["<enabled xmlns='urn:xmpp:sm:3' max='x'/>"])
        try expectMalformed(
            StreamManagement.Resume.self,
            ["<resume xmlns='urn:xmpp:sm:3' h='1'/>", "<resume xmlns='urn:xmpp:sm:3' previd='a'/>"])
        try expectMalformed(StreamManagement.Resumed.self, ["<resumed xmlns='urn:xmpp:sm:3'/>"])
        try expectMalformed(StreamManagement.Failed.self, ["<failed xmlns='urn:xmpp:sm:3' h='x'/>"])
    }
}
