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

/// RFC 6121 §2 as clients see it.
@Suite struct RosterModuleTests {
    static func set(_ items: String) -> String { "<query xmlns='jabber:iq:roster'>\(items)</query>" }

    @Test func announcesVersionsAndApprovalInAdvanceAfterLogin() async throws {
        try await RosterScene.with { server in
            let connection = try await server.connect()
            let before = try await connection.open(to: "acme.example")
            #expect(before.child("ver", "urn:xmpp:features:rosterver") == nil)
            // alice with the password of all.
            connection.send(
                "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGFsaWNlAHNlY3JldA==</auth>")
            try await connection.expect("success") { $0.name == "success" }
            let after = try await connection.open(to: "acme.example")
            #expect(after.child("ver", "urn:xmpp:features:rosterver") != nil)
            #expect(after.child("sub", "urn:xmpp:features:pre-approval") != nil)
        }
    }

    @Test func addsChangesAndRemovesAContact() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let other = try await server.client("alice@acme.example/b", isAvailable: true)
            _ = try await alice.settle()
            let added = try await alice.iq(
                "set", to: nil, Self.set("<item jid='bob@acme.example/x' name='Bob'><group>Work</group></item>"))
            #expect(added["type"] == "result")
            for client in [alice, other] {
                let push = try await client.expect("a push") { $0.summary.hasPrefix("push") }
                #expect(push["from"] == nil)
                #expect(push["to"] == client.jid.description)
                let item = push.child("query", Namespace.roster)?.firstChild
                #expect(item?["jid"] == "bob@acme.example")
                #expect(item?["name"] == "Bob")
                #expect(item?["subscription"] == "none")
                #expect(item?.children("group", Namespace.roster).map(\.text) == ["Work"])
                #expect(push.child("query", Namespace.roster)?["ver"] != nil)
            }
            _ = try await alice.iq("set", to: "alice@acme.example", Self.set("<item jid='bob@acme.example'/>"))
            let roster = try await alice.roster()
            let item = try #require(roster.child("query", Namespace.roster)?.firstChild)
            #expect(item["name"] == nil)
            #expect(item.firstChild == nil)
            let removed = try await alice.iq(
                "set", to: nil, Self.set("<item jid='bob@acme.example' subscription='remove'/>"))
            #expect(removed["type"] == "result")
            try await other.expect("a push") { $0.summary == "push bob@acme.example remove" }
            #expect(try await alice.roster().child("query", Namespace.roster)?.firstChild == nil)
        }
    }

    @Test func endsSubscriptionsWithTheContact() async throws {
        try await RosterScene.with { server in
            try await server.befriend("alice@acme.example", "bob@acme.example")
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await alice.heard(after: bob)
            _ = try await alice.iq("set", to: nil, Self.set("<item jid='bob@acme.example' subscription='remove'/>"))
            #expect(
                try await bob.heard(after: alice) == [
                    "unsubscribe alice@acme.example", "push alice@acme.example to", "unsubscribed alice@acme.example",
                    "push alice@acme.example none", "unavailable alice@acme.example/a",
                ])
            #expect(
                try await alice.settle().map(\.summary) == [
                    "push bob@acme.example remove", "unavailable bob@acme.example/b",
                ])
        }
    }

    @Test func sendsNothingToWhoIsUpToDate() async throws {
        try await RosterScene.with { server in
            try await server.befriend("alice@acme.example", "bob@acme.example")
            let alice = try await server.client("alice@acme.example/a")
            let first = try await alice.iq("get", to: nil, "<query xmlns='jabber:iq:roster' ver=''/>")
            let version = try #require(first.child("query", Namespace.roster)?["ver"])
            let same = try await alice.iq("get", to: nil, "<query xmlns='jabber:iq:roster' ver='\(version)'/>")
            #expect(same["type"] == "result")
            #expect(same.firstChild == nil)
            _ = try await alice.iq("set", to: nil, Self.set("<item jid='bob@acme.example' name='Bob'/>"))
            let push = try await alice.expect("a push") { $0.summary.hasPrefix("push") }
            let pushed = push.child("query", Namespace.roster)?["ver"]
            #expect(pushed != version)
            let changed = try await alice.iq("get", to: nil, "<query xmlns='jabber:iq:roster' ver='\(version)'/>")
            #expect(changed.child("query", Namespace.roster)?["ver"] == pushed)
            #expect(changed.child("query", Namespace.roster)?.children.map { $0["name"] } == ["Bob"])
            // Who does not know of versions is not told.
            #expect(try await alice.roster().child("query", Namespace.roster)?["ver"] == nil)
        }
    }

    /// What is sent, and the error.
    static let refusals: [(String, String)] = [
        ("", "bad-request"),
        ("<item jid='bob@acme.example'/><item jid='carol@acme.example'/>", "bad-request"),
        ("<item/>", "bad-request"),
        ("<item jid='@'/>", "bad-request"),
        ("<item jid='bob@acme.example'><group>A</group><group>A</group></item>", "bad-request"),
        ("<item jid='bob@acme.example'><group/></item>", "not-acceptable"),
        ("<item jid='bob@acme.example'><group>\(String(repeating: "g", count: 1024))</group></item>", "not-acceptable"),
        ("<item jid='bob@acme.example' name='\(String(repeating: "n", count: 1024))'/>", "not-acceptable"),
        (
            "<item jid='bob@acme.example'>"
                + (0..<5).map { "<group>\($0)\(String(repeating: "g", count: 1000))</group>" }.joined() + "</item>",
            "not-acceptable"
        ),
        ("<item jid='alice@acme.example'/>", "not-allowed"),
        ("<item jid='carol@acme.example' subscription='remove'/>", "item-not-found"),
    ]

    @Test func refusesWhatTheRFCRefuses() async throws {
        try await RosterScene.with(limit: .rosterItems(1)) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            for (items, condition) in Self.refusals {
                let answer = try await alice.iq("set", to: nil, Self.set(items))
                #expect(answer.condition == condition, "\(items)")
            }
            let foreign = try await alice.iq(
                "set", to: "bob@acme.example", Self.set("<item jid='carol@acme.example'/>"))
            #expect(foreign.condition == "forbidden")
            let others = try await alice.iq("get", to: "bob@acme.example", Self.set(""))
            #expect(others.condition == "forbidden")
            _ = try await alice.iq("set", to: nil, Self.set("<item jid='bob@acme.example'/>"))
            let full = try await alice.iq("set", to: nil, Self.set("<item jid='carol@acme.example'/>"))
            #expect(full.condition == "resource-constraint")
            alice.send("<presence type='subscribe' id='s' to='carol@acme.example'/>")
            #expect(try await alice.expect("an error") { $0["id"] == "s" }.condition == "resource-constraint")
        }
    }

    @Test func keepsContactsOfTheConfiguration() async throws {
        try await RosterScene.with(shared: ["alice@acme.example": ["bob@acme.example"]]) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let item = try #require(try await alice.roster().child("query", Namespace.roster)?.firstChild)
            #expect(item["subscription"] == "both")
            #expect(item["name"] == "bob")
            #expect(item.children.map(\.text) == ["Staff"])
            let refused = try await alice.iq(
                "set", to: nil, Self.set("<item jid='bob@acme.example' subscription='remove'/>"))
            #expect(refused.condition == "not-allowed")
            #expect(refused.child("error", Namespace.client)?.child("text", Namespace.stanzaErrors) != nil)
            _ = try await alice.iq(
                "set", to: nil, Self.set("<item jid='bob@acme.example' name='Bobby'><group>Friends</group></item>"))
            let push = try await alice.expect("a push") { $0.summary == "push bob@acme.example both" }
            let pushed = push.child("query", Namespace.roster)?.firstChild
            #expect(pushed?["name"] == "Bobby")
            #expect(pushed?.children.map(\.text) == ["Staff", "Friends"])
        }
    }
}
