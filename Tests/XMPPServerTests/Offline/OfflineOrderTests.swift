//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import NIOCore
import Synchronization
import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit
import XMPPXML

@testable import XMPPServer

/// What waits comes in the order in which it came for the account, whenever it was written.
@Suite struct OfflineOrderTests {
    private static let bob = "bob@acme.example"

    private func send(_ ids: Range<Int>, from alice: ScriptedClient) {
        for id in ids {
            alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>\(id)</body></message>")
        }
    }

    private func stored(_ server: TestServer) async throws -> [Int] {
        try await server.core.offline.load(Self.bob, limit: 1000).compactMap {
            try XMLElement(parsing: $0.stanza)["id"].flatMap { Int($0) }
        }
    }

    /// A session that has been given something new and dies leaves it where it was: before what went to the store
    /// meanwhile.
    @Test(arguments: [true, false])
    func whatASessionLeavesStandsWhereItWas(hasArchives: Bool) async throws {
        let configure: @Sendable (inout ServerConfiguration) -> Void = { $0.archive.isEnabled = hasArchives }
        try await TestServer.with(configure: configure) { server in
            let limit = OfflineFlush.rowLimit
            let alice = try await server.client("alice@acme.example/desk")
            send(0..<(limit * 5 / 2), from: alice)
            try await alice.settle()
            let phone = try await server.client("\(Self.bob)/phone")
            try await phone.enableAcknowledgements()
            phone.send("<presence/>")
            var stanzas = 0
            while true {
                let element = try await phone.next()
                if element.name == "message" || element.name == "presence" { stanzas += 1 }
                if element["id"] == String(limit - 1) { break }
            }
            let account = try #require(server.core.accounts.online(phone.jid))
            func phase() -> OfflineFlush.Phase? { account.state.withLock { $0.flush?.phase } }
            try await server.eventually("a pause") { phase() == .full }
            // It gets something new, and then goes on with what waits.
            account.stallOffline(try #require(account.sessions.first?.handle))
            let new = limit * 5 / 2
            send(new..<(new + 1), from: alice)
            try await phone.expect("<message id='\(new)'/>")
            phone.acknowledge(stanzas)
            try await phone.expect("<message id='\(limit * 2 - 1)'/>")
            try await server.eventually("another pause") { phase() == .full }
            send((new + 1)..<(new + 3), from: alice)
            try await alice.settle()
            await phone.kill()
            try await server.eventually("all in the store") {
                try await server.core.offline.count(Self.bob) == new + 3 - limit
            }
            #expect(try await stored(server) == Array(limit..<(new + 3)))
        }
    }

    /// Whoever was to take messages has gone when they are committed: they wait, in their order, and their sender is told
    /// of them after that.
    @Test func whatFindsNobodyAtItsCommitWaits() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await alice.enableAcknowledgements()
            let phone = try await server.client("\(Self.bob)/phone", isAvailable: true)
            let gate = DispatchSemaphore(value: 0)
            await withCheckedContinuation { continuation in
                server.core.database.submit { _ in
                    continuation.resume()
                    gate.wait()
                } completion: { _ in
                }
            }
            let before = server.core.database.statistics.queuedOperations
            send(0..<3, from: alice)
            try await server.eventually("messages at the writer") {
                server.core.database.statistics.queuedOperations >= before + 3
            }
            await phone.kill()
            try await server.eventually("nobody there") { server.core.accounts.online(phone.jid) == nil }
            gate.signal()
            #expect(try await alice.handledByServer() == 3)
            #expect(try await stored(server) == [0, 1, 2])
            #expect(!server.core.detours.arePending(Self.bob))
        }
    }

    /// An error is no news from whoever it is from: to hold it back would say that what it answers has arrived.
    @Test func errorsWaitForNothing() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let account = try #require(server.core.accounts.online(alice.jid))
            account.noteOfflineRow()
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            bob.send("<message to='\(alice.jid)' type='chat' id='held'><body>new</body></message>")
            try await bob.settle()
            alice.send("<message to='nobody@acme.example' type='chat' id='bad'><body>?</body></message>")
            try await alice.expect("<message id='bad' type='error'/>")
            #expect(try await alice.settle().isEmpty)
            alice.send("<presence/>")
            try await alice.expect("<message id='held'/>")
        }
    }

    /// What a session is held before it can be resumed is found after a crash.
    @Test func whatIsHeldBeforeResumptionIsExpected() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("\(Self.bob)/phone")
            let account = try #require(server.core.accounts.online(phone.jid))
            account.noteOfflineRow()
            // Its client has sent something else first: it is not waited for.
            phone.send("<message to='nobody@acme.example' type='chat' id='first'><body>?</body></message>")
            try await phone.expect("<message id='first' type='error'/>")
            alice.send("<message to='\(phone.jid)' type='chat' id='held'><body>new</body></message>")
            try await alice.settle()
            _ = try await phone.enableResumption()
            let sessions = SessionStore(server.core.database)
            try await server.eventually("the session in the store") { try await !sessions.all().isEmpty }
            let counters = try #require(try await sessions.all().first?.counters)
            let id = try #require(try await server.core.archive.after(Self.bob, nil, limit: 9).last?.id)
            let position = ArchivePosition(counters.position, recent: counters.recent)
            #expect(!position.includes(id) && counters.position > position.start)
        }
    }

    /// What has waited is older than the session: a crash would not find it in what came since.
    @Test func whatHasWaitedIsKeptWithItsText() throws {
        let message = Stanza(.message, .chat, id: "1")
        let id = ArchiveID("0000000002m00000000")
        #expect(id != nil)
        var entry = OutboundQueue.Entry(stanza: message, isStored: true, row: 1, archiveID: id)
        #expect(StoredQueueEntry(ordinal: 1, entry).archiveID == nil)
        entry.isStored = false
        entry.row = nil
        #expect(StoredQueueEntry(ordinal: 1, entry).archiveID == id)
    }

    /// Who has not gone, and gets what the others miss, gets it in the order of the archive, too.
    @Test func nothingOvertakesWhatIsOnItsWayIntoTheStore() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let tablet = try await server.client("\(Self.bob)/tablet")
            try await tablet.becomeAvailable("<presence><priority>-1</priority></presence>")
            let account = try #require(server.core.accounts.online(tablet.jid))
            account.update(try #require(account.sessions.first?.handle)) { $0.carbons = true }
            let gate = DispatchSemaphore(value: 0)
            await withCheckedContinuation { continuation in
                server.core.database.submit { _ in
                    continuation.resume()
                    gate.wait()
                } completion: { _ in
                }
            }
            let before = server.core.database.statistics.queuedOperations
            // It has its row by now, and the next one is written before that of the first.
            send(1..<2, from: alice)
            try await server.eventually("a message at the writer") {
                server.core.database.statistics.queuedOperations > before
            }
            let bob = try JID(Self.bob)
            let first = Recording(
                stanza: try Stanza(
                    XMLElement("message", Namespace.client, ["type": "chat", "id": "0", "to": Self.bob]) {
                        XMLElement("body", Namespace.client, text: "0")
                    }), from: alice.jid, to: bob, session: nil, destination: .account, senderArchive: nil,
                recipientArchive: nil, waits: false, arrived: 1)
            let detour = Detour(server.core, first, Recorded())
            detour.begin()
            gate.signal()
            await detour.end()
            for id in 0..<2 {
                let copy = try await tablet.expect("a copy") { $0.name == "message" }
                let message = copy.firstChild?.firstChild?.child("message", Namespace.client)
                #expect(message?["id"] == String(id))
            }
            try await alice.settle()
            #expect(!server.core.detours.arePending(Self.bob))
        }
    }

    /// What is for one resource alone does not overtake what waits either, whose client says in a moment that it takes
    /// that.
    @Test func whatIsForOneResourceWaitsForItsPresence() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            send(0..<3, from: alice)
            try await alice.settle()
            let phone = try await server.client("\(Self.bob)/phone")
            alice.send("<message to='\(Self.bob)/phone' type='chat' id='3'><body>new</body></message>")
            try await alice.settle()
            #expect(try await phone.settle().isEmpty)
            phone.send("<presence/>")
            for id in 0..<4 {
                let message = try await phone.expect("a message") { $0.name == "message" }
                #expect(message["id"] == String(id))
            }
            // Who never says it gets what is for it all the same.
            let silent = try await server.client("carol@acme.example/silent")
            let handle = try #require(server.core.accounts.online(silent.jid)?.sessions.first?.handle)
            server.core.accounts.online(silent.jid)?.noteOfflineRow()
            alice.send("<message to='carol@acme.example/silent' type='chat' id='4'><body>new</body></message>")
            try await alice.settle()
            #expect(try await silent.settle().isEmpty)
            handle.withSession { session in
                session.youngSince = .now() - .minutes(1)
                session.tick(.now())
            }
            try await silent.expect("<message id='4'/>")
        }
    }

    /// A message finds its session, the next one finds it catching up and goes to the store: that is not read before the
    /// first one has been given.
    @Test func nothingIsReadBeforeItsEldersAreGiven() async throws {
        try await TestServer.with { server in
            let core = server.core
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("\(Self.bob)/phone", isAvailable: true)
            let account = try #require(core.accounts.online(phone.jid))
            let handle = try #require(account.sessions.first?.handle)
            let gate = DispatchSemaphore(value: 0)
            await withCheckedContinuation { continuation in
                core.database.submit { _ in
                    continuation.resume()
                    gate.wait()
                } completion: { _ in
                }
            }
            func queued(_ count: Int) async throws {
                try await server.eventually("\(count) operations at the writer") {
                    core.database.statistics.queuedOperations >= count
                }
            }
            let before = core.database.statistics.queuedOperations
            // Once all is committed, and before anything is told of it, the store is looked through.
            core.database.submit { _ in
            } completion: { _ in
                let looked = DispatchSemaphore(value: 0)
                Task {
                    await core.deliverOffline(to: account)
                    looked.signal()
                }
                looked.wait()
            }
            send(0..<1, from: alice)
            try await queued(before + 2)
            core.database.submit { _ in
                account.expectOffline(handle)
            } completion: { _ in
            }
            send(1..<2, from: alice)
            try await queued(before + 4)
            gate.signal()
            try await phone.expect("<message id='0'/>")
            try await phone.expect("<message id='1'/>")
            #expect(phone.received().isEmpty)
        }
    }
}
