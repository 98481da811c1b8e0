//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit
import XMPPXML

@testable import XMPPServer

/// Far more waits than is listed in memory: no session ends of it, and no start takes longer.
@Suite struct QueueStretchTests {
    private let bob = "bob@acme.example"

    private func chat(_ id: Int, to: String, _ text: String = "") -> String {
        "<message to='\(to)' type='chat' id='\(id)'><body>hi\(text)</body></message>"
    }

    private func server(_ database: XMPPDatabase) async throws -> TestServer {
        var setup = TestServer.Setup()
        setup.database = database
        setup.configure = {
            $0.archive.isEnabled = true
            $0.limits.queueMemory = 65_536
            $0.limits.queueNames = 20
            // More than that wait in the archive.
            $0.limits.queueStanzas = 400
            $0.limits.unacknowledgedStanzas = 100
        }
        return try await TestServer.start(setup)
    }

    private func listed(_ server: TestServer, _ resource: String = "phone") async throws -> Int {
        let handle = try #require(server.core.accounts.online(try JID(bob))?.session(resource)).handle
        return await withCheckedContinuation { continuation in
            handle.link.performLater {
                continuation.resume(returning: ($0 as? any QueueOwner)?.outbound.listedCount ?? 0)
            }
        }
    }

    private func detached(_ server: TestServer, _ client: ScriptedClient) async throws {
        await client.kill()
        try await server.eventually("the session to be without a connection") {
            server.core.accounts.online(client.jid)?.session("phone")?.isDetached == true
        }
    }

    private func send(_ range: Range<Int>, _ alice: ScriptedClient) async throws {
        let text = String(repeating: "x", count: 500)
        for number in range {
            alice.send(chat(number, to: bob, text))
            if number % 50 == 49 { try await alice.settle() }
        }
        try await alice.settle()
    }

    /// Takes so many messages as they come, and acknowledges when asked; their ids in their order. `handled`: what the client
    /// has had before, and has had then.
    private func take(_ count: Int, _ client: ScriptedClient, _ handled: inout Int) async throws -> [String] {
        var came: [String] = []
        while came.count < count {
            let element = try await client.next()
            if ["message", "presence", "iq"].contains(element.name) { handled += 1 }
            if element.name == "r" { client.acknowledge(handled) }
            if element.name == "message" { came.append(element["id"] ?? "") }
        }
        client.acknowledge(handled)
        return came
    }

    private func take(_ count: Int, _ client: ScriptedClient) async throws -> [String] {
        var handled = 0
        return try await take(count, client, &handled)
    }

    private func end(_ server: TestServer, _ resource: String) async throws {
        try #require(server.core.accounts.online(try JID(bob))?.session(resource)).handle.end(StreamError(.conflict))
        try await server.eventually("the session to be forgotten", within: .seconds(20)) {
            try await !SessionStore(server.database).all().contains { $0.resource == resource }
        }
    }

    private func stored(_ server: TestServer) async throws -> [String] {
        try await server.core.offline.load(bob, limit: 5000).map { try XMLElement(parsing: $0.stanza)["id"] ?? "" }
    }

    @Test(arguments: QueueLimitTests.Way.allCases)
    func giveEverythingInOrder(_ way: QueueLimitTests.Way) async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("\(bob)/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        try await detached(first, phone)
        let count = 1500
        try await send(0..<count, alice)
        try await first.eventually("most names on disk") { try await listed(first) < 1000 }
        #expect(try await SessionStore(database).queue(of: 1, limit: 5000).count >= 500)
        if way == .stopped { await first.stop() }
        let second = way == .resumed ? first : try await server(database)
        if way == .killed {
            #expect(try await listed(second) == 1)
            #expect(try await SessionStore(database).queue(of: 1, limit: 1).isEmpty)
        }
        if way == .stopped { #expect(try await listed(second) < 700) }
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        #expect(try await take(count, client) == (0..<count).map { "\($0)" })
        try await client.settle()
        #expect(try await second.core.offline.count(bob) == 0)
        try await second.eventually("the disk to be free again") {
            try await SessionStore(database).queue(of: 1, limit: 1).isEmpty
        }
        await second.stop()
        if way == .killed { await first.stop() }
    }

    @Test(arguments: [false, true])
    func leaveEverythingWhenItEnds(afterADeath: Bool) async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("\(bob)/phone", isAvailable: true)
        _ = try await phone.enableResumption()
        try await detached(first, phone)
        try await send(0..<1000, alice)
        try await first.eventually("most names on disk") { try await listed(first) < 900 }
        let second = afterADeath ? try await server(database) : first
        try await end(second, "phone")
        #expect(try await stored(second) == (0..<1000).map { "\($0)" })
        await second.stop()
        if afterADeath { await first.stop() }
    }

    /// Nobody has looked at what a session has missed when the server stops again.
    @Test func missTheSameAfterTheNextStart() async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("\(bob)/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        try await detached(first, phone)
        try await send(0..<200, alice)
        let second = try await server(database)
        // It takes a part of it.
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        let again = try await second.client("alice@acme.example/desk")
        var handled = 0
        #expect(try await take(120, client, &handled).count == 120)
        try await detached(second, client)
        try await send(200..<220, again)
        await second.stop()
        let third = try await server(database)
        let last = try await third.resume(phone.jid, id: id, handled: handled)
        let came = try await take(100, last, &handled)
        #expect(came == (120..<220).map { "\($0)" })
        await third.stop()
        await first.stop()
    }

    /// Of two clients that have missed the same one has it, and then the other one ends.
    @Test func leaveNothingThatAnotherHasHad() async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("\(bob)/phone", isAvailable: true)
        let tablet = try await first.client("\(bob)/tablet", isAvailable: true)
        let id = try await phone.enableResumption()
        _ = try await tablet.enableResumption()
        await tablet.kill()
        try await detached(first, phone)
        try await send(0..<50, alice)
        let second = try await server(database)
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        #expect(try await take(50, client).count == 50)
        try await client.settle()
        try await end(second, "tablet")
        #expect(try await second.core.offline.count(bob) == 0)
        try await end(second, "phone")
        #expect(try await second.core.offline.count(bob) == 0)
        await second.stop()
        await first.stop()
    }

    /// Of what neither has had the last one leaves all.
    @Test func leaveOnceWhatNobodyHasHad() async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        for resource in ["phone", "tablet"] {
            let client = try await first.client("\(bob)/\(resource)", isAvailable: true)
            _ = try await client.enableResumption()
            await client.kill()
        }
        try await first.eventually("both to be without a connection") {
            server(first, "phone") && server(first, "tablet")
        }
        try await send(0..<50, alice)
        let second = try await server(database)
        try await end(second, "tablet")
        #expect(try await second.core.offline.count(bob) == 0)
        try await end(second, "phone")
        #expect(try await stored(second) == (0..<50).map { "\($0)" })
        await second.stop()
        await first.stop()
    }

    /// What one of two has had is remembered, however much of it is not listed in memory.
    @Test func rememberWhatAnotherHasHad() async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("\(bob)/phone", isAvailable: true)
        _ = try await phone.enableResumption()
        try await detached(first, phone)
        let tablet = try await first.client("\(bob)/tablet", isAvailable: true)
        _ = try await tablet.enableResumption()
        var handled = 0
        for range in [0..<600, 600..<800] {
            try await send(range, alice)
            #expect(try await take(range.count, tablet, &handled) == range.map { "\($0)" })
            try await tablet.settle()
            handled += 1
        }
        tablet.acknowledge(handled)
        try await tablet.settle()
        try await first.eventually("most names on disk") { try await listed(first) < 700 }
        await first.stop()
        let second = try await server(database)
        try await end(second, "phone")
        #expect(try await second.core.offline.count(bob) == 0)
        await second.stop()
    }

    private func server(_ server: TestServer, _ resource: String) -> Bool {
        (try? JID(bob)).flatMap { server.core.accounts.online($0)?.session(resource)?.isDetached } == true
    }

    /// A client that acknowledges nothing is sent so much, and no more; in the end it has to come again.
    @Test func waitForAcknowledgements() async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let server = try await server(database)
        let alice = try await server.client("alice@acme.example/desk")
        let phone = try await server.client("\(bob)/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        try await send(0..<300, alice)
        try await phone.expect("<message id='99'/>")
        func check(_ seconds: Int64) async throws {
            let handle = try #require(server.core.accounts.online(phone.jid)?.session("phone")).handle
            await withCheckedContinuation { continuation in
                handle.withSession { session in
                    session.checkAcknowledgement(.now() + .seconds(seconds))
                    continuation.resume()
                }
            }
        }
        try await check(0)
        phone.acknowledge(40)
        try await phone.expect("<message id='139'/>")
        // Whoever says something has time again.
        try await check(59)
        try await check(60)
        let came = phone.received().filter { $0.name == "message" }.compactMap { $0["id"] }
        #expect(came.last == "138")
        try await check(120)
        #expect(try await phone.ended().condition == "resource-constraint")
        let client = try await server.resume(phone.jid, id: id, handled: 140)
        var handled = 140
        #expect(try await take(160, client, &handled) == (140..<300).map { "\($0)" })
        #expect(try await server.core.offline.count(bob) == 0)
        await server.stop()
    }

    /// The server dies while a client is being given what waited for it; it may stop once more before that is back.
    @Test(arguments: [false, true]) func giveFirstWhatWaitedFirst(stops: Bool) async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        try await send(0..<150, alice)
        let phone = try await first.client("\(bob)/phone")
        let id = try await phone.enableResumption()
        phone.send("<presence/>")
        try await phone.expect("<message id='49'/>")
        alice.send(chat(150, to: bob) + chat(151, to: "\(bob)/phone"))
        try await alice.settle()
        var second = try await server(database)
        if stops {
            await second.stop()
            second = try await server(database)
        }
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        var came: [String] = []
        var handled = 0
        while Set(came).count < 152 { came += try await take(1, client, &handled) }
        var seen: Set<String> = []
        #expect(came.filter { seen.insert($0).inserted } == (0..<152).map { "\($0)" })
        await second.stop()
        await first.stop()
    }

    /// What came before a client took messages, or switched copies on, it was not given.
    @Test func giveNothingFromBeforeItTookMessages() async throws {
        let database = try XMPPDatabase(inMemory: "stretches")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let desk = try await first.client("\(bob)/desk", isAvailable: true)
        _ = try await desk.enableResumption()
        let phone = try await first.client("\(bob)/phone")
        let id = try await phone.enableResumption()
        alice.send(chat(1, to: bob) + chat(2, to: "\(bob)/desk"))
        try await desk.expect("<message id='2'/>")
        try await phone.becomeAvailable()
        alice.send(chat(3, to: bob) + chat(4, to: "\(bob)/desk"))
        try await desk.expect("<message id='4'/>")
        let handle = try #require(first.core.accounts.online(phone.jid)?.session("phone")).handle
        first.core.accounts.online(phone.jid)?.update(handle) { $0.carbons = true }
        await handle.statusIsWritten()
        alice.send(chat(5, to: bob) + chat(6, to: "\(bob)/desk"))
        try await desk.expect("<message id='6'/>")
        try await phone.settle()
        let second = try await server(database)
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        let came = try await client.settle().filter { $0.name == "message" }
        #expect(came.map { $0["id"] ?? "" } == ["3", "5", ""])
        let copied = came.compactMap { $0.child("received", "urn:xmpp:carbons:2")?.firstChild?.firstChild?["id"] }
        #expect(copied == ["6"])
        await second.stop()
        await first.stop()
    }
}
