//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit
import XMPPXML

@testable import XMPPServer

/// Who is given which message after the server has stopped, or has died.
@Suite struct RestoredDeliveryTests {
    enum End: CaseIterable {
        case stop
        case death
    }

    private func chat(_ id: String, to: String) -> String {
        "<message to='\(to)' type='chat' id='\(id)'><body>\(id)</body></message>"
    }

    private func ids(_ stanzas: [XMLElement]) -> [String] {
        stanzas.filter { $0.name == "message" }.compactMap { $0["id"] }
    }

    private func server(_ database: XMPPDatabase) async throws -> TestServer {
        var setup = TestServer.Setup()
        setup.database = database
        setup.configure = { $0.archive.isEnabled = true }
        return try await TestServer.start(setup)
    }

    private func end(_ server: TestServer, _ resource: String) async throws {
        let bob = try JID("bob@acme.example")
        try #require(server.core.accounts.online(bob)?.session(resource)).handle.end(StreamError(.conflict))
        try await server.eventually("the session to be forgotten") {
            try await !SessionStore(server.database).all().contains { $0.resource == resource }
        }
    }

    /// RFC 6121 §8.5.3.2.1: a chat for a resource that isn't there goes to all, also if the server dies before they have it.
    @Test func giveAChatForAResourceThatIsGoneToAll() async throws {
        let database = try XMPPDatabase(inMemory: "restored")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        alice.send(chat("1", to: "bob@acme.example/gone"))
        alice.send(chat("2", to: "bob@acme.example/desk"))
        try await phone.expect("<message id='2'/>")
        // That it is there later makes no difference.
        let desk = try await first.client("bob@acme.example/desk", isAvailable: true)
        let other = try await desk.enableResumption()
        alice.send(chat("3", to: "bob@acme.example/desk"))
        try await desk.expect("<message id='3'/>")
        let second = try await server(database)
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        #expect(ids(try await client.settle()) == ["1", "2"])
        let desks = try await second.resume(desk.jid, id: other, handled: 0)
        #expect(ids(try await desks.settle()) == ["3"])
        await second.stop()
        await first.stop()
    }

    /// What one device has had another one that ends leaves to nobody.
    @Test(arguments: End.allCases)
    func rememberThatAnotherDeviceHasHadIt(_ how: End) async throws {
        let database = try XMPPDatabase(inMemory: "restored")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let tablet = try await first.client("bob@acme.example/tablet", isAvailable: true)
        let id = try await phone.enableResumption()
        _ = try await tablet.enableResumption()
        for number in 1...3 { alice.send(chat("\(number)", to: "bob@acme.example")) }
        try await phone.expect("<message id='3'/>")
        try await tablet.expect("<message id='3'/>")
        phone.acknowledge(2)
        try await first.eventually("the acknowledgement on disk") {
            try await SessionStore(database).all().contains { $0.counters.recent.count == 2 }
        }
        if how == .stop { await first.stop() }
        let second = try await server(database)
        try await end(second, "tablet")
        // The last one still waits for the phone.
        #expect(try await second.core.offline.count("bob@acme.example") == 0)
        let client = try await second.resume(phone.jid, id: id, handled: 2)
        try await client.expect("<message id='3'/>")
        // It dies without having said so: now nobody has had that one.
        await client.kill()
        try await end(second, "phone")
        let rows = try await second.core.offline.load("bob@acme.example", limit: 9)
        #expect(try rows.map { try XMLElement(parsing: $0.stanza)["id"] } == ["3"])
        await second.stop()
        if how == .death { await first.stop() }
    }

    /// A session that cannot be resumed ends with the server, and leaves what its client has not acknowledged.
    @Test func giveWhatASessionWithoutResumptionHasNotHad() async throws {
        let database = try XMPPDatabase(inMemory: "restored")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        try await phone.enableAcknowledgements()
        for number in 1...3 { alice.send(chat("\(number)", to: "bob@acme.example")) }
        try await phone.expect("<message id='3'/>")
        phone.acknowledge(1)
        try await first.eventually("the acknowledgement on disk") {
            try await SessionStore(database).all().contains { $0.counters.recent.count == 1 }
        }
        let second = try await server(database)
        try await second.eventually("the session to be forgotten") {
            try await SessionStore(database).all().isEmpty
        }
        #expect(try await second.core.offline.count("bob@acme.example") == 2)
        let client = try await second.client("bob@acme.example/phone")
        client.send("<presence/>")
        #expect(ids(try await client.settle()) == ["2", "3"])
        await second.stop()
        await first.stop()
    }

    /// What another device has sent is in the archive: it does not come out of the session's queue as well.
    @Test func giveCopiesOnceAfterAStopAndADeath() async throws {
        let database = try XMPPDatabase(inMemory: "restored")
        let first = try await server(database)
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        let account = try #require(first.core.accounts.online(phone.jid))
        let handle = try #require(account.session("phone")).handle
        account.update(handle) { $0.carbons = true }
        await handle.statusIsWritten()
        let desk = try await first.client("bob@acme.example/desk")
        await phone.kill()
        try await first.eventually("the session to wait") { account.session("phone")?.isDetached == true }
        for number in 1...3 { desk.send(chat("\(number)", to: "alice@acme.example")) }
        try await desk.settle()
        await first.stop()
        let second = try await server(database)
        let third = try await server(database)
        let client = try await third.resume(phone.jid, id: id, handled: 0)
        let copied = try await client.settle().compactMap {
            $0.child("sent", "urn:xmpp:carbons:2")?.firstChild?.firstChild?["id"]
        }
        #expect(copied == ["1", "2", "3"])
        await third.stop()
        await second.stop()
    }

    /// A delivery is the same from run to run, also for those who are not listed.
    @Test func keepTheMarksOfDeliveries() {
        var deliveries = RestoredDeliveries()
        let mark = ArchiveClock.system() + 1_000_000_000
        let one = deliveries.join(mark)
        #expect(one?.mark == mark)
        let other = deliveries.join(mark)
        #expect(other === one)
        let missed = deliveries.join(-5)
        #expect(missed?.mark == -5)
        let taken = deliveries.join(0)
        #expect(taken?.isTaken == true)
        let none = deliveries.join(nil)
        #expect(none == nil)
        #expect(one?.release() == false)
        #expect(one?.release() == true)
        #expect(SharedDelivery(holders: 1).mark > mark)
    }

    /// Who was no recipient has had nothing, however far it has come.
    @Test func knowWhatASessionWasGiven() throws {
        func session(_ resource: String, since: Int64, presence: String?) -> StoredSession {
            StoredSession(
                key: 1, id: resource, account: "bob@acme.example", resource: resource, device: nil, seconds: 1,
                began: 100,
                status: SessionStatus(
                    presence: presence.map { "<presence xmlns='jabber:client'>\($0)</presence>" }, since: since),
                counters: SessionCounters(position: 1000, recent: [1500]))
        }
        let phone = try Entitlement(session("phone", since: 500, presence: ""))
        let desk = try Entitlement(session("desk", since: 0, presence: "<priority>-1</priority>"))
        let ids = Dictionary(
            uniqueKeysWithValues: [50, 400, 500, 1500, 2000].map { (clock: Int64) in (clock, ArchiveID.first(at: clock))
            })
        #expect(
            [50, 400, 500, 1500, 2000].map { phone.hasHad(ids[$0] ?? .first(at: 0)) } == [
                false, false, true, true, false,
            ])
        // That it is past what came before it says nothing.
        #expect([50, 400].map { desk.hasHad(ids[$0] ?? .first(at: 0)) } == [false, true])
        func form(
            _ session: Entitlement, _ to: String, _ type: StanzaType, at clock: Int64 = 400
        ) throws -> Entitlement.Form? {
            let message = Stanza(.message, type, from: try JID("alice@acme.example/x"), to: try JID(to))
            return session.form(of: message, .first(at: clock), isOutgoing: false, among: [phone, desk])
        }
        #expect(try form(phone, "bob@acme.example", .normal) == .message)
        #expect(try form(desk, "bob@acme.example", .chat) == nil)
        #expect(try form(phone, "bob@acme.example/desk", .chat) == nil)
        #expect(try form(desk, "bob@acme.example/desk", .chat) == .message)
        // Before it was there, and where there is none.
        #expect(try form(phone, "bob@acme.example/desk", .chat, at: 50) == .message)
        #expect(try form(phone, "bob@acme.example/none", .chat) == .message)
        #expect(try form(phone, "bob@acme.example/none", .normal) == nil)
    }

    /// What a client has read in the archive does not come from the offline store after a restart.
    @Test func rememberWhatWasReadInTheArchive() async throws {
        let database = try XMPPDatabase(inMemory: "restored")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        alice.send(chat("1", to: "bob@acme.example"))
        try await alice.settle()
        let phone = try await first.client("bob@acme.example/phone")
        let id = try await phone.enableResumption()
        let handle = try #require(first.core.accounts.online(phone.jid)?.session("phone")).handle
        first.core.sessionUsesArchive(handle)
        await first.stop()
        let second = try await server(database)
        let again = try await second.client("alice@acme.example/desk")
        again.send(chat("2", to: "bob@acme.example"))
        try await again.settle()
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        client.send("<presence/>")
        try await client.expect("<message id='2'/>")
        #expect(ids(client.received()).isEmpty)
        await second.stop()
    }
}
