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

/// A client whose own stanzas come back to it until its session has to end, in the middle of one of them.
@Suite(.serialized) struct SelfFloodTests {
    @Test(arguments: TestServer.Transport.allCases)
    func endsASessionFromWithinItsOwnPresence(_ transport: TestServer.Transport) async throws {
        let tls = transport == .plain ? nil : try TestCertificates.shared.get()
        try await TestServer.with(tls: tls, configure: { $0.limits.unacknowledgedStanzas = 20 }) { server in
            let bob = try await server.client("bob@acme.example/desk")
            let alice = try await server.client("alice@acme.example/desk", over: transport)
            try await alice.enableAcknowledgements()
            for _ in 0..<40 { alice.send("<presence/>") }
            #expect(try await alice.ended().condition == "resource-constraint")
            _ = try await bob.settle()
        }
    }

    @Test func endsASessionFromWithinItsOwnMessage() async throws {
        try await TestServer.with(configure: { $0.limits.unacknowledgedStanzas = 20 }) { server in
            let bob = try await server.client("bob@acme.example/desk")
            let alice = try await server.client("alice@acme.example/desk")
            try await alice.enableAcknowledgements()
            for _ in 0..<40 { alice.send("<message to='alice@acme.example/desk'><body>hi</body></message>") }
            #expect(try await alice.ended().condition == "resource-constraint")
            _ = try await bob.settle()
        }
    }

    @Test func boundsWhatIsUnacknowledgedByItsSizeToo() async throws {
        try await TestServer.with(configure: { $0.limits.unacknowledgedBytes = 1 << 18 }) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            try await bob.enableAcknowledgements()
            let text = String(repeating: "x", count: 65_536)
            for id in 0..<10 {
                alice.send("<message to='bob@acme.example' type='chat' id='\(id)'><body>\(text)</body></message>")
            }
            #expect(try await bob.ended().condition == "resource-constraint")
            try await server.eventually("the messages in the store") {
                try await server.core.offline.count("bob@acme.example") == 10
            }
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
