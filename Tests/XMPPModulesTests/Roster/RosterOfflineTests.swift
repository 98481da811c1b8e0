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

/// Messages for those who are not there (XEP-0160), as clients see them.
@Suite struct RosterOfflineTests {
    static let bob = "bob@acme.example"

    static func bodies(_ elements: [XMLElement]) -> [String] {
        elements.compactMap { $0.child("body", Namespace.client)?.text }
    }

    /// Messages until there are so many.
    static func messages(_ count: Int, of client: ScriptedClient) async throws -> [XMLElement] {
        var messages: [XMLElement] = []
        while messages.count < count {
            messages.append(try await client.expect("a message") { $0.name == "message" })
        }
        return messages
    }

    /// A message as it stands in the store.
    static func stored(_ body: String) -> String {
        "<message xmlns='jabber:client' type='chat' from='alice@acme.example/a' to='bob@acme.example'>"
            + "<body>\(body)</body></message>"
    }

    @Test func deliversInOrderWithTheTimeOfSending() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            for number in 1...3 {
                alice.send(
                    "<message type='chat' id='m\(number)' to='bob@acme.example'><body>\(number)</body></message>")
            }
            _ = try await alice.settle()
            #expect(try await server.core.offline.count(Self.bob) == 3)

            let bob = try await server.client("bob@acme.example/b")
            bob.send("<presence/>")
            let messages = try await Self.messages(3, of: bob)
            #expect(Self.bodies(messages) == ["1", "2", "3"])
            for message in messages {
                #expect(message["from"] == "alice@acme.example/a")
                let delay = try #require(message.child("delay", "urn:xmpp:delay"))
                #expect(delay["from"] == "acme.example")
                #expect(delay["stamp"].flatMap { Timestamp($0) } != nil)
            }
            try await server.eventually("an empty store") { try await server.core.offline.count(Self.bob) == 0 }
            #expect(Self.bodies(try await bob.settle()).isEmpty)
            let second = try await server.client("bob@acme.example/2", isAvailable: false)
            #expect(Self.bodies(try await second.becomeAvailable()).isEmpty)
        }
    }

    @Test func waitsForAPriorityThatIsNotNegative() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b")
            try await bob.becomeAvailable("<presence><priority>-1</priority></presence>")
            alice.send("<message type='chat' to='bob@acme.example'><body>later</body></message>")
            _ = try await alice.settle()
            #expect(Self.bodies(try await bob.settle()).isEmpty)
            bob.send("<presence><priority>1</priority></presence>")
            #expect(Self.bodies(try await Self.messages(1, of: bob)) == ["later"])
        }
    }

    @Test func deliversLongQueuesPageByPage() async throws {
        try await RosterScene.with { server in
            for number in 0..<250 {
                try await server.core.offline.append(
                    .init(account: Self.bob, stanza: Self.stored("\(number)"), stamp: Int64(number)))
            }
            let bob = try await server.client("bob@acme.example/b")
            bob.send("<presence/>")
            let messages = try await Self.messages(250, of: bob)
            #expect(Self.bodies(messages) == (0..<250).map { "\($0)" })
            try await server.eventually("an empty store") { try await server.core.offline.count(Self.bob) == 0 }
        }
    }

    @Test func keepsWhatWasNotAcknowledged() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            alice.send("<message type='chat' to='bob@acme.example'><body>once more</body></message>")
            _ = try await alice.settle()
            let first = try await server.client("bob@acme.example/b")
            try await first.enableAcknowledgements()
            first.send("<presence/>")
            #expect(Self.bodies(try await Self.messages(1, of: first)) == ["once more"])
            await first.kill()
            try await server.eventually("the session's end") { server.core.accounts.online(first.jid) == nil }
            #expect(try await server.core.offline.count(Self.bob) == 1)
            let second = try await server.client("bob@acme.example/b")
            second.send("<presence/>")
            #expect(Self.bodies(try await Self.messages(1, of: second)) == ["once more"])
            try await server.eventually("an empty store") { try await server.core.offline.count(Self.bob) == 0 }
        }
    }

    @Test func skipsWhatCannotBeRead() async throws {
        try await RosterScene.with { server in
            for text in ["<message", Self.stored("good")] {
                try await server.core.offline.append(.init(account: Self.bob, stanza: text, stamp: 0))
            }
            let bob = try await server.client("bob@acme.example/b")
            bob.send("<presence/>")
            #expect(Self.bodies(try await Self.messages(1, of: bob)) == ["good"])
            try await server.eventually("an empty store") { try await server.core.offline.count(Self.bob) == 0 }
        }
    }

    @Test func saysWhenNothingMoreCanBeKept() async throws {
        try await RosterScene.with(limit: .offlineMessages(1), hasArchives: false) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            alice.send("<message type='chat' to='bob@acme.example'><body>kept</body></message>")
            alice.send("<message type='chat' id='m2' to='bob@acme.example'><body>too much</body></message>")
            let error = try await alice.expect("an error") { $0["id"] == "m2" }
            #expect(error["type"] == "error")
            #expect(error.condition == "service-unavailable")
        }
    }

    // MARK: RFC 6121 §8.5

    /// What becomes of a message.
    enum Fate: Equatable {
        case delivered(to: Set<String>)
        case stored
        case error
        case dropped
    }

    struct Row: Sendable, CustomStringConvertible {
        let type: String
        let to: String
        let fate: Fate
        var description: String { "\(type) to \(to)" }
    }

    /// bob has an available resource `pos`, one with a negative priority, and one that is not available; carol has
    /// only one with a negative priority; dave is offline, nobody does not exist.
    static let table: [Row] = [
        Row(type: "normal", to: "bob@acme.example", fate: .delivered(to: ["pos"])),
        Row(type: "chat", to: "bob@acme.example", fate: .delivered(to: ["pos"])),
        Row(type: "headline", to: "bob@acme.example", fate: .delivered(to: ["pos"])),
        Row(type: "groupchat", to: "bob@acme.example", fate: .error),
        Row(type: "error", to: "bob@acme.example", fate: .dropped),
        Row(type: "normal", to: "bob@acme.example/neg", fate: .delivered(to: ["neg"])),
        Row(type: "chat", to: "bob@acme.example/neg", fate: .delivered(to: ["neg"])),
        Row(type: "headline", to: "bob@acme.example/neg", fate: .delivered(to: ["neg"])),
        Row(type: "groupchat", to: "bob@acme.example/neg", fate: .delivered(to: ["neg"])),
        Row(type: "error", to: "bob@acme.example/neg", fate: .delivered(to: ["neg"])),
        Row(type: "chat", to: "bob@acme.example/un", fate: .delivered(to: ["un"])),
        Row(type: "chat", to: "bob@acme.example/gone", fate: .delivered(to: ["pos"])),
        Row(type: "normal", to: "bob@acme.example/gone", fate: .error),
        Row(type: "headline", to: "bob@acme.example/gone", fate: .error),
        Row(type: "groupchat", to: "bob@acme.example/gone", fate: .error),
        Row(type: "error", to: "bob@acme.example/gone", fate: .dropped),
        Row(type: "normal", to: "carol@acme.example", fate: .stored),
        Row(type: "chat", to: "carol@acme.example", fate: .stored),
        Row(type: "headline", to: "carol@acme.example", fate: .dropped),
        Row(type: "groupchat", to: "carol@acme.example", fate: .error),
        Row(type: "error", to: "carol@acme.example", fate: .dropped),
        Row(type: "normal", to: "dave@home.example", fate: .stored),
        Row(type: "chat", to: "dave@home.example", fate: .stored),
        Row(type: "chat", to: "dave@home.example/gone", fate: .stored),
        Row(type: "headline", to: "dave@home.example", fate: .dropped),
        Row(type: "groupchat", to: "dave@home.example", fate: .error),
        Row(type: "error", to: "dave@home.example", fate: .dropped),
        Row(type: "normal", to: "nobody@acme.example", fate: .error),
        Row(type: "chat", to: "nobody@acme.example", fate: .error),
        Row(type: "chat", to: "nobody@acme.example/x", fate: .error),
        Row(type: "groupchat", to: "nobody@acme.example", fate: .error),
        Row(type: "error", to: "nobody@acme.example", fate: .dropped),
        Row(type: "chat", to: "acme.example", fate: .error),
        Row(type: "chat", to: "somebody@elsewhere.example", fate: .error),
    ]

    @Test func followsTheTableOfMessageTypes() async throws {
        try await RosterScene.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let positive = try await server.client("bob@acme.example/pos", isAvailable: true)
            let negative = try await server.client("bob@acme.example/neg")
            try await negative.becomeAvailable("<presence><priority>-5</priority></presence>")
            let silent = try await server.client("bob@acme.example/un")
            // Its client is not waited for any more (XEP-0198 §3).
            silent.send("<message to='bob@acme.example/un'><body>first</body></message>")
            try await silent.expect("<message><body>first</body></message>")
            let carol = try await server.client("carol@acme.example/c")
            try await carol.becomeAvailable("<presence><priority>-5</priority></presence>")
            let clients = [positive, negative, silent, carol]
            for client in clients { _ = try await client.taken(after: alice) }
            for row in Self.table {
                alice.send("<message type='\(row.type)' to='\(row.to)'><body>x</body></message>")
                let answers = try await alice.settle()
                var receivers: Set<String> = []
                for client in clients where !(Self.bodies(try await client.taken(after: alice)).isEmpty) {
                    receivers.insert(client.jid.resource ?? "")
                }
                let account = try JID(row.to).bare.bareString
                let stored = try await server.core.offline.count(account)
                if stored > 0 {
                    let rows = try await server.core.offline.load(account, limit: stored)
                    try await server.core.offline.delete(account, rows.map(\.id))
                }
                let fate: Fate =
                    if answers.contains(where: { $0["type"] == "error" }) {
                        .error
                    } else if !receivers.isEmpty {
                        .delivered(to: receivers)
                    } else {
                        stored > 0 ? .stored : .dropped
                    }
                #expect(fate == row.fate, "\(row)")
            }
        }
    }
}
