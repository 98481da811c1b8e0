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

/// A session of which nobody knows yet whether its client acknowledges: what is for it alone stays in the store until it
/// has had it, and goes to nobody else before that.
@Suite struct UnsettledSessionTests {
    private static let bob = "bob@acme.example"

    @Sendable private static func patient(_ configuration: inout ServerConfiguration) {
        configuration.limits.enablingSeconds = 600
    }

    private func send(_ ids: Range<Int>, to resource: String?, from alice: ScriptedClient) async throws {
        let to = resource.map { "\(Self.bob)/\($0)" } ?? Self.bob
        for id in ids { alice.send("<message to='\(to)' type='chat' id='\(id)'><body>\(id)</body></message>") }
        try await alice.settle()
    }

    private func ids(_ stanzas: [XMLElement]) -> [String] {
        stanzas.filter { $0.name == "message" }.compactMap { $0["id"] }
    }

    private func stored(_ server: TestServer) async throws -> Int { try await server.core.offline.count(Self.bob) }

    @Test(arguments: [true, false])
    func isGivenItOnceItsClientAcknowledges(hasArchives: Bool) async throws {
        let configure: @Sendable (inout ServerConfiguration) -> Void = { configuration in
            Self.patient(&configuration)
            configuration.archive.isEnabled = hasArchives
        }
        try await TestServer.with(configure: configure) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("\(Self.bob)/phone")
            try await send(0..<3, to: "phone", from: alice)
            #expect(try await stored(server) == 3)
            #expect(ids(try await phone.settle()).isEmpty)
            _ = try await phone.enableResumption()
            let third = try await phone.expect("<message id='2'/>")
            #expect(ids(phone.received()) == ["0", "1"])
            #expect((third.child("stanza-id", "urn:xmpp:sid:0") != nil) == hasArchives)
            #expect(try await stored(server) == 3)
            phone.acknowledge(3)
            try await server.eventually("an empty store") { try await stored(server) == 0 }
            // What is new is recorded in the archive alone.
            try await send(3..<4, to: "phone", from: alice)
            try await phone.expect("<message id='3'/>")
            #expect(try await stored(server) == 0)
        }
    }

    /// The server dies before the session is known to the store: its client finds the message when it comes back.
    @Test func losesNothingByACrash() async throws {
        let database = try XMPPDatabase(inMemory: "unsettled")
        var setup = TestServer.Setup()
        setup.database = database
        setup.configure = Self.patient
        let first = try await TestServer.start(setup)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("\(Self.bob)/phone")
        try await alice.enableAcknowledgements()
        alice.send("<message to='\(phone.jid)' type='chat' id='0'><body>0</body></message>")
        #expect(try await alice.handledByServer() == 1)
        let second = try await TestServer.start(setup)
        let again = try await second.client("\(Self.bob)/phone")
        again.send("<presence/>")
        try await again.expect("<message id='0'/>")
        await second.stop()
        await first.stop()
    }

    /// Another session takes messages, is given what waits, and not this.
    @Test func hasItForItself() async throws {
        try await TestServer.with(configure: Self.patient) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("\(Self.bob)/phone")
            try await send(0..<1, to: "phone", from: alice)
            try await send(1..<2, to: nil, from: alice)
            #expect(try await stored(server) == 2)
            let desk = try await server.client("\(Self.bob)/desk")
            try await desk.enableAcknowledgements()
            desk.send("<presence/>")
            try await desk.expect("<message id='1'/>")
            desk.acknowledge(2)
            try await server.eventually("the other one removed") { try await stored(server) == 1 }
            #expect(ids(try await desk.settle()).isEmpty)
            // A client that does not acknowledge has what was written.
            phone.send("<presence/>")
            try await phone.expect("<message id='0'/>")
            try await server.eventually("an empty store") { try await stored(server) == 0 }
        }
    }

    /// Its session ends before it has it: whoever takes messages is given it.
    @Test func leavesItToOthers() async throws {
        try await TestServer.with(configure: Self.patient) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("\(Self.bob)/phone")
            let desk = try await server.client("\(Self.bob)/desk", isAvailable: true)
            try await send(0..<2, to: "phone", from: alice)
            #expect(ids(try await desk.settle()).isEmpty)
            await phone.kill()
            try await desk.expect("<message id='1'/>")
            #expect(ids(desk.received()) == ["0"])
            try await server.eventually("an empty store") { try await stored(server) == 0 }
        }
    }

    /// What waited before it comes before it.
    @Test func isGivenItInTurn() async throws {
        try await TestServer.with(configure: Self.patient) { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await send(0..<2, to: nil, from: alice)
            let phone = try await server.client("\(Self.bob)/phone")
            try await send(2..<3, to: "phone", from: alice)
            try await send(3..<4, to: nil, from: alice)
            _ = try await phone.enableResumption()
            phone.send("<presence/>")
            try await send(4..<5, to: "phone", from: alice)
            try await phone.expect("<message id='4'/>")
            #expect(ids(phone.received()) == ["0", "1", "2", "3"])
            phone.acknowledge(6)
            try await server.eventually("an empty store") { try await stored(server) == 0 }
        }
    }

    /// A session that says nothing gets it after a while.
    @Test func waitsForASilentClientOnlySoLong() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("\(Self.bob)/phone")
            try await send(0..<1, to: "phone", from: alice)
            try await phone.expect("<message id='0'/>")
            try await server.eventually("an empty store") { try await stored(server) == 0 }
        }
    }
}
