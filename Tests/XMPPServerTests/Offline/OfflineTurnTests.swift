//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Synchronization
import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit

@testable import XMPPServer

/// New messages go behind those that waited, but nobody waits for a phone in a tunnel.
@Suite struct OfflineTurnTests {
    @Test func aSilentResourceHoldsNothingBackFromAnotherOne() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<message to='bob@acme.example' type='chat' id='early'><body>1</body></message>")
            _ = try await alice.settle()
            let phone = try await server.client("bob@acme.example/phone")
            try await phone.enableAcknowledgements()
            try await phone.becomeAvailable()
            let desk = try await server.client("bob@acme.example/desk", isAvailable: true)
            // The phone never acknowledges what it was given.
            alice.send("<message to='bob@acme.example' type='chat' id='late'><body>2</body></message>")
            alice.send("<message to='bob@acme.example/desk' type='chat' id='direct'><body>3</body></message>")
            _ = try await alice.settle()
            try await desk.expect("<message id='late'/>")
            try await desk.expect("<message id='direct'/>")
        }
    }

    /// A second client that takes messages makes nothing overtake what the first one is still being given.
    @Test func nothingOvertakesWhatAnotherOneIsBeingGiven() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            for id in 0..<150 {
                alice.send("<message to='bob@acme.example' type='chat' id='\(id)'><body>\(id)</body></message>")
            }
            _ = try await alice.settle()
            let phone = try await server.client("bob@acme.example/phone")
            try await phone.enableAcknowledgements()
            phone.send("<presence/>")
            // The rest is not given before this has arrived.
            try await phone.expect("<message id='99'/>")
            let desk = try await server.client("bob@acme.example/desk", isAvailable: true)
            for id in 150..<153 {
                alice.send("<message to='bob@acme.example' type='chat' id='\(id)'><body>\(id)</body></message>")
            }
            alice.send("<message to='bob@acme.example/phone' type='chat' id='153'><body>direct</body></message>")
            _ = try await alice.settle()
            try await desk.expect("<message id='152'/>")
            var stanzas = phone.received().count(where: { $0.name == "message" || $0.name == "presence" }) + 1
            phone.acknowledge(stanzas)
            var came: [String] = []
            while came.last != "153" {
                let element = try await phone.next()
                if element.name == "message" || element.name == "presence" { stanzas += 1 }
                if element.name == "r" { phone.acknowledge(stanzas) }
                if element.name == "message", let id = element["id"] { came.append(id) }
            }
            #expect(came == (100..<154).map { String($0) })
        }
    }

    // MARK: Clients that acknowledge, and others

    private static let bob = "bob@acme.example"

    /// A phone of bob's for whom so many messages have waited, and who has sent them.
    private func phone(
        _ server: TestServer, waiting: Int, acknowledges: Bool
    ) async throws -> (phone: ScriptedClient, alice: ScriptedClient) {
        let alice = try await server.client("alice@acme.example/desk")
        for id in 0..<waiting { send(id, from: alice) }
        try await alice.settle()
        let phone = try await server.client("\(Self.bob)/phone")
        try await phone.enableAcknowledgements()
        if acknowledges { try await phone.acknowledgeAll() }
        phone.send("<presence/>")
        return (phone, alice)
    }

    private func send(_ id: Int, from alice: ScriptedClient) {
        alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>\(id)</body></message>")
    }

    /// The ids of the messages that come, up to this one.
    private func messages(_ client: ScriptedClient, through last: Int) async throws -> [Int] {
        var ids: [Int] = []
        while ids.last != last {
            let element = try await client.next()
            if element.name == "message", let id = element["id"].flatMap({ Int($0) }) { ids.append(id) }
        }
        return ids
    }

    /// What has been sent to it is enough: to acknowledge it is needed for its removal alone.
    @Test func whoAcknowledgesNothingGetsWhatIsNew() async throws {
        try await TestServer.with { server in
            let (phone, alice) = try await phone(server, waiting: 3, acknowledges: false)
            #expect(try await messages(phone, through: 2) == [0, 1, 2])
            for id in 3..<6 { send(id, from: alice) }
            #expect(try await messages(phone, through: 5) == [3, 4, 5])
            #expect(try await server.core.offline.count(Self.bob) == 3)
            // In full and in order it comes again to whoever comes next.
            await phone.kill()
            try await server.eventually("all in the store") { try await server.core.offline.count(Self.bob) == 6 }
        }
    }

    @Test func whoAcknowledgesIsGivenAllInOrder() async throws {
        try await TestServer.with { server in
            let total = 3 * OfflineFlush.rowLimit
            let (phone, alice) = try await phone(server, waiting: total - 50, acknowledges: true)
            for id in (total - 50)..<total { send(id, from: alice) }
            #expect(try await messages(phone, through: total - 1) == Array(0..<total))
            try await server.eventually("an empty store") { try await server.core.offline.count(Self.bob) == 0 }
            send(total, from: alice)
            #expect(try await messages(phone, through: total) == [total])
        }
    }

    /// Where more waits than is handed over without an acknowledgement, new messages wait for the rest, but not for
    /// ever.
    @Test func newMessagesWaitForTheRestNotForEver() async throws {
        try await TestServer.with { server in
            let limit = OfflineFlush.rowLimit
            let (phone, alice) = try await phone(server, waiting: limit + 50, acknowledges: false)
            #expect(try await messages(phone, through: limit - 1) == Array(0..<limit))
            let account = try #require(server.core.accounts.online(phone.jid))
            try await server.eventually("a pause") { account.state.withLock { $0.flush?.phase == .full } }
            // It is there: it asks for something, a good while later.
            account.sessions.first?.handle.withSession { $0.awaitedSince = .now() - .minutes(1) }
            try await phone.settle()
            account.sessions.first?.handle.withSession { $0.tick(.now()) }
            try await server.eventually("an end of it") { account.state.withLock { $0.flush?.phase == .stalled } }
            send(1000, from: alice)
            #expect(try await messages(phone, through: 1000) == [1000])
            // The rest comes once there is room for it, and then what is new goes behind it again.
            try await phone.acknowledgeAll()
            #expect(try await messages(phone, through: limit + 49) == Array(limit..<(limit + 50)))
            send(1001, from: alice)
            #expect(try await messages(phone, through: 1001) == [1001])
            try await server.eventually("an empty store") { try await server.core.offline.count(Self.bob) == 0 }
        }
    }

    /// A client without a network is not heard of: nothing is to overtake what it has not had.
    @Test func whoIsNotHeardOfIsGivenNothingElse() async throws {
        try await TestServer.with { server in
            let limit = OfflineFlush.rowLimit
            let (phone, alice) = try await phone(server, waiting: limit + 1, acknowledges: false)
            #expect(try await messages(phone, through: limit - 1) == Array(0..<limit))
            let account = try #require(server.core.accounts.online(phone.jid))
            try await server.eventually("a pause") { account.state.withLock { $0.flush?.phase == .full } }
            account.sessions.first?.handle.withSession { $0.tick(.now() + .minutes(1)) }
            send(limit + 1, from: alice)
            try await alice.settle()
            try await phone.acknowledgeAll()
            #expect(try await messages(phone, through: limit + 1) == [limit, limit + 1])
        }
    }
}
