//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit

@testable import XMPPServer

/// What a client is given after a stop of the server, or its death, comes in the order in which it came for the account.
@Suite struct RestartOrderTests {
    private let bob = "bob@acme.example"
    private let phone: JID

    init() throws { phone = try JID("bob@acme.example/phone") }

    private func server(_ database: XMPPDatabase) async throws -> TestServer {
        var setup = TestServer.Setup()
        setup.database = database
        setup.configure = { $0.limits.enablingSeconds = 600 }
        return try await TestServer.start(setup)
    }

    private func send(_ ids: Range<Int>, to: String, from alice: ScriptedClient) async throws {
        for id in ids { alice.send("<message to='\(to)' type='chat' id='\(id)'><body>\(id)</body></message>") }
        try await alice.settle()
    }

    /// Takes messages until the last one, which comes once, and acknowledges when asked; their ids, each once.
    private func take(
        through last: Int, _ client: ScriptedClient, handled: Int = 0, acknowledges: Bool = true
    ) async throws -> [Int] {
        var handled = handled
        var came: [Int] = []
        while came.last != last {
            let element = try await client.next()
            if ["message", "presence", "iq"].contains(element.name) { handled += 1 }
            if acknowledges, element.name == "r" { client.acknowledge(handled) }
            guard element.name == "message" else { continue }
            let copied = element.child("received", "urn:xmpp:carbons:2")?.child("forwarded", "urn:xmpp:forward:0")
            let message = copied?.child("message", "jabber:client") ?? element
            guard let id = message["id"].flatMap({ Int($0) }) else { continue }
            if !came.contains(id) { came.append(id) }
        }
        if acknowledges { client.acknowledge(handled) }
        return came
    }

    private func detached(_ server: TestServer, _ client: ScriptedClient) async throws {
        await client.kill()
        try await server.eventually("a session without a connection") {
            server.core.accounts.online(client.jid)?.session("phone")?.isDetached == true
        }
    }

    /// What has waited for the offline store to be given goes on waiting after a clean stop.
    @Test func theGateIsKept() async throws {
        let database = try XMPPDatabase(inMemory: "order")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        try await send(0..<150, to: bob, from: alice)
        let client = try await first.client(phone.description)
        // These lie in the store, too.
        try await send(150..<152, to: phone.description, from: alice)
        let id = try await client.enableResumption()
        let account = try #require(first.core.accounts.online(phone))
        try await first.eventually("the session on disk") { !account.isUnsettled(resource: "phone") }
        // These don't.
        try await send(152..<155, to: phone.description, from: alice)
        client.send("<presence/>")
        try await client.expect("<message id='99'/>")
        try await detached(first, client)
        await first.stop()
        let second = try await server(database)
        let again = try await second.resume(phone, id: id, handled: 101)
        #expect(try await take(through: 154, again, handled: 101) == Array(100..<155))
        try await second.eventually("an empty store") { try await second.core.offline.count(bob) == 0 }
        await second.stop()
    }

    /// What was on its way out of the offline store keeps its place in it.
    @Test func whatASessionLeavesAfterAStopStandsWhereItStood() async throws {
        let database = try XMPPDatabase(inMemory: "order")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        try await send(0..<150, to: bob, from: alice)
        let client = try await first.client(phone.description)
        _ = try await client.enableResumption()
        client.send("<presence/>")
        try await client.expect("<message id='99'/>")
        try await detached(first, client)
        await first.stop()
        let second = try await server(database)
        let new = try await second.client(phone.description)
        _ = try await new.enableResumption()
        new.send("<presence/>")
        #expect(try await take(through: 149, new) == Array(0..<150))
        await second.stop()
    }

    /// The same if the server dies after it.
    @Test func whatWaitedComesBeforeWhatWasMissed() async throws {
        let database = try XMPPDatabase(inMemory: "order")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        try await send(0..<50, to: bob, from: alice)
        let client = try await first.client(phone.description)
        let id = try await client.enableResumption()
        client.send("<presence/>")
        try await client.expect("<message id='49'/>")
        try await send(50..<60, to: bob, from: alice)
        try await client.expect("<message id='59'/>")
        try await detached(first, client)
        await first.stop()
        let second = try await server(database)
        let third = try await server(database)
        let again = try await third.resume(phone, id: id, handled: 0)
        #expect(try await take(through: 59, again) == Array(0..<60))
        await third.stop()
        await second.stop()
    }

    /// What waited between the beginning of a session and its first presence comes before what it was given live.
    @Test func whatWaitedBeforeItTookMessagesComesFirst() async throws {
        let database = try XMPPDatabase(inMemory: "order")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let client = try await first.client(phone.description)
        let id = try await client.enableResumption()
        try await send(0..<5, to: bob, from: alice)
        client.send("<presence/>")
        try await client.expect("<message id='4'/>")
        try await send(5..<10, to: bob, from: alice)
        try await client.expect("<message id='9'/>")
        try await first.eventually("its presence on disk") {
            try await SessionStore(database).all().contains { $0.status.messagesSince > 0 }
        }
        let second = try await server(database)
        let again = try await second.resume(phone, id: id, handled: 0)
        #expect(try await take(through: 9, again) == Array(0..<10))
        await second.stop()
        await first.stop()
    }

    // MARK: Several devices

    /// Those of two devices that were there when the server dies; the first bound has taken messages only beside the other.
    private struct Pair {
        let first: TestServer
        let alice: ScriptedClient
        /// Bound first, available last; it has what was sent then.
        let late: ScriptedClient
        let lateID: String
        /// Available first: it is given what waited, and acknowledges nothing.
        let early: ScriptedClient
        let earlyID: String
    }

    private let desk = "bob@acme.example/desk"

    private func pair(_ database: XMPPDatabase, waiting: Int) async throws -> Pair {
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let late = try await first.client(phone.description)
        let lateID = try await late.enableResumption()
        try await send(0..<waiting, to: bob, from: alice)
        let early = try await first.client(desk)
        let earlyID = try await early.enableResumption()
        early.send("<presence/>")
        try await early.expect("<message id='\(min(waiting, 100) - 1)'/>")
        late.send("<presence/>")
        try await first.eventually("an available session") {
            first.core.accounts.online(phone)?.session("phone")?.takesMessages == true
        }
        try await send(waiting..<waiting + 10, to: bob, from: alice)
        #expect(
            try await take(through: waiting + 9, late, acknowledges: false) == Array(waiting..<waiting + 10))
        try await first.eventually("both presences on disk") {
            try await SessionStore(database).all().filter { $0.status.messagesSince > 0 }.count == 2
        }
        return Pair(first: first, alice: alice, late: late, lateID: lateID, early: early, earlyID: earlyID)
    }

    /// What waited goes to the device that was given it before the server died, not to one that has had newer messages.
    @Test func whoWasGivenWhatWaitedIsGivenIt() async throws {
        let database = try XMPPDatabase(inMemory: "order")
        let pair = try await pair(database, waiting: 50)
        let second = try await server(database)
        let late = try await second.resume(phone, id: pair.lateID, handled: 0)
        let early = try await second.resume(try JID(desk), id: pair.earlyID, handled: 0)
        #expect(try await take(through: 59, early) == Array(0..<60))
        #expect(try await take(through: 59, late) == Array(50..<60))
        try await second.eventually("an empty store") { try await second.core.offline.count(bob) == 0 }
        try await send(60..<61, to: bob, from: try await second.client("alice@acme.example/tablet"))
        #expect(try await take(through: 60, late, acknowledges: false) == [60])
        await second.stop()
        await pair.first.stop()
    }

    /// What waited comes before what was missed also if the other device's return lets it begin.
    @Test func whatWaitedComesFirstThoughItsReceiverIsAway() async throws {
        let database = try XMPPDatabase(inMemory: "order")
        let pair = try await pair(database, waiting: 150)
        let second = try await server(database)
        let late = try await second.resume(phone, id: pair.lateID, handled: 0)
        try await second.eventually("a flush that has begun") {
            second.core.accounts.online(phone)?.offlineReceiver?.jid.resource == "desk"
        }
        let account = try #require(second.core.accounts.online(phone))
        let receiver = try #require(account.session("desk")?.handle)
        try await second.eventually("a flush to who is away") { account.isReceivingOffline(receiver) }
        let early = try await second.resume(try JID(desk), id: pair.earlyID, handled: 0)
        #expect(try await take(through: 159, early) == Array(0..<160))
        #expect(try await take(through: 159, late) == Array(150..<160))
        await second.stop()
        await pair.first.stop()
    }

    /// A message for a session's own address says nothing of when it began to take those to the account.
    @Test func aMessageToTheResourceIsNotTheBeginning() async throws {
        let database = try XMPPDatabase(inMemory: "order")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let client = try await first.client(phone.description)
        let id = try await client.enableResumption()
        let account = try #require(first.core.accounts.online(phone))
        try await first.eventually("the session on disk") { !account.isUnsettled(resource: "phone") }
        try await send(0..<1, to: phone.description, from: alice)
        #expect(try await take(through: 0, client, acknowledges: false) == [0])
        let other = try await first.client(desk)
        other.send("<presence/>")
        try await send(1..<11, to: bob, from: alice)
        #expect(try await take(through: 10, other) == Array(1..<11))
        client.send("<presence/>")
        try await first.eventually("an available session") { account.session("phone")?.takesMessages == true }
        try await send(11..<21, to: bob, from: alice)
        #expect(try await take(through: 20, client, acknowledges: false) == Array(11..<21))
        try await first.eventually("its presence on disk") {
            try await SessionStore(database).all().contains { $0.status.messagesSince > 0 }
        }
        let second = try await server(database)
        let again = try await second.resume(phone, id: id, handled: 0)
        #expect(try await take(through: 20, again) == [0] + Array(11..<21))
        await second.stop()
        await first.stop()
    }

    /// Copies wait as messages do until a session that is new has been given what waits.
    @Test func copiesDoNotGoBeforeWhatWaits() async throws {
        let database = try XMPPDatabase(inMemory: "order")
        let server = try await server(database)
        let alice = try await server.client("alice@acme.example/desk")
        let client = try await server.client(phone.description)
        _ = try await client.enableResumption()
        let account = try #require(server.core.accounts.online(phone))
        let session = try #require(account.session("phone")?.handle)
        account.update(session) { $0.carbons = true }
        try await send(0..<20, to: bob, from: alice)
        let other = try await server.client(desk)
        _ = try await other.enableResumption()
        other.send("<presence/>")
        try await other.expect("<message id='19'/>")
        try await send(20..<30, to: bob, from: alice)
        try await other.close()
        try await server.eventually("one session") { account.sessions.count == 1 }
        client.send("<presence/>")
        #expect(try await take(through: 29, client) == Array(0..<30))
        await server.stop()
    }
}
