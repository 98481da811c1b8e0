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

@testable import XMPPModules

/// Broadcasts in the archives of those they go to.
@Suite struct RecordedBroadcastTests {
    private static let domain = "broadcast.acme.example"
    private static let people = ["bob", "carol", "erin"].map { $0 + "@acme.example" }

    private func modules() throws -> [any ServerModule] {
        BuiltinModules.all(
            try Company.configuration { configuration in
                configuration.announcements = AnnouncementsConfiguration(
                    domain: try JID(Self.domain), host: "acme.example", senders: [try JID("alice@acme.example")],
                    groups: [AccountGroup("Staff", accounts: try Self.people.map { try JID($0) })])
            })
    }

    private func with(
        database: XMPPDatabase? = nil, _ body: (TestServer) async throws -> Void
    ) async throws {
        var setup = TestServer.Setup()
        setup.accounts = ["alice@acme.example", "tom@home.example"] + Self.people
        setup.modules = try modules()
        setup.database = database
        try await TestServer.with(setup, body)
    }

    private func archive(_ account: String, _ server: TestServer) async throws -> [StoredArchiveEntry] {
        try await server.core.archive.after(account, nil, limit: 1000)
    }

    private func names(_ message: XMLElement, by account: String) -> [String?] {
        message.children("stanza-id", "urn:xmpp:sid:0").filter { $0["by"] == account }.map { $0["id"] }
    }

    @Test func areInEverybodysArchiveOnce() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<message to='all@\(Self.domain)' id='n1'><body>Fire drill</body></message>")
            let live = try await bob.expect("<message id='n1'/>")
            _ = try await alice.settle()
            #expect(
                try await archive("bob@acme.example", server).map(\.id.description) == names(live, by: Self.people[0]))
            let waiting = try #require(try await archive("carol@acme.example", server).first)
            #expect(waiting.stanza.contains("Fire drill") && !waiting.isOutgoing)
            // The mailbox holds no second copy.
            let row = try #require(try await server.core.offline.load("carol@acme.example", limit: 5).first)
            #expect(row.archiveID == waiting.id)
            let carol = try await server.client("carol@acme.example/c")
            carol.send("<presence/>")
            let late = try await carol.expect("<message id='n1'><delay xmlns='urn:xmpp:delay'/></message>")
            #expect(names(late, by: "carol@acme.example") == [waiting.id.description])
            // The sender has what he sent, and no copy.
            let sent = try await archive("alice@acme.example", server)
            #expect(sent.map(\.isOutgoing) == [true])
            #expect(try await archive("tom@home.example", server).isEmpty)
        }
    }

    @Test func areRecordedForThoseOnlineWhenTheyAreForNobodyElse() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<message to='online@\(Self.domain)'><body>Cake</body></message>")
            let live = try await bob.expect("<message><body>Cake</body></message>")
            _ = try await alice.settle()
            #expect(
                try await archive("bob@acme.example", server).map(\.id.description) == names(live, by: Self.people[0]))
            #expect(try await archive("carol@acme.example", server).isEmpty)
        }
    }

    @Test func areKeptOnlyWhereTheyMay() async throws {
        try await with { server in
            let preferences = ArchivePreferences(default: .never)
            try await server.core.archive.setPreferences(preferences, of: "bob@acme.example")
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let erin = try await server.client("erin@acme.example/e", isAvailable: true)
            for (id, hint) in [("plain", ""), ("passing", "no-permanent-store"), ("now", "no-store")] {
                let element = hint.isEmpty ? "" : "<\(hint) xmlns='urn:xmpp:hints'/>"
                alice.send("<message to='staff@\(Self.domain)' id='\(id)'><body>\(id)</body>\(element)</message>")
            }
            _ = try await alice.settle()
            for client in [bob, erin] {
                #expect(try await client.settle().compactMap { $0["id"] } == ["plain", "passing", "now"])
            }
            #expect(try await archive("bob@acme.example", server).isEmpty)
            #expect(try await archive("erin@acme.example", server).map { $0.stanza.contains("plain") } == [true])
            let carol = try await server.core.offline.load("carol@acme.example", limit: 5)
            #expect(carol.map { $0.archiveID == nil } == [false, true])
            #expect(try await archive("carol@acme.example", server).count == 1)
        }
    }

    @Test func areTakenStepByStep() async throws {
        try await with { server in
            let count = 250
            try await server.database.write { context in
                for number in 0..<count {
                    try server.core.accountStore.create(
                        "user\(number)@acme.example", credentials: [], created: 0, in: context)
                }
            }
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<message to='all@\(Self.domain)'><body>Hello to all of you</body></message>")
            _ = try await alice.settle()
            #expect(try await bob.settle().filter { $0.name == "message" }.count == 1)
            for number in 0..<count {
                let account = "user\(number)@acme.example"
                #expect(try await archive(account, server).count == 1)
                #expect(try await server.core.offline.count(account) == 1)
            }
            #expect(try await BroadcastJobStore(server.database).numbers().isEmpty)
        }
    }

    /// A process that ends in the middle leaves a job; the next one finishes it, and does nothing twice.
    @Test func areFinishedByTheNextProcess() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        try await with(database: database) { _ in }
        let jobs = BroadcastJobStore(database)
        let broadcasts = BroadcastStore(database)
        try await database.write { context in
            let number = try broadcasts.create(
                NewBroadcast(
                    address: "staff@\(Self.domain)", id: "n1", sender: "alice@acme.example", summary: "Fire drill",
                    sent: Timestamp.now().milliseconds),
                limit: 10, in: context)
            try broadcasts.add([(account: Self.people[0], isLocal: true)], to: number, in: context)
            let job = try jobs.add(
                NewBroadcastJob(
                    stanza: """
                        <message xmlns='jabber:client' from='staff@\(Self.domain)' id='n1'>\
                        <body>Fire drill</body></message>
                        """,
                    sender: "alice@acme.example", isKept: true, accounts: Self.people, hosts: [], broadcast: number),
                in: context)
            try jobs.advance(job, to: .init(accounts: 1), in: context)
        }
        try await with(database: database) { server in
            try await server.eventually("the rest") { try await jobs.numbers().isEmpty }
            #expect(try await archive(Self.people[0], server).isEmpty)
            for account in Self.people.dropFirst() {
                #expect(try await archive(account, server).count == 1)
                #expect(try await server.core.offline.count(account) == 1)
            }
            let stored = try #require(try await broadcasts.list(sender: "alice@acme.example", limit: 1).first)
            #expect(stored.recipients == 3)
        }
        try await with(database: database) { server in
            let carol = try await archive(Self.people[1], server)
            #expect(carol.count == 1)
        }
    }

    @Test func areAcceptedWithTheirSendersCopyOrNotAtAll() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            try await alice.enableAcknowledgements()
            try await server.database.limitSize(pages: 1)
            let body = String(repeating: "x", count: 200_000)
            alice.send("<message to='staff@\(Self.domain)' id='big'><body>\(body)</body></message>")
            #expect(try await alice.expect("<message type='error' id='big'/>").errorCondition == .resourceConstraint)
            #expect(try await archive("alice@acme.example", server).isEmpty)
            #expect(try await BroadcastJobStore(server.database).numbers().isEmpty)
        }
    }
}
