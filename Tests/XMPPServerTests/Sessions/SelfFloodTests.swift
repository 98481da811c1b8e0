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

/// A client whose own stanzas come back to it, and that acknowledges none of them.
@Suite(.serialized) struct SelfFloodTests {
    private func limits(_ configuration: inout ServerConfiguration) {
        configuration.limits.unacknowledgedStanzas = 20
        configuration.limits.acknowledgementSeconds = 0
    }

    @Test(arguments: TestServer.Transport.allCases)
    func closesWhoFloodsItselfWithPresence(_ transport: TestServer.Transport) async throws {
        let tls = transport == .plain ? nil : try TestCertificates.shared.get()
        try await TestServer.with(tls: tls, configure: limits) { server in
            let bob = try await server.client("bob@acme.example/desk")
            let alice = try await server.client("alice@acme.example/desk", over: transport)
            try await alice.enableAcknowledgements()
            for _ in 0..<40 { alice.send("<presence/>") }
            #expect(try await alice.ended().condition == "resource-constraint")
            _ = try await bob.settle()
        }
    }

    @Test func closesWhoFloodsItselfWithMessages() async throws {
        try await TestServer.with(configure: limits) { server in
            let bob = try await server.client("bob@acme.example/desk")
            let alice = try await server.client("alice@acme.example/desk")
            try await alice.enableAcknowledgements()
            for _ in 0..<40 { alice.send("<message to='alice@acme.example/desk'><body>hi</body></message>") }
            #expect(try await alice.ended().condition == "resource-constraint")
            _ = try await bob.settle()
        }
    }

    /// Whether or not the session could be resumed: memory is bounded, and nothing ends for it.
    @Test func keepsWhatIsUnacknowledgedOnDisk() async throws {
        let configure: @Sendable (inout ServerConfiguration) -> Void = {
            $0.limits.queueMemory = 1 << 17
            $0.archive.isEnabled = false
        }
        try await TestServer.with(configure: configure) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/phone", isAvailable: true)
            try await bob.enableAcknowledgements()
            let text = String(repeating: "x", count: 65_536)
            for id in 0..<10 {
                alice.send("<message to='bob@acme.example' type='chat' id='\(id)'><body>\(text)</body></message>")
            }
            try await bob.expect("<message id='9'/>")
            let store = SessionStore(server.database)
            let key = try #require(try await store.all().first).key
            try await server.eventually("most of it on disk") {
                try await store.queue(of: key, limit: 20).count >= 5
            }
            await bob.kill()
            try await server.eventually("the messages in the store") {
                try await server.core.offline.count("bob@acme.example") == 10
            }
            let stored = try await server.core.offline.load("bob@acme.example", limit: 20)
            #expect(try stored.map { try XMLElement(parsing: $0.stanza)["id"] } == (0..<10).map { "\($0)" })
            #expect(try await store.all().isEmpty)
        }
    }

    /// Acknowledgements, unlike stanzas, are not held back for who does not read.
    @Test func cutsOffWhoAsksAndDoesNotRead() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/desk")
            try await bob.enableAcknowledgements()
            try await bob.connection.pauseReading(true)
            let burst = String(repeating: "<r xmlns='urn:xmpp:sm:3'/>", count: 10_000)
            // Loopback sockets take some megabytes before the server notices.
            for _ in 0..<60 { bob.send(burst) }
            try await server.eventually("the session to be gone", within: .seconds(30)) {
                server.core.accounts.online(try JID("bob@acme.example")) == nil
            }
            _ = try await alice.settle()
        }
    }

    /// Empty elements take memory as text does.
    @Test func countsElementsWithoutText() {
        let element = XMLElement("message", Namespace.client) { (0..<1000).map { _ in XMLElement("a", "b") } }
        #expect(element.tree.memorySize >= 16_000)
    }

    @Test func refusesWhatGrowsOnItsWay() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/desk")
            let namespace = String(repeating: "n", count: 1000)
            let elements = String(repeating: "<p:a/>", count: 2000)
            alice.send(
                """
                <message to='bob@acme.example/desk' id='m' xmlns:p='\(namespace)'><body>hi</body>\(elements)</message>
                """)
            let answer = try await alice.expect("<message type='error' id='m'/>")
            #expect(answer.child("error", Namespace.client)?.firstChild?.name == "policy-violation")
            #expect(try await bob.settle().isEmpty)
        }
    }
}
