//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPServer
import XMPPStorage
import XMPPTestKit

/// XEP-0191: the list, and what it does to stanzas.
@Suite struct BlockingTests {
    static let alice = "alice@acme.example"
    static let bob = "bob@acme.example"
    static let dave = "dave@home.example"

    private func with(_ body: (TestServer) async throws -> Void) async throws {
        try await RosterScene.with(modules: [BlockingModule()]) { try await body($0) }
    }

    @Test func whatWaitedOfWhoIsBlockedNowIsNotDelivered() async throws {
        for hasArchives in [true, false] {
            try await RosterScene.with(modules: [BlockingModule()], hasArchives: hasArchives) { server in
                for (sender, id) in [(Self.bob, "1"), (Self.dave, "2"), (Self.bob, "3")] {
                    let client = try await server.client(sender + "/x\(id)")
                    client.send("<message to='\(Self.alice)' type='chat' id='\(id)'><body>\(id)</body></message>")
                    _ = try await client.settle()
                }
                #expect(try await server.core.offline.count(Self.alice) == 3)
                let alice = try await server.client("\(Self.alice)/a")
                #expect(try await alice.block(Self.bob)["type"] == "result")
                alice.send("<presence/>")
                #expect(try await alice.settle().filter { $0.name == "message" }.compactMap { $0["id"] } == ["2"])
                try await server.eventually("an empty mailbox") { try await server.core.offline.count(Self.alice) == 0 }
                #expect(try await server.core.archive.after(Self.alice, nil, limit: 9).count == (hasArchives ? 3 : 0))
            }
        }
    }

    // MARK: The list

    @Test func keepsAListAndTellsThoseWhoAsked() async throws {
        try await with { server in
            let desk = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("alice@acme.example/phone")
            let tablet = try await server.client("alice@acme.example/tablet")
            #expect(try await desk.blockList() == [])
            #expect(try await phone.blockList() == [])
            #expect(try await desk.block(Self.dave, "Shakespeare.lit")["type"] == "result")
            let push = try await phone.expect("<iq type='set'><block xmlns='urn:xmpp:blocking'/></iq>")
            #expect(push["from"] == nil && push["id"] != nil)
            #expect(
                try BlockingCommand(try #require(push.firstChild))
                    == .block([JID(Self.dave), JID("shakespeare.lit")]))
            try await desk.expect("<iq type='set'><block xmlns='urn:xmpp:blocking'/></iq>")
            #expect(try await tablet.blockList() == [Self.dave, "shakespeare.lit"])

            #expect(try await tablet.unblock(Self.dave, "never@there.lit")["type"] == "result")
            for client in [desk, phone, tablet] {
                let push = try await client.expect("<iq type='set'><unblock xmlns='urn:xmpp:blocking'/></iq>")
                #expect(push.firstChild?.children.compactMap { $0["jid"] } == [Self.dave, "never@there.lit"])
            }
            #expect(try await phone.blockList() == ["shakespeare.lit"])
            #expect(try await phone.unblock()["type"] == "result")
            try await tablet.expect("a push") { $0.firstChild?.name == "unblock" && $0.firstChild?.firstChild == nil }
            #expect(try await desk.blockList() == [])
        }
    }

    @Test func tellsNobodyElse() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            #expect(try await bob.blockList() == [])
            _ = try await alice.block(Self.bob)
            // Alice has not asked for her list.
            #expect(try await alice.settle().isEmpty)
            #expect(try await bob.settle().isEmpty)
            let stolen = try await bob.iq("get", to: Self.alice, "<blocklist xmlns='urn:xmpp:blocking'/>")
            #expect(stolen["type"] == "error")
            let carol = try await server.client("carol@acme.example/c")
            for payload in ["blocklist", "block", "unblock"] {
                let answer = try await carol.iq(
                    payload == "blocklist" ? "get" : "set", to: Self.alice,
                    "<\(payload) xmlns='urn:xmpp:blocking'><item jid='a@b.lit'/></\(payload)>")
                #expect(answer.condition == "forbidden")
            }
            #expect(try await server.core.blocking.list(Self.alice) == [Self.bob])
        }
    }

    @Test(arguments: [
        ("", "bad-request"), ("<item/>", "bad-request"), ("<item jid='@acme.example'/>", "bad-request"),
        ("<item jid='alice@acme.example'/>", "not-allowed"), ("<item jid='alice@acme.example/phone'/>", "not-allowed"),
        ("<item jid='acme.example'/>", "not-allowed"), ("<item jid='acme.example/a'/>", "not-allowed"),
        // All of it or nothing.
        ("<item jid='dave@home.example'/><item jid='ACME.example'/>", "not-allowed"),
    ])
    func refusesWhatWouldShutTheUserOut(items: String, condition: String) async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let answer = try await alice.iq("set", to: nil, "<block xmlns='urn:xmpp:blocking'>\(items)</block>")
            #expect(answer.condition == condition)
            #expect(try await alice.blockList() == [])
        }
    }

    @Test func doesNotRelayPushesOfOthers() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b")
            _ = try await alice.blockList()
            for payload in ["block", "unblock"] {
                let answer = try await bob.iq(
                    "set", to: "alice@acme.example/a",
                    "<\(payload) xmlns='urn:xmpp:blocking'><item jid='carol@acme.example'/></\(payload)>")
                #expect(answer.condition == "service-unavailable")
            }
            #expect(try await alice.settle().isEmpty)
        }
    }

    @Test func boundsTheList() async throws {
        try await TestServer.with(
            modules: [RosterModule(), BlockingModule()], configure: { $0.limits.blockedAddresses = 2000 }
        ) { server in
            let alice = try await server.client("alice@acme.example/a")
            let first = (0..<1500).map { "p\($0)@a.lit" }
            #expect(try await alice.block(first)["type"] == "result")
            #expect(try await alice.block((0..<501).map { "q\($0)@a.lit" }).condition == "resource-constraint")
            #expect(try await alice.blockList().count == 1500)
            // What is on it already does not count.
            #expect(try await alice.block(first)["type"] == "result")
            #expect(server.core.accounts.online(alice.jid)?.blockList.addresses.count == 1500)
        }
    }

    @Test func livesWithAListThatIsFarTooLong() async throws {
        try await with { server in
            let store = server.core.blocking
            let many = (0..<100_000).map { "p\($0)@a.lit" } + [Self.bob]
            try await server.database.write { try store.block(many, of: Self.alice, limit: .max, in: $0) }
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b")
            bob.send("<message to='\(Self.alice)' type='chat' id='m'><body>1</body></message>")
            #expect(try await bob.expect("<message type='error' id='m'/>").condition == "service-unavailable")
            #expect(try await alice.block("one@more.lit").condition == "resource-constraint")
            #expect(try await alice.unblock("p0@a.lit")["type"] == "result")
            #expect(try await alice.unblock()["type"] == "result")
            bob.send("<message to='\(Self.alice)' type='chat' id='n'><body>1</body></message>")
            try await alice.expect("<message id='n'/>")
        }
    }

    // MARK: What it does

    @Test(arguments: ["dave@home.example", "dave@home.example/d", "home.example"])
    func letsNothingInOrOut(blocked: String) async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let dave = try await server.client("dave@home.example/d", isAvailable: true)
            _ = try await alice.block(blocked)
            for to in ["alice@acme.example", "alice@acme.example/a"] {
                for type in ["chat", "normal"] {
                    dave.send("<message type='\(type)' to='\(to)' id='m'><body>1</body></message>")
                    #expect(try await dave.expect("<message type='error' id='m'/>").condition == "service-unavailable")
                }
                dave.send("<message type='headline' to='\(to)'><body>1</body></message>")
                for type in ["", "type='unavailable'", "type='probe'", "type='error'"] {
                    dave.send("<presence \(type) to='\(to)'/>")
                }
            }
            let ping = try await dave.iq("get", to: "alice@acme.example/a", "<ping xmlns='urn:xmpp:ping'/>")
            #expect(ping.condition == "service-unavailable")
            dave.send("<iq type='result' id='r' to='alice@acme.example/a'/>")
            #expect(try await dave.settle().isEmpty)
            #expect(try await alice.settle().isEmpty)

            for stanza in [
                "<message id='o' type='chat' to='dave@home.example/d'><body>1</body></message>",
                "<message id='o' type='groupchat' to='dave@home.example/d'><body>1</body></message>",
                "<presence id='o' to='dave@home.example/d'/>",
                "<presence id='o' type='unavailable' to='dave@home.example/d'/>",
                "<iq id='o' type='get' to='dave@home.example/d'><ping xmlns='urn:xmpp:ping'/></iq>",
            ] {
                alice.send(stanza)
                let refusal = try await alice.expect("an error") { $0["id"] == "o" }
                #expect(refusal["type"] == "error" && refusal["from"] == "dave@home.example/d")
                try expect(
                    try #require(refusal.child("error", Namespace.client)),
                    is: """
                        <error type='cancel'><not-acceptable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>\
                        <blocked xmlns='urn:xmpp:blocking:errors'/></error>
                        """)
            }
            alice.send("<iq id='o' type='result' to='dave@home.example/d'/>")
            alice.send("<message id='o' type='error' to='dave@home.example/d'/>")
            #expect(try await alice.settle().isEmpty)
            #expect(try await dave.settle().isEmpty)

            _ = try await alice.unblock()
            dave.send("<message type='chat' to='alice@acme.example' id='again'><body>1</body></message>")
            try await alice.expect("<message id='again'/>")
            alice.send("<message type='chat' to='dave@home.example' id='back'><body>1</body></message>")
            try await dave.expect("<message id='back'/>")
        }
    }

    @Test func leavesOthersAlone() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let phone = try await server.client("dave@home.example/phone")
            _ = try await alice.block("dave@home.example/desk", "bob@acme.example")
            phone.send("<message type='chat' to='alice@acme.example' id='m'><body>1</body></message>")
            try await alice.expect("<message id='m' from='dave@home.example/phone'/>")
            alice.send("<message type='chat' to='dave@home.example/phone' id='n'><body>1</body></message>")
            try await phone.expect("<message id='n'/>")
            // One's own sessions and server, too.
            let second = try await server.client("alice@acme.example/2", isAvailable: true)
            second.send("<message type='chat' to='alice@acme.example/a' id='own'><body>1</body></message>")
            try await alice.expect("<message id='own'/>")
        }
    }

    @Test func keepsNothingOfWhoIsBlocked() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            _ = try await alice.block(Self.bob)
            try await alice.close()
            let bob = try await server.client("bob@acme.example/b")
            bob.send("<message to='\(Self.alice)' type='chat' id='m'><body>1</body></message>")
            #expect(try await bob.expect("<message type='error' id='m'/>").condition == "service-unavailable")
            #expect(try await server.core.offline.count(Self.alice) == 0)
        }
    }

    @Test func holdsAfterARestart() async throws {
        let database = try XMPPDatabase(inMemory: "blocking")
        var setup = TestServer.Setup()
        setup.modules = [RosterModule(), BlockingModule()]
        setup.database = database
        try await TestServer.with(setup) { server in
            _ = try await server.client("alice@acme.example/a").block(Self.bob)
        }
        try await TestServer.with(setup) { server in
            let bob = try await server.client("bob@acme.example/b")
            bob.send("<message to='\(Self.alice)' type='chat' id='m'><body>1</body></message>")
            #expect(try await bob.expect("<message type='error' id='m'/>").condition == "service-unavailable")
            let alice = try await server.client("alice@acme.example/a")
            alice.send("<message to='\(Self.bob)' type='chat' id='n'><body>1</body></message>")
            #expect(try await alice.expect("<message type='error' id='n'/>").condition == "not-acceptable")
            #expect(try await alice.blockList() == [Self.bob])
        }
    }

    @Test func keepsOutDelegatedContactsButNoBroadcasts() async throws {
        let configuration = try Company.configuration { configuration in
            configuration.contacts = [
                BizBuddyContact(
                    try JID("support@acme.example"), name: "Acme Support", members: [], component: Company.careDomain)
            ]
            configuration.announcements = AnnouncementsConfiguration(
                domain: try JID("broadcast.acme.example"), host: "acme.example",
                senders: [try JID("bob@acme.example")], groups: [])
        }
        try await Company.with(configuration, components: [Company.care]) { server in
            let care = try await server.component(Company.careDomain, secret: "care-secret")
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b")
            #expect(try await alice.block("support@acme.example", Self.bob)["type"] == "result")
            alice.send("<message to='support@acme.example' type='chat' id='m'><body>1</body></message>")
            #expect(try await alice.expect("<message type='error' id='m'/>").condition == "not-acceptable")
            care.send(
                "<message from='support@acme.example' to='\(Self.alice)' type='chat' id='c'><body>1</body></message>")
            #expect(try await care.expect("<message type='error' id='c'/>").condition == "service-unavailable")
            #expect(try await care.settle().isEmpty)

            for address in ["broadcast.acme.example", "all@broadcast.acme.example"] {
                #expect(try await alice.block(address).condition == "not-allowed")
            }
            bob.send("<message to='all@broadcast.acme.example'><body>Fire</body></message>")
            try await alice.expect("<message from='all@broadcast.acme.example'><body>Fire</body></message>")
        }
    }
}

extension ScriptedClient {
    func block(_ addresses: String...) async throws -> XMLElement { try await block(addresses) }

    func block(_ addresses: [String]) async throws -> XMLElement {
        try await iq("set", to: nil, try BlockingCommand.block(addresses.map { try JID($0) }).element.xmlString)
    }

    /// All without an address.
    func unblock(_ addresses: String...) async throws -> XMLElement {
        let items = try addresses.map { try JID($0) }
        let command = items.isEmpty ? BlockingCommand.unblockAll : .unblock(items)
        return try await iq("set", to: nil, command.element.xmlString)
    }

    func blockList() async throws -> [String] {
        let answer = try await iq("get", to: nil, "<blocklist xmlns='urn:xmpp:blocking'/>")
        guard let payload = answer.firstChild, case .list(let addresses) = try BlockingCommand(payload) else {
            throw ExpectationFailure("No block list: \(answer)")
        }
        return addresses.map(\.description)
    }
}
