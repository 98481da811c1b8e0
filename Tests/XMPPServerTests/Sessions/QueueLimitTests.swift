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

/// What a client that is away may be sent, and what that costs.
@Suite struct QueueLimitTests {
    private func chat(_ id: Int, to: String, _ text: String = "hi") -> String {
        "<message to='\(to)' type='chat' id='\(id)'><body>\(text)</body></message>"
    }

    private func ids(_ stanzas: [XMLElement]) -> [String] {
        stanzas.filter { $0.name == "message" }.compactMap { $0["id"] }
    }

    private func server(
        _ database: XMPPDatabase, hasArchives: Bool = true,
        _ limits: @escaping @Sendable (inout ServerLimits) -> Void = { _ in }
    ) async throws -> TestServer {
        var setup = TestServer.Setup()
        setup.database = database
        setup.configure = {
            $0.archive.isEnabled = hasArchives
            $0.limits.queueMemory = 65_536
            limits(&$0.limits)
        }
        return try await TestServer.start(setup)
    }

    private func detached(_ server: TestServer, _ client: ScriptedClient) async throws {
        await client.kill()
        try await server.eventually("the session to be without a connection") {
            server.core.accounts.online(client.jid)?.session("phone")?.isDetached == true
        }
    }

    enum Way: CaseIterable {
        case resumed
        case stopped
        case killed
    }

    /// Far more than memory takes, however little may wait elsewhere: none of it is written a second time.
    @Test(arguments: Way.allCases)
    func leaveToTheArchiveWhatItHolds(_ way: Way) async throws {
        let database = try XMPPDatabase(inMemory: "limits")
        let limits: @Sendable (inout ServerLimits) -> Void = {
            $0.unacknowledgedBytes = 262_144
            $0.queueDiskBytes = 0
        }
        let first = try await server(database, limits)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let desk = try await first.client("bob@acme.example/desk")
        let handle = try #require(first.core.accounts.online(phone.jid)?.session("phone")).handle
        first.core.accounts.online(phone.jid)?.update(handle) { $0.carbons = true }
        let id = try await phone.enableResumption()
        try await detached(first, phone)
        let text = String(repeating: "x", count: 2000)
        let count = 300
        // Messages, copies of what others have got, and of what they have sent.
        for number in 0..<count {
            switch number % 3 {
            case 0: alice.send(chat(number, to: "bob@acme.example", text))
            case 1: alice.send(chat(number, to: "bob@acme.example/desk", text))
            default: desk.send(chat(number, to: "alice@acme.example", text))
            }
            if number % 30 == 29 {
                try await alice.settle()
                try await desk.settle()
            }
        }
        let sessions = SessionStore(database)
        #expect(try await sessions.queue(of: 1, limit: 9).isEmpty)
        if way == .stopped { await first.stop() }
        let second = way == .resumed ? first : try await server(database, limits)
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        var came: Set<String> = []
        var stanzas = 0
        while came.count < count {
            let element = try await client.next()
            if element.name == "message" || element.name == "presence" { stanzas += 1 }
            if element.name == "r" { client.acknowledge(stanzas) }
            guard element.name == "message" else { continue }
            let copied = ["received", "sent"].compactMap {
                element.child($0, "urn:xmpp:carbons:2")?.firstChild?.firstChild
            }
            let message = copied.first ?? element
            #expect(message.child("stanza-id", "urn:xmpp:sid:0")?["by"] == "bob@acme.example")
            #expect(came.insert(message["id"] ?? "").inserted)
        }
        #expect(came == Set((0..<count).map { String($0) }))
        client.acknowledge(stanzas)
        try await client.settle()
        #expect(try await second.core.offline.count("bob@acme.example") == 0)
        await second.stop()
        if way == .killed { await first.stop() }
    }

    /// What it leaves to the archive is given to others when it ends, but for what they were given.
    @Test func leaveReferencesWhenASessionEnds() async throws {
        let database = try XMPPDatabase(inMemory: "limits")
        let server = try await server(database)
        let alice = try await server.client("alice@acme.example/desk")
        let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
        _ = try await phone.enableResumption()
        try await detached(server, phone)
        let text = String(repeating: "x", count: 2000)
        for number in 0..<100 { alice.send(chat(number, to: "bob@acme.example", text)) }
        try await alice.settle()
        try #require(server.core.accounts.online(phone.jid)?.session("phone")).handle.end(StreamError(.conflict))
        try await server.eventually("all in the store") {
            try await server.core.offline.count("bob@acme.example") == 100
        }
        let rows = try await server.core.offline.load("bob@acme.example", limit: 200)
        #expect(try rows.map { try XMLElement(parsing: $0.stanza)["id"] } == (0..<100).map { String($0) })
        #expect(try await server.core.offline.usage("bob@acme.example") == StorageUsage(stanzas: 0, bytes: 0))
        await server.stop()
    }

    /// A stranger who knows the address can neither end the session nor fill the disk.
    @Test func turnAwayWhatNobodyKeeps() async throws {
        let database = try XMPPDatabase(inMemory: "limits")
        let server = try await server(database, hasArchives: false) { $0.queueDiskBytes = 131_072 }
        let alice = try await server.client("alice@acme.example/desk")
        let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        try await detached(server, phone)
        let text = String(repeating: "x", count: 10_000)
        for number in 0..<200 {
            alice.send("<message to='\(phone.jid)' type='headline' id='\(number)'><body>\(text)</body></message>")
            if number % 10 == 9 { try await alice.settle() }
        }
        try await server.eventually("its share of the disk to be used") {
            server.core.queuedBytes.total(of: "bob@acme.example") > 65_536
        }
        alice.send("<iq type='get' id='q' to='\(phone.jid)'><ping xmlns='urn:xmpp:ping'/></iq>")
        try await alice.expect("<iq type='error' id='q'/>")
        alice.send(chat(1000, to: "bob@acme.example"))
        let answer = try await alice.expect("<message type='error' id='1000'/>")
        #expect(answer.child("error", Namespace.client)?.child("resource-constraint", Namespace.stanzaErrors) != nil)
        let client = try await server.resume(phone.jid, id: id, handled: 0)
        // What it had room for, in order and without a gap.
        var came: [XMLElement] = []
        while server.core.queuedBytes.total(of: "bob@acme.example") > 0 {
            let element = try await client.next()
            if element.name == "message" { came.append(element) }
        }
        came += try await client.settle().filter { $0.name == "message" }
        #expect(came.count >= 13 && came.count < 30)
        #expect(ids(came) == (0..<came.count).map { String($0) })
        client.acknowledge(came.count)
        try await client.settle()
        alice.send(chat(1001, to: "bob@acme.example"))
        try await client.expect("<message id='1001'/>")
        await server.stop()
    }

    /// What the server answers is turned away from nobody, but when nothing leaves the memory the session ends.
    @Test func endWhenTheDiskTakesNothing() async throws {
        let database = try XMPPDatabase(inMemory: "limits")
        let server = try await server(database) { $0.unacknowledgedBytes = 131_072 }
        let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
        _ = try await phone.enableResumption()
        try await detached(server, phone)
        let handle = try #require(server.core.accounts.online(phone.jid)?.session("phone")).handle
        try await limit(server, pages: 1)
        let text = String(repeating: "x", count: 50_000)
        func answer(_ count: Int) async throws -> Int? {
            let query = XMLElement("query", "jabber:iq:private", text: text)
            let stanza = try Stanza(
                XMLElement("iq", Namespace.client, ["type": "result", "id": "q", "to": "\(phone.jid)"]) { query })
            return await withCheckedContinuation { continuation in
                handle.link.performLater { session in
                    for _ in 0..<count { session.deliver(OutboundQueue.Entry(stanza: stanza, isStored: true)) }
                    continuation.resume(returning: (session as? any QueueOwner)?.outbound.bytes)
                }
            }
        }
        let waiting = try #require(try await answer(6))
        #expect(waiting > 300_000 && waiting < 524_288)
        #expect(try await answer(8) ?? 0 < 524_288)
        try await server.eventually("the session to be gone") {
            server.core.accounts.online(phone.jid)?.session("phone") == nil
        }
        try await limit(server, pages: 1_000_000)
        await server.stop()
    }

    /// What is written together with something that finds no room may fail with it.
    private func limit(_ server: TestServer, pages: Int) async throws {
        try await server.eventually("the limit") {
            do {
                try await server.database.limitSize(pages: pages)
                return true
            } catch { return false }
        }
    }

    /// A long queue is written part by part.
    @Test func writeAPartAtATime() throws {
        var queue = OutboundQueue()
        let body = XMLElement("body", Namespace.client, text: String(repeating: "x", count: 1000))
        let stanza = try Stanza(XMLElement("message", Namespace.client, ["type": "headline"]) { body })
        for _ in 0..<100 { queue.append(OutboundQueue.Entry(stanza: stanza, isStored: false), isWritten: false) }
        let size = queue.bytes / 100
        let part = queue.overflow(keeping: 10 * size, atMost: 20 * size)
        #expect(part.map(\.ordinal) == Array(10..<30))
        queue.spill(part.map(\.ordinal))
        #expect(queue.overflow(keeping: 10 * size).map(\.ordinal) == Array(30..<100))
    }

    /// Presence of people that the client has nothing to do with does not wait for it.
    @Test func forgetPresenceOfStrangers() async throws {
        let database = try XMPPDatabase(inMemory: "limits")
        let server = try await server(database)
        let alice = try await server.client("alice@acme.example/desk")
        let carol = try await server.client("carol@acme.example/desk")
        let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        phone.send("<presence to='carol@acme.example/desk'/>")
        try await phone.settle()
        try await detached(server, phone)
        for number in 0..<30 {
            alice.send(
                "<presence to='\(phone.jid)'><x xmlns='http://jabber.org/protocol/muc#user'/><status>\(number)</status></presence>"
            )
            carol.send(
                "<presence to='\(phone.jid)'><x xmlns='http://jabber.org/protocol/muc#user'/><status>\(number)</status></presence>"
            )
        }
        try await alice.settle()
        try await carol.settle()
        let client = try await server.resume(phone.jid, id: id, handled: 0)
        let presences = try await client.settle().filter { $0.name == "presence" && $0["from"] != "\(phone.jid)" }
        #expect(presences.compactMap { $0["from"] } == Array(repeating: "carol@acme.example/desk", count: 30))
        await server.stop()
    }
}
