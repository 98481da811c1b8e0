//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPServer
import XMPPTestKit

@Suite struct BizBuddyContactsTests {
    private static let address = "support@acme.example"

    private func withContact(_ body: (TestServer) async throws -> Void) async throws {
        let configuration = try Company.configuration { configuration in
            let support = AccountGroup("Support", accounts: [try JID("alice@acme.example")])
            let all = AccountGroup("Home", hosts: ["other.example"])
            configuration.contacts = [
                BizBuddyContact(
                    try JID(Self.address), name: "Acme Support", members: [support, all],
                    component: Company.careDomain)
            ]
        }
        try await Company.with(configuration, components: [Company.care]) { try await body($0) }
    }

    @Test func isInTheRostersOfItsMembers() async throws {
        try await withContact { server in
            let alice = try await server.client("alice@acme.example")
            #expect(
                try await alice.roster().includes(
                    """
                    <iq><query xmlns='jabber:iq:roster'><item jid='\(Self.address)' name='Acme Support' \
                    subscription='both'><group>BizBuddy</group></item></query></iq>
                    """))
            let bob = try await server.client("bob@acme.example")
            #expect(try await bob.roster().firstChild?.firstChild == nil)
        }
    }

    @Test func keepsMessagesAndSubscriptionsUntilTheComponentIsThere() async throws {
        try await withContact { server in
            let tom = try await server.client("tom@home.example/phone", isAvailable: true)
            tom.send("<presence to='\(Self.address)' type='subscribe'/>")
            tom.send("<message to='\(Self.address)' type='chat' id='m1'><body>Help</body></message>")
            _ = try await tom.settle()
            let care = try await server.component(Company.careDomain, secret: "care-secret", acknowledges: true)
            let subscribe = try await care.expect("<presence type='subscribe' to='\(Self.address)'/>")
            let message = try await care.expect("<message id='m1' to='\(Self.address)'><body>Help</body></message>")
            #expect(subscribe["from"] == "tom@home.example")
            #expect(message["from"] == "tom@home.example/phone")
            let ids = [subscribe, message].map { $0.child("stanza-id", "urn:xmpp:sid:0") }
            #expect(ids.allSatisfy { $0?["by"] == "acme.example" && $0?["id"] != nil })
            #expect(ids[0]?["id"] != ids[1]?["id"])
        }
    }

    @Test func handsOtherStanzasOverAtOnceOrNotAtAll() async throws {
        try await withContact { server in
            let tom = try await server.client("tom@home.example/phone", isAvailable: true)
            let query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
            let early = try await tom.iq("get", to: Self.address, query)
            #expect(early.error?.condition == .serviceUnavailable && early.error?.kind == .wait)
            tom.send("<presence to='\(Self.address)'><status>lost</status></presence>")
            _ = try await tom.settle()
            let care = try await server.component(Company.careDomain, secret: "care-secret", acknowledges: true)
            _ = try await care.settle()
            tom.send("<presence to='\(Self.address)'><status>found</status></presence>")
            let presence = try await care.expect("a presence") { $0.name == "presence" }
            #expect(presence.status == "found" && presence["to"] == Self.address)
            tom.send("<iq type='get' id='q' to='\(Self.address)'>\(query)</iq>")
            let request = try await care.expect("<iq type='get' id='q' to='\(Self.address)'/>")
            care.send(
                """
                <iq type='result' id='q' from='\(Self.address)' to='\(request["from"] ?? "")'>\
                <query xmlns='http://jabber.org/protocol/disco#info'/></iq>
                """)
            #expect(try await tom.answer(to: "q")["from"] == Self.address)
        }
    }

    @Test func letsTheComponentSpeakForTheContact() async throws {
        try await withContact { server in
            let tom = try await server.client("tom@home.example/phone", isAvailable: true)
            let care = try await server.component(Company.careDomain, secret: "care-secret", acknowledges: true)
            care.send("<message from='\(Self.address)' to='tom@home.example' type='chat'><body>Hello</body></message>")
            try await tom.expect("<message from='\(Self.address)'><body>Hello</body></message>")
        }
    }
}
