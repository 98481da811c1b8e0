//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

/// Subscriptions and presence between two servers of ours (RFC 6121 §3, §4).
@Suite struct FederatedPresenceTests {
    /// Alice and Tom see one another.
    private func befriend(_ alice: ScriptedClient, _ tom: ScriptedClient) async throws {
        alice.send("<presence type='subscribe' to='tom@partner.example' id='s1'/>")
        try await tom.expect("<presence type='subscribe' from='alice@acme.example'/>")
        tom.send("<presence type='subscribed' to='alice@acme.example'/>")
        try await alice.expect("<presence type='subscribed' from='tom@partner.example'/>")
        try await alice.expect("<presence from='tom@partner.example/home'/>")
        tom.send("<presence type='subscribe' to='alice@acme.example'/>")
        try await alice.expect("<presence type='subscribe' from='tom@partner.example'/>")
        alice.send("<presence type='subscribed' to='tom@partner.example'/>")
        try await tom.expect("<presence type='subscribed' from='alice@acme.example'/>")
        try await tom.expect("<presence from='alice@acme.example/desk'/>")
    }

    @Test func subscriptionsShowPresenceBothWays() async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            try await befriend(alice, tom)
            let roster = try await alice.roster()
            #expect(
                try roster.includes(
                    """
                    <iq><query xmlns='jabber:iq:roster'><item jid='tom@partner.example' subscription='both'/></query></iq>
                    """))
            alice.send("<presence><show>away</show></presence>")
            try await tom.expect("<presence from='alice@acme.example/desk'><show>away</show></presence>")
            // A second session asks how its contacts are (§4.3).
            let phone = try await servers.acme.client("alice@acme.example/phone")
            phone.send("<presence/>")
            try await phone.expect("<presence from='tom@partner.example/home'/>")
            try await tom.expect("<presence from='alice@acme.example/phone'/>")
            await phone.kill()
            try await tom.expect("<presence type='unavailable' from='alice@acme.example/phone'/>")
            alice.send("<presence type='unsubscribed' to='tom@partner.example'/>")
            try await tom.expect("<presence type='unsubscribed' from='alice@acme.example'/>")
            try await tom.expect("<presence type='unavailable' from='alice@acme.example/desk'/>")
        }
    }

    @Test func directedPresenceIsTakenBack() async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            alice.send("<presence to='tom@partner.example/home'><status>just for you</status></presence>")
            try await tom.expect("<presence from='alice@acme.example/desk'><status>just for you</status></presence>")
            await alice.kill()
            try await tom.expect("<presence type='unavailable' from='alice@acme.example/desk'/>")
        }
    }

    @Test func strangersLearnNothing() async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            tom.send("<presence type='probe' to='alice@acme.example'/>")
            tom.send("<presence type='probe' to='nobody@acme.example'/>")
            // What goes by the same stream is answered after them.
            let answer = try await tom.iq(
                "get", to: "acme.example", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            #expect(answer["type"] == "result")
            #expect(try await tom.settle().isEmpty)
            #expect(try await alice.settle().isEmpty)
        }
    }
}
