//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Testing
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// What customers' clients are told about their data (XEP-0504).
@Suite struct DataPolicyTests {
    private func policy(of address: String, _ change: (inout BridgeConfiguration.Privacy) -> Void) throws -> DataForm {
        var harness = try BridgeHarness()
        change(&harness.core.configuration.privacy)
        let sent = try harness.receive(
            """
            <iq type='get' id='d1' from='tom@home.example/x' to='\(address)'>\
            <query xmlns='http://jabber.org/protocol/disco#info'/></iq>
            """)
        let info = try DiscoveryInfo(try #require(sent.first?.payload))
        return try #require(info.forms.first { $0.formType == "urn:xmpp:data-policy:0" })
    }

    @Test(arguments: ["support@acme.example", "support@care.acme.example"])
    func tellsHowLongMessagesAreKept(_ address: String) throws {
        let form = try policy(of: address) { privacy in
            privacy.retention = RetentionPolicy(
                conversations: .seconds(86_400),
                contacts: [ContactAddress("support@acme.example"): .seconds(86_400 * 30)])
            privacy.takesRequests = true
            privacy.terms = "https://acme.example/terms"
        }
        #expect(form["data_retention"] == (address == "support@acme.example" ? "720" : "24"))
        #expect(form["tos"] == "https://acme.example/terms")
        #expect(form.field("access_policy")?.values == ["admins", "organization_member"])
        #expect(form.field("access_policy")?.kind == .listMulti)
        let extra = form.field("extra_info")?.values ?? []
        #expect(extra.count == 2 && extra[0].hasPrefix("Card numbers") && extra[1].contains("/erase"))
        #expect(form["data_export"] == "true" && form["full_erasure"] == "true")
    }

    @Test func tellsThatNothingIsDeletedAndThatOthersSee() throws {
        let form = try policy(of: "support@acme.example") { privacy in
            privacy.limited = [AgentID("zoe@partner.example")]
            privacy.redactor = Redactor(kinds: [])
        }
        #expect(form["data_retention"] == "infinite" && form["tos"] == nil && form["extra_info"] == nil)
        #expect(form.field("access_policy")?.values == ["admins", "organization_member", "partners"])
        #expect(form["full_erasure"] == "false")
    }
}
