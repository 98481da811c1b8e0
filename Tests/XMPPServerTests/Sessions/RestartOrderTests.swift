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
    private func take(through last: Int, _ client: ScriptedClient, handled: Int = 0) async throws -> [Int] {
        var handled = handled
        var came: [Int] = []
        while came.last != last {
            let element = try await client.next()
            if ["message", "presence", "iq"].contains(element.name) { handled += 1 }
            if element.name == "r" { client.acknowledge(handled) }
            guard element.name == "message", let id = element["id"].flatMap({ Int($0) }) else { continue }
            if !came.contains(id) { came.append(id) }
        }
        client.acknowledge(handled)
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
}
