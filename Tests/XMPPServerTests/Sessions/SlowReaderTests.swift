//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPStorage
import XMPPTestKit
import XMPPXML

/// A client that does not read costs a bounded amount of memory, and nobody else anything.
@Suite(.serialized) struct SlowReaderTests {
    private static let text = String(repeating: "x", count: 8192)

    private func limits(_ configuration: inout ServerConfiguration) {
        configuration.limits.outboxBytes = 1 << 20
        configuration.limits.unacknowledgedStanzas = 100
        configuration.limits.acknowledgementSeconds = 0
    }

    /// Loopback sockets take some megabytes before the server notices.
    @Test func keepsMessagesOfWhoDoesNotRead() async throws {
        try await TestServer.with(configure: limits) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/phone", isAvailable: true)
            try await bob.enableAcknowledgements()
            try await bob.connection.pauseReading(true)

            let carol = try await server.client("carol@acme.example/desk")
            let dave = try await server.client("dave@home.example/desk")
            let count = 3000
            for id in 0..<count {
                alice.send("<message to='bob@acme.example' type='chat' id='\(id)'><body>\(Self.text)</body></message>")
                guard id.isMultiple(of: 500) else { continue }
                carol.send("<message to='dave@home.example/desk' id='\(id)'/>")
                try await dave.expect("<message id='\(id)'/>")
            }
            try await alice.settle()
            try await server.eventually("the slow session to be gone", within: .seconds(30)) {
                server.core.accounts.online(try JID("bob@acme.example")) == nil
            }
            // Nothing was acknowledged, so nothing may be missing.
            try await server.eventually("all messages in the store", within: .seconds(30)) {
                try await server.core.offline.count("bob@acme.example") == count
            }
            let stored = try await server.core.offline.load("bob@acme.example", limit: count)
            let ids = try stored.map { try XMLElement(parsing: $0.stanza)["id"] }
            let sent = (0..<count).map { String($0) }
            #expect(ids == sent)
            try await carol.settle()
            try await alice.settle()
        }
    }

    @Test func dropsPresenceBeforeItEndsTheSession() async throws {
        try await TestServer.with(configure: limits) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/phone", isAvailable: true)
            try await bob.connection.pauseReading(true)
            let count = 2000
            for _ in 0..<count {
                alice.send("<presence to='bob@acme.example/phone'><status>\(Self.text)</status></presence>")
            }
            try await alice.settle()
            alice.send("<message to='bob@acme.example/phone' id='after'/>")
            try await alice.settle()
            try await bob.connection.pauseReading(false)
            try await bob.expect("<message id='after'/>")
            let presences = try await bob.settle().filter { $0.name == "presence" }
            #expect(presences.count < count)
            #expect(!presences.isEmpty)
        }
    }

    @Test func deliversInOrderWhatWaited() async throws {
        try await TestServer.with(configure: { $0.limits.outboxBytes = 64 << 20 }) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/phone", isAvailable: true)
            try await bob.connection.pauseReading(true)
            let count = 2000
            for id in 0..<count {
                alice.send("<message to='bob@acme.example/phone' id='\(id)'><body>\(Self.text)</body></message>")
            }
            try await alice.settle()
            try await bob.connection.pauseReading(false)
            let received = try await bob.settle()
            #expect(received.map { $0["id"] } == (0..<count).map { String($0) })
        }
    }
}
