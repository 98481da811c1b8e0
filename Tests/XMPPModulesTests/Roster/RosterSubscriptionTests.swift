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

/// RFC 6121 §3 as clients see it.
@Suite struct RosterSubscriptionTests {
    static let alice = "alice@acme.example"
    static let bob = "bob@acme.example"

    @Test func shakesHandsBothWays() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            #expect(
                try await alice.say("<presence type='subscribe' to='bob@acme.example'/>") == [
                    "push \(Self.bob) none ask"
                ])
            #expect(try await bob.heard(after: alice) == ["subscribe \(Self.alice)"])

            #expect(
                try await bob.say("<presence type='subscribed' to='alice@acme.example'/>") == [
                    "push \(Self.alice) from"
                ])
            #expect(
                try await alice.heard(after: bob) == [
                    "subscribed \(Self.bob)", "push \(Self.bob) to", "available \(Self.bob)/b",
                ])

            #expect(
                try await bob.say("<presence type='subscribe' to='alice@acme.example/a'/>")
                    == ["push \(Self.alice) from ask"])
            #expect(try await alice.heard(after: bob) == ["subscribe \(Self.bob)"])
            #expect(
                try await alice.say("<presence type='subscribed' to='bob@acme.example'/>") == ["push \(Self.bob) both"])
            #expect(
                try await bob.heard(after: alice) == [
                    "subscribed \(Self.alice)", "push \(Self.alice) both", "available \(Self.alice)/a",
                ])
        }
    }

    @Test func takesAnApprovalBack() async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, Self.bob)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await alice.heard(after: bob)
            #expect(
                try await bob.say("<presence type='unsubscribed' to='alice@acme.example'/>") == [
                    "push \(Self.alice) to"
                ])
            #expect(
                try await alice.heard(after: bob) == [
                    "unsubscribed \(Self.bob)", "push \(Self.bob) from", "unavailable \(Self.bob)/b",
                ])
            // She no longer sees what he does; he still sees her.
            try await bob.say("<presence><show>dnd</show></presence>")
            #expect(try await alice.heard(after: bob).isEmpty)
            try await alice.say("<presence><show>away</show></presence>")
            #expect(try await bob.heard(after: alice) == ["available \(Self.alice)/a"])
        }
    }

    @Test func endsAnOwnSubscription() async throws {
        try await RosterScene.with { server in
            try await server.befriend(Self.alice, Self.bob)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await alice.heard(after: bob)
            #expect(
                try await alice.say("<presence type='unsubscribe' to='bob@acme.example'/>")
                    == ["push \(Self.bob) from", "unavailable \(Self.bob)/b"])
            #expect(try await bob.heard(after: alice) == ["unsubscribe \(Self.alice)", "push \(Self.alice) to"])
        }
    }

    @Test func refusesARequest() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            try await alice.say("<presence type='subscribe' to='bob@acme.example'/>")
            _ = try await bob.heard(after: alice)
            // Who was never in the roster is not pushed.
            #expect(try await bob.say("<presence type='unsubscribed' to='alice@acme.example'/>").isEmpty)
            #expect(try await alice.heard(after: bob) == ["unsubscribed \(Self.bob)", "push \(Self.bob) none"])
            #expect(try await bob.roster().firstChild?.firstChild == nil)
        }
    }

    @Test func asksAgainAtEveryLoginUntilItIsAnswered() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            try await alice.say(
                "<presence type='subscribe' id='please' to='bob@acme.example'><status>It's me</status></presence>")
            for _ in 0..<2 {
                let bob = try await server.client("bob@acme.example/b")
                let heard = try await bob.becomeAvailable()
                let request = heard.first { $0["type"] == "subscribe" }
                #expect(request?["id"] == "please")
                #expect(request?["from"] == Self.alice)
                #expect(request?.child("status", Namespace.client)?.text == "It's me")
                try await bob.close()
            }
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            try await bob.say("<presence type='subscribed' to='alice@acme.example'/>")
            try await bob.close()
            let again = try await server.client("bob@acme.example/b")
            #expect(try await again.becomeAvailable().filter { $0["type"] == "subscribe" }.isEmpty)
        }
    }

    @Test func approvesInAdvance() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            #expect(
                try await bob.say("<presence type='subscribed' to='alice@acme.example'/>")
                    == ["push \(Self.alice) none approved"])
            #expect(try await alice.heard(after: bob).isEmpty)
            #expect(
                try await alice.say("<presence type='subscribe' to='bob@acme.example'/>") == [
                    "push \(Self.bob) none ask", "subscribed \(Self.bob)", "push \(Self.bob) to",
                    "available \(Self.bob)/b",
                ])
            #expect(try await bob.heard(after: alice) == ["push \(Self.alice) from approved"])
        }
    }

    @Test func tellsNobodyWhoIsAnAccount() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            #expect(
                try await alice.say("<presence type='subscribe' to='nobody@acme.example'/>")
                    == ["push nobody@acme.example none ask"])
            #expect(try await alice.say("<presence type='probe' to='nobody@acme.example'/>").isEmpty)
            #expect(try await alice.say("<presence type='subscribe' to='alice@acme.example'/>").isEmpty)
        }
    }

    @Test func sendsPushesToInterestedSessionsOnly() async throws {
        try await RosterScene.with { server in
            let interested = try await server.client("alice@acme.example/a")
            _ = try await interested.roster()
            let other = try await server.client("alice@acme.example/b")
            other.send("<presence/>")
            _ = try await other.settle()
            try await other.say("<presence type='subscribe' to='bob@acme.example'/>")
            #expect(try await interested.heard(after: other) == ["push \(Self.bob) none ask"])
            #expect(try await other.settle().isEmpty)
        }
    }

    @Test func subscribesToAComponent() async throws {
        try await RosterScene.with { server in
            let care = try await server.component("care.acme.example", secret: "shared secret")
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            try await alice.say("<presence type='subscribe' to='support@care.acme.example'/>")
            #expect(try await care.heard(after: alice) == ["subscribe \(Self.alice)"])
            care.send("<presence type='subscribed' from='support@care.acme.example' to='alice@acme.example'/>")
            care.send("<presence from='support@care.acme.example' to='alice@acme.example'><show>away</show></presence>")
            #expect(try await care.settle().isEmpty)
            #expect(
                try await alice.heard(after: care) == [
                    "subscribed support@care.acme.example", "push support@care.acme.example to",
                    "available support@care.acme.example",
                ])
            care.send("<presence type='subscribe' from='support@care.acme.example' to='alice@acme.example'/>")
            try await alice.expect("the request") { $0["type"] == "subscribe" }
            try await alice.say("<presence type='subscribed' to='support@care.acme.example'/>")
            #expect(try await care.heard(after: alice) == ["subscribed \(Self.alice)", "available \(Self.alice)/a"])
        }
    }

    @Test func answersForContactsOfTheConfiguration() async throws {
        try await RosterScene.with(shared: [Self.alice: [Self.bob], Self.bob: [Self.alice]]) { server in
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let alice = try await server.client("alice@acme.example/a")
            // Neither of them ever asked.
            #expect(try await alice.becomeAvailable().map(\.summary).contains("available \(Self.bob)/b"))
            #expect(try await bob.heard(after: alice) == ["available \(Self.alice)/a"])
            #expect(
                try await alice.say("<presence type='subscribe' to='bob@acme.example'/>")
                    == ["subscribed \(Self.bob)", "available \(Self.bob)/b"])
            #expect(try await alice.say("<presence type='unsubscribe' to='bob@acme.example'/>").isEmpty)
            #expect(try await bob.heard(after: alice).isEmpty)
        }
    }
}
