//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPStorage
import XMPPTestKit

/// RFC 6121 §4 as clients see it.
@Suite struct RosterPresenceTests {
    static let alice = "alice@acme.example"
    static let bob = "bob@acme.example"

    @Test func showsItselfToContactsAndOwnResources() async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, Self.bob)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let carol = try await server.client("carol@acme.example/c", isAvailable: true)
            let first = try await server.client("alice@acme.example/1", isAvailable: true)
            let second = try await server.client("alice@acme.example/2")
            _ = try await bob.heard(after: first)
            // Itself, the other resource, the contact.
            #expect(
                try await second.becomeAvailable().map(\.summary).sorted()
                    == ["available \(Self.alice)/1", "available \(Self.alice)/2", "available \(Self.bob)/b"])
            #expect(try await first.heard(after: second) == ["available \(Self.alice)/2"])
            #expect(try await bob.heard(after: second) == ["available \(Self.alice)/2"])
            #expect(try await carol.heard(after: second).isEmpty)

            // Later presence is not answered with everybody's again.
            #expect(try await second.say("<presence><show>away</show></presence>") == ["available \(Self.alice)/2"])
            #expect(try await bob.heard(after: second) == ["available \(Self.alice)/2"])

            #expect(
                try await second.say("<presence type='unavailable'><status>Bye</status></presence>") == [
                    "unavailable \(Self.alice)/2"
                ])
            let farewell = try await bob.taken(after: second)
            #expect(farewell.map(\.summary) == ["unavailable \(Self.alice)/2"])
            #expect(farewell.first?.child("status", Namespace.client)?.text == "Bye")
            #expect(
                try await first.heard(after: second) == ["available \(Self.alice)/2", "unavailable \(Self.alice)/2"])
        }
    }

    @Test(arguments: [
        (StoredRosterItem.Subscription.to, true, false), (.from, false, true), (.both, true, true),
        (.none, false, false),
    ])
    func followsTheSubscription(
        _ subscription: StoredRosterItem.Subscription, seesContact: Bool, isSeen: Bool
    ) async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, Self.bob, subscription)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let alice = try await server.client("alice@acme.example/a")
            let seen = try await alice.becomeAvailable().map(\.summary)
            #expect(seen.contains("available \(Self.bob)/b") == seesContact)
            #expect(try await bob.heard(after: alice) == (isSeen ? ["available \(Self.alice)/a"] : []))
        }
    }

    @Test func tellsOfSessionsThatVanish() async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, Self.bob)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            await alice.kill()
            try await bob.expect("unavailable") { $0.summary == "unavailable \(Self.alice)/a" }
        }
    }

    @Test func replacesASessionWithTheSameResource() async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, Self.bob)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let old = try await server.client("alice@acme.example/a", isAvailable: true)
            try await bob.expect("the old one") { $0.summary == "available \(Self.alice)/a" }
            let new = try await server.client("alice@acme.example/a")
            #expect(try await old.ended().condition == "conflict")
            // It has not said that it is there, so the contact must not think so.
            try await bob.expect("the end of the old one") { $0.summary == "unavailable \(Self.alice)/a" }
            try await new.becomeAvailable()
            try await bob.expect("the new one") { $0.summary == "available \(Self.alice)/a" }
            #expect(try await bob.heard(after: new).isEmpty)
        }
    }

    @Test func refusesAnImpossiblePriority() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a")
            alice.send("<presence id='p'><priority>128</priority></presence>")
            let answer = try await alice.next()
            #expect(answer["type"] == "error")
            #expect(answer["id"] == "p")
            #expect(answer.condition == "bad-request")
            #expect(try await alice.say("<presence type='subscribe'/>") == ["error -"])
        }
    }

    // MARK: Directed presence (§4.6)

    @Test func endsDirectedPresenceWithTheSession() async throws {
        try await RosterScene.with { server in
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let carol = try await server.client("carol@acme.example/c", isAvailable: true)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            try await alice.say("<presence to='bob@acme.example/b'/><presence to='carol@acme.example'/>")
            #expect(try await bob.heard(after: alice) == ["available \(Self.alice)/a"])
            #expect(try await carol.heard(after: alice) == ["available \(Self.alice)/a"])
            // One is told so by her, the other by the server.
            try await alice.say("<presence type='unavailable' to='carol@acme.example'/>")
            #expect(try await carol.heard(after: alice) == ["unavailable \(Self.alice)/a"])
            try await alice.say("<presence type='unavailable'/>")
            #expect(try await bob.heard(after: alice) == ["unavailable \(Self.alice)/a"])
            #expect(try await carol.heard(after: alice).isEmpty)
            // Without broadcast presence, and without a word.
            try await alice.say("<presence to='bob@acme.example/b'/>")
            _ = try await bob.heard(after: alice)
            await alice.kill()
            try await bob.expect("unavailable") { $0.summary == "unavailable \(Self.alice)/a" }
        }
    }

    @Test func tellsAContactOnlyOnce() async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, Self.bob)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            try await alice.say("<presence to='bob@acme.example/b'/>")
            _ = try await bob.heard(after: alice)
            try await alice.say("<presence type='unavailable'/>")
            #expect(try await bob.heard(after: alice) == ["unavailable \(Self.alice)/a"])
        }
    }

    @Test func boundsDirectedPresence() async throws {
        try await RosterScene.with(limit: .directedPresence(2)) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            try await alice.say("<presence to='one@care.acme.example'/><presence to='two@care.acme.example'/>")
            #expect(try await alice.say("<presence to='one@care.acme.example'/>").isEmpty)
            alice.send("<presence to='three@care.acme.example'/>")
            #expect(try await alice.next().condition == "resource-constraint")
        }
    }

    // MARK: Probes (§4.3)

    @Test func answersProbesOfThoseWhoMayKnow() async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, Self.bob, .to)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await alice.heard(after: bob)
            #expect(
                try await alice.say("<presence type='probe' to='bob@acme.example'/>") == ["available \(Self.bob)/b"])
            #expect(try await bob.say("<presence type='probe' to='alice@acme.example'/>").isEmpty)
            #expect(try await alice.heard(after: bob).isEmpty)
        }
    }

    @Test func letsAComponentKnowItsContacts() async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, "support@care.acme.example")
            let care = try await server.component("care.acme.example", secret: "shared secret")
            let probe = "<presence type='probe' from='support@care.acme.example' to='alice@acme.example'/>"
            care.send(probe)
            try await care.expect("offline") { $0.summary == "unavailable \(Self.alice)" }
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            #expect(
                try await care.heard(after: alice).sorted() == ["available \(Self.alice)/a", "probe \(Self.alice)/a"])
            #expect(try await care.say(probe) == ["available \(Self.alice)/a"])
            care.send("<presence type='probe' from='sales@care.acme.example' to='alice@acme.example'/>")
            care.send("<presence type='probe' from='sales@care.acme.example' to='nobody@acme.example'/>")
            try await care.expect("no") { $0.summary == "unsubscribed \(Self.alice)" }
            try await care.expect("no") { $0.summary == "unsubscribed nobody@acme.example" }
            try await alice.say("<presence type='unavailable'/>")
            #expect(try await care.heard(after: alice) == ["unavailable \(Self.alice)/a"])
        }
    }

    // MARK: Features

    /// Puts a status into everybody's presence.
    struct Stamp: ServerModule {
        let id = "stamp"
        let text: Watched<String>
        func register(in registrar: inout ModuleRegistrar) {
            registrar.presence { [text] own, _, _ in
                let status = XMLElement("status", Namespace.client, text: text.value)
                guard var stamped = try? Stanza(own.content.adding(status), kind: .presence, from: nil, to: own.to)
                else { return own }
                stamped.from = own.from
                return stamped
            }
        }
    }

    @Test func showsAnewWhatFeaturesHaveChanged() async throws {
        let text = Watched("one")
        try await RosterScene.with(modules: [Stamp(text: text)]) { server in
            try await server.befriend(Self.alice, Self.bob)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            #expect(try await bob.taken(after: alice).first?.child("status", Namespace.client)?.text == "one")
            text.change { $0 = "two" }
            let account = try #require(server.core.accounts.online(alice.jid.bare))
            server.core.rebroadcastPresence(of: account)
            let again = try await bob.expect("presence") { $0.summary == "available \(Self.alice)/a" }
            #expect(again.child("status", Namespace.client)?.text == "two")
            let carol = try await server.client("carol@acme.example/c", isAvailable: true)
            try await alice.say("<presence to='carol@acme.example'/>")
            #expect(try await carol.taken(after: alice).first?.child("status", Namespace.client)?.text == "two")
        }
    }
}
