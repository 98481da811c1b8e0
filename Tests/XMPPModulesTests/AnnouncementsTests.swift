//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPServer
import XMPPStorage
import XMPPTestKit

@Suite struct AnnouncementsTests {
    private static let domain = "broadcast.acme.example"
    private static let namespace = "urn:switchboard:broadcast:1"

    private func withBroadcast(
        limits: ServerLimits? = nil, hasArchives: Bool = true,
        _ body: (TestServer) async throws -> Void
    ) async throws {
        let configuration = try Company.configuration { configuration in
            let staff = ["alice", "bob", "carol", "never-made"].map { $0 + "@acme.example" }
            configuration.announcements = AnnouncementsConfiguration(
                domain: try JID(Self.domain), host: "acme.example", senders: [try JID("alice@acme.example")],
                groups: [
                    AccountGroup("Support", accounts: try staff.map { try JID($0) }),
                    AccountGroup("Customers", hosts: ["home.example"]),
                ])
        }
        try await Company.with(configuration, limits: limits, hasArchives: hasArchives) { try await body($0) }
    }

    private func bodies(_ elements: [XMLElement]) -> [String] {
        elements.filter { $0.name == "message" }.compactMap { $0.child("body", Namespace.client)?.text }
    }

    private func waiting(_ server: TestServer, _ account: String) async throws -> Int {
        try await server.core.offline.count(account + "@acme.example")
    }

    @Test func reachesMembersOnlineAtOnceAndOthersLater() async throws {
        try await withBroadcast { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let erin = try await server.client("erin@acme.example/e", isAvailable: true)
            alice.send(
                """
                <message to='support@\(Self.domain)' id='n1'><body>Fire drill</body>\
                <sender xmlns='\(Self.namespace)' jid='boss@acme.example'/></message>
                """)
            #expect(bodies(try await alice.settle()).isEmpty)
            // What is handled is committed.
            #expect(try await waiting(server, "carol") == 1)
            #expect(try await waiting(server, "bob") == 0)
            #expect(try await waiting(server, "never-made") == 0)
            let now = try await bob.expect("<message><body>Fire drill</body></message>")
            let name = try #require(now.child("stanza-id", "urn:xmpp:sid:0")?["id"])
            try expect(
                now,
                is: """
                    <message from='support@\(Self.domain)' to='bob@acme.example' id='n1'><body>Fire drill</body>\
                    <sender xmlns='\(Self.namespace)' jid='alice@acme.example'/>\
                    <stanza-id xmlns='urn:xmpp:sid:0' id='\(name)' by='bob@acme.example'/></message>
                    """)
            #expect(bodies(try await erin.settle()).isEmpty)
            let carol = try await server.client("carol@acme.example/c")
            carol.send("<presence/>")
            try await carol.expect(
                """
                <message from='support@\(Self.domain)' to='carol@acme.example'><body>Fire drill</body>\
                <sender xmlns='\(Self.namespace)' jid='alice@acme.example'/>\
                <delay xmlns='urn:xmpp:delay'/></message>
                """)
        }
    }

    @Test func reachesAllAccountsOfTheHost() async throws {
        try await withBroadcast { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let tom = try await server.client("tom@home.example/t", isAvailable: true)
            alice.send("<message to='all@\(Self.domain)'><subject>News</subject></message>")
            _ = try await alice.settle()
            for account in ["bob", "carol", "erin"] { #expect(try await waiting(server, account) == 1) }
            #expect(try await waiting(server, "alice") == 0)
            #expect(try await tom.settle().isEmpty)
        }
    }

    @Test func reachesHostsOfAGroup() async throws {
        try await withBroadcast { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let tom = try await server.client("tom@home.example/t", isAvailable: true)
            alice.send("<message to='customers@\(Self.domain)'><body>Sale</body></message>")
            try await tom.expect("<message from='customers@\(Self.domain)'><body>Sale</body></message>")
        }
    }

    @Test func storesNothingForThoseOnlineOnly() async throws {
        try await withBroadcast { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<message to='online@\(Self.domain)'><body>Cake</body></message>")
            #expect(bodies(try await alice.settle()).isEmpty)
            try await bob.expect("<message from='online@\(Self.domain)'><body>Cake</body></message>")
            #expect(try await waiting(server, "carol") == 0)
        }
    }

    @Test func refusesThoseWhoMayNotAndGroupsThatAreNone() async throws {
        try await withBroadcast { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            for group in ["all", "support", "none-such"] {
                bob.send("<message to='\(group)@\(Self.domain)' id='\(group)'><body>Me</body></message>")
                let error = try await bob.expect("<message type='error' id='\(group)'/>")
                #expect(error.errorCondition == .forbidden)
            }
            for address in ["none-such@\(Self.domain)", Self.domain] {
                alice.send("<message to='\(address)' id='x'><body>Hi</body></message>")
                #expect(try await alice.expect("<message type='error' id='x'/>").errorCondition == .itemNotFound)
            }
            alice.send("<message to='all@\(Self.domain)' type='groupchat' id='g'><body>Hi</body></message>")
            #expect(
                try await alice.expect("<message type='error' id='g'/>").errorCondition == .serviceUnavailable)
            #expect(bodies(try await alice.settle()).isEmpty)
            #expect(try await waiting(server, "carol") == 0)
        }
    }

    @Test func goesOnWhereAMailboxIsFull() async throws {
        var limits = ServerLimits()
        limits.offlineMessages = 1
        try await withBroadcast(limits: limits, hasArchives: false) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            alice.send("<message to='bob@acme.example' type='chat'><body>1</body></message>")
            alice.send("<message to='support@\(Self.domain)'><body>2</body></message>")
            #expect(try await alice.settle().allSatisfy { $0["type"] != "error" })
            #expect(try await waiting(server, "bob") == 1)
            #expect(try await waiting(server, "carol") == 1)
        }
    }

    @Test func reachesMoreAccountsThanAreReadAtATime() async throws {
        try await withBroadcast { server in
            let count = 1500
            try await server.database.write { context in
                for number in 0..<count {
                    try server.core.accountStore.create(
                        "user\(number)@acme.example", credentials: [], created: 0, in: context)
                }
            }
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            alice.send("<message to='all@\(Self.domain)'><body>Hello to all of you</body></message>")
            _ = try await alice.settle()
            var stored = 0
            for number in 0..<count { stored += try await waiting(server, "user\(number)") }
            #expect(stored == count)
        }
    }

    @Test func saysWhenItCannotBeStored() async throws {
        try await withBroadcast { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            try await server.database.limitSize(pages: 1)
            let body = String(repeating: "x", count: 200_000)
            alice.send("<message to='support@\(Self.domain)' id='big'><body>\(body)</body></message>")
            let error = try await alice.expect("<message type='error' id='big'/>")
            #expect(error.errorCondition == .resourceConstraint)
            #expect(try await waiting(server, "carol") == 0)
            _ = try await alice.settle()
        }
    }

    @Test func isDiscoveredByThoseWhoMay() async throws {
        try await withBroadcast { server in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b")
            let items = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
            let info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
            let list = try await alice.iq("get", to: Self.domain, items).firstChild?.children.compactMap { $0["jid"] }
            #expect(list == ["all", "online", "support", "customers"].map { "\($0)@\(Self.domain)" })
            let hidden = try await bob.iq("get", to: Self.domain, items)
            #expect(hidden["type"] == "result" && hidden.firstChild?.firstChild == nil)
            #expect(
                try await bob.iq("get", to: Self.domain, info).includes(
                    """
                    <iq type='result'><query xmlns='http://jabber.org/protocol/disco#info'>\
                    <feature var='\(Self.namespace)'/></query></iq>
                    """
                ))
            #expect(try await bob.iq("get", to: "support@\(Self.domain)", info).errorCondition == .serviceUnavailable)
            #expect(try await alice.iq("get", to: "support@\(Self.domain)", info)["type"] == "result")
            #expect(try await alice.iq("get", to: "nope@\(Self.domain)", info).errorCondition == .itemNotFound)
            #expect(
                try await alice.iq("set", to: Self.domain, "<x xmlns='y'/>").errorCondition == .serviceUnavailable)
            #expect(
                try await alice.iq(
                    "get", to: Self.domain, "<query xmlns='http://jabber.org/protocol/disco#info' node='n'/>"
                ).errorCondition == .itemNotFound)
        }
    }

    @Test func hasNoPresence() async throws {
        try await withBroadcast { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            alice.send("<presence type='subscribe' to='all@\(Self.domain)'/>")
            try await alice.expect("<presence type='unsubscribed' from='all@\(Self.domain)'/>")
        }
    }
}
