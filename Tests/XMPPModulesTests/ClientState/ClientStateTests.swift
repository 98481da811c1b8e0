//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPSASL
import XMPPServer
import XMPPTestKit

/// XEP-0352 as clients see it.
@Suite struct ClientStateTests {
    static let alice = "alice@acme.example"
    static let bob = "bob@acme.example"

    private func with(_ body: (TestServer) async throws -> Void) async throws {
        try await RosterScene.with(modules: [ClientStateModule()]) { server in
            try await server.befriend(Self.alice, Self.bob)
            try await body(server)
        }
    }

    private let inactive = "<inactive xmlns='urn:xmpp:csi:0'/>"
    private let active = "<active xmlns='urn:xmpp:csi:0'/>"
    private let typing = """
        <message to='bob@acme.example' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>
        """

    /// What has come without anything being sent: everything before a mark that is no stanza of others.
    private func quietly(_ client: ScriptedClient, _ server: TestServer) async throws -> [XMLElement] {
        // An iq is never kept back, but all before it comes with it; so the mark is an acknowledgement.
        _ = try await client.handledByServer()
        return client.received().filter { $0.namespace != "urn:xmpp:sm:3" }
    }

    @Test func isAnnouncedAfterLogIn() async throws {
        try await with { server in
            let connection = try await server.connect()
            let before = try await connection.open(to: "acme.example")
            #expect(before.child("csi", "urn:xmpp:csi:0") == nil)
            _ = try await connection.authenticate(
                "bob", password: TestServer.password, mechanism: .plain, binding: nil)
            let after = try await connection.open(to: "acme.example")
            #expect(after.child("csi", "urn:xmpp:csi:0") != nil)
        }
    }

    @Test func keepsBackWhatNobodyWouldSee() async throws {
        try await with { server in
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            try await bob.enableAcknowledgements()
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            _ = try await bob.settle()
            bob.send(inactive)
            _ = try await quietly(bob, server)
            for show in ["away", "xa", "dnd"] { alice.send("<presence><show>\(show)</show></presence>") }
            alice.send(typing)
            alice.send(typing)
            _ = try await alice.settle()
            #expect(try await quietly(bob, server).isEmpty)

            alice.send("<message to='bob@acme.example' type='chat' id='m'><body>Hello</body></message>")
            try await bob.expect("<message id='m'/>")
            alice.send("<presence/>")
            _ = try await alice.settle()
            #expect(try await quietly(bob, server).map(\.name) == ["presence", "message"])
            bob.send(active)
            let back = try await bob.settle().filter { $0.namespace == Namespace.client }
            #expect(back.map(\.summary) == ["available \(Self.alice)/a"])
            #expect(back.first?.child("show", Namespace.client) == nil)
            // And from now on at once.
            alice.send("<presence><show>chat</show></presence>")
            try await bob.expect("<presence><show>chat</show></presence>")
        }
    }

    @Test func bringsAllInOrderBeforeWhatMatters() async throws {
        try await with { server in
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            _ = try await bob.settle()
            bob.send(inactive)
            _ = try await bob.settle()
            alice.send("<presence><show>away</show></presence>")
            alice.send(typing)
            alice.send("<presence><show>dnd</show></presence>")
            alice.send("<message to='bob@acme.example' type='chat' id='m'><body>Hello</body></message>")
            try await bob.expect("<message id='m'/>")
            let before = bob.received()
            #expect(before.map(\.name) == ["message", "presence"])
            #expect(before.last?.child("show", Namespace.client)?.text == "dnd")
        }
    }

    @Test func countsOnlyWhatIsSent() async throws {
        try await with { server in
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            _ = try await bob.settle()
            let id = try await bob.enableResumption()
            bob.send(inactive)
            _ = try await quietly(bob, server)
            for show in ["away", "xa", "dnd"] { alice.send("<presence><show>\(show)</show></presence>") }
            _ = try await alice.settle()
            bob.send(active)
            _ = try await quietly(bob, server)
            bob.send(inactive)
            _ = try await quietly(bob, server)
            alice.send("<presence><show>chat</show></presence>")
            _ = try await alice.settle()
            #expect(try await quietly(bob, server).isEmpty)
            // One presence has come, the other is kept back; the connection breaks.
            await bob.kill()
            try await server.eventually("a session without a connection") {
                server.core.accounts.online(bob.jid)?.sessions.first?.isDetached == true
            }
            let again = try await server.resume(bob.jid, id: id, handled: 1)
            let missed = try await again.settle()
            #expect(missed.compactMap { $0.child("show", Namespace.client)?.text } == ["chat"])
            // It begins active (§5.2).
            alice.send("<presence><show>away</show></presence>")
            try await again.expect("<presence><show>away</show></presence>")
        }
    }

    @Test func tellsNobodyOfIt() async throws {
        try await with { server in
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            _ = try await alice.settle()
            bob.send(inactive + active + inactive)
            _ = try await bob.settle()
            #expect(try await alice.settle().isEmpty)
            alice.send("<presence type='probe' to='bob@acme.example'/>")
            #expect(try await alice.settle().map(\.summary) == ["available \(Self.bob)/b"])
        }
    }

    @Test func keepsNothingBackWhereThatIsSwitchedOff() async throws {
        var setup = TestServer.Setup()
        setup.modules = [RosterModule(), ClientStateModule()]
        setup.configure = { $0.limits.inactiveStanzas = 0 }
        try await TestServer.with(setup) { server in
            try await server.befriend(Self.alice, Self.bob)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            bob.send(inactive)
            _ = try await bob.settle()
            _ = try await server.client("alice@acme.example/a", isAvailable: true)
            try await bob.expect("<presence from='\(Self.alice)/a'/>")
        }
    }
}
