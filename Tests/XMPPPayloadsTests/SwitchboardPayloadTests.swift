//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

/// The payloads of our own namespaces.
@Suite struct SwitchboardPayloadTests {
    @Test func readsAndWritesPresenceState() throws {
        try expectGolden(
            CompanyPresenceState("lunch", since: Timestamp("2026-11-22T12:00:00Z")),
            "<state xmlns='urn:switchboard:presence:1' id='lunch' since='2026-11-22T12:00:00Z'/>")
        try expectGolden(CompanyPresenceState("lunch"), "<state xmlns='urn:switchboard:presence:1' id='lunch'/>")
        try expectGolden(
            CompanyPresenceState.Principal(try JID("alice@acme.example")),
            "<for xmlns='urn:switchboard:presence:1' jid='alice@acme.example'/>")
        try expectMalformed(
            CompanyPresenceState.self,
            [
                "<state xmlns='urn:switchboard:presence:1'/>", "<state xmlns='urn:switchboard:presence:1' id=''/>",
                "<state xmlns='urn:switchboard:presence:1' id='a' since='noon'/>", "<state xmlns='o' id='a'/>",
            ])
        try expectMalformed(CompanyPresenceState.Principal.self, ["<for xmlns='urn:switchboard:presence:1'/>"])
    }

    @Test func readsAndWritesBroadcast() throws {
        try expectGolden(
            Broadcast.Sender(try JID("dave@acme.example")),
            "<sender xmlns='urn:switchboard:broadcast:1' jid='dave@acme.example'/>")
        try expectGolden(
            Broadcast.Priority(.urgent, wantsAcknowledgement: true),
            "<priority xmlns='urn:switchboard:broadcast:1' ack='true'>urgent</priority>")
        try expectMalformed(Broadcast.Sender.self, ["<sender xmlns='urn:switchboard:broadcast:1'/>"])
        try expectMalformed(
            Broadcast.Priority.self,
            [
                "<priority xmlns='urn:switchboard:broadcast:1'/>",
                "<priority xmlns='urn:switchboard:broadcast:1' ack='x'>urgent</priority>",
                "<priority xmlns='urn:switchboard:broadcast:1'>dire</priority>",
            ])
    }

    @Test(arguments: Broadcast.Priority.Level.allCases)
    func keepsEachPriority(_ level: Broadcast.Priority.Level) throws {
        try expectRoundTrip(Broadcast.Priority(level))
    }

    @Test func readsAndWritesDepartment() throws {
        try expectGolden(
            BizBuddyDepartment(.open, wait: .underOne),
            "<department xmlns='urn:switchboard:bizbuddy:1' state='open' wait='&lt;1'/>")
        try expectGolden(
            BizBuddyDepartment(.closed, reopens: Timestamp("2026-11-23T09:00:00Z")),
            "<department xmlns='urn:switchboard:bizbuddy:1' state='closed' reopens='2026-11-23T09:00:00Z'/>")
        let department = "<department xmlns='urn:switchboard:bizbuddy:1'"
        try expectMalformed(
            BizBuddyDepartment.self,
            [
                "\(department)/>", "\(department) state='shut'/>", "\(department) state='open' wait='2'/>",
                "\(department) state='open' reopens='soon'/>", "<department xmlns='o' state='open'/>",
            ])
    }

    @Test(arguments: BizBuddyDepartment.State.allCases, BizBuddyDepartment.Wait.allCases)
    func keepsEachStateAndWait(_ state: BizBuddyDepartment.State, _ wait: BizBuddyDepartment.Wait) throws {
        try expectRoundTrip(BizBuddyDepartment(state, wait: wait))
    }

    @Test(arguments: BizBuddyRecord.Match.allCases)
    func keepsEachMatch(_ match: BizBuddyRecord.Match) throws {
        try expectGolden(
            BizBuddyRecord(customer: "4711", source: "directory", match: match),
            """
            <record xmlns='urn:switchboard:bizbuddy:1' customer='4711' source='directory' match='\(match.rawValue)'/>
            """)
    }

    @Test func rejectsMalformedRecord() throws {
        let record = "<record xmlns='urn:switchboard:bizbuddy:1'"
        try expectMalformed(
            BizBuddyRecord.self,
            [
                "\(record)/>", "\(record) customer='a' source='b'/>", "\(record) customer='a' match='exact'/>",
                "\(record) source='b' match='exact'/>", "\(record) customer='a' source='b' match='none'/>",
                "\(record) customer='a' source='b' match='exact'><x xmlns='jabber:x:data'/></record>",
                "<record xmlns='o' customer='a' source='b' match='exact'/>",
            ])
    }
}
