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

/// What one client sends to another arrives once and in order, whatever becomes of the recipient's sessions.
@Suite struct OrderTests {
    private static let bob = "bob@acme.example"

    /// A client goes on coming back under its old resource, not to its old session, while messages go on coming.
    @Test(arguments: [false, true])
    func whatAReplacedSessionLeavesComesFirst(hasArchives: Bool) async throws {
        let configure: @Sendable (inout ServerConfiguration) -> Void = { $0.archive.isEnabled = hasArchives }
        try await TestServer.with(configure: configure) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let total = 600
            async let sending: Void = {
                for id in 0..<total {
                    alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>x</body></message>")
                    if id.isMultiple(of: 10) { try await alice.settle() }
                }
                try await alice.settle()
            }()
            var expected = 0
            var last = -1
            while last < total - 1 {
                let phone = try await server.client("\(Self.bob)/phone")
                _ = try await phone.enableResumption()
                phone.send("<presence/>")
                var came: [Int] = []
                var stanzas = 0
                var acknowledged = 0
                // It says how far it is for a while, and goes without a word.
                while came.count < 30, came.last != total - 1 {
                    let element = try await phone.next()
                    if element.name == "r", came.count < 20 {
                        phone.acknowledge(stanzas)
                        acknowledged = came.count
                    }
                    guard element.name == "message" || element.name == "presence" else { continue }
                    stanzas += 1
                    if element.name == "message" { came.append(try #require(element["id"].flatMap { Int($0) })) }
                }
                // Nothing is left out, and only what was not acknowledged comes again.
                #expect(came == Array(expected..<(expected + came.count)))
                expected += acknowledged
                last = came.last ?? -1
                try await phone.settle()
                await phone.kill()
            }
            try await sending
        }
    }

    /// Whoever has half of it and goes leaves it to the next, before what is new.
    @Test func whatAnEndedSessionLeavesWaitsInOrder() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("\(Self.bob)/phone", isAvailable: true)
            try await phone.enableAcknowledgements()
            let total = 400
            for id in 0..<total {
                alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>x</body></message>")
                if id == total / 2 { await phone.kill() }
            }
            try await alice.settle()
            try await server.eventually("all in the store") {
                try await server.core.offline.count(Self.bob) == total
            }
            let stored = try await server.core.offline.load(Self.bob, limit: total)
            #expect(try stored.map { try XMLElement(parsing: $0.stanza)["id"] } == (0..<total).map { String($0) })
        }
    }

    /// A full disk loses nothing of what a session leaves, if it does not stay full.
    @Test func whatCannotBeWrittenIsTriedAgain() async throws {
        let configure: @Sendable (inout ServerConfiguration) -> Void = { $0.archive.isEnabled = false }
        try await TestServer.with(configure: configure) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("\(Self.bob)/phone", isAvailable: true)
            try await phone.enableAcknowledgements()
            let text = String(repeating: "x", count: 100_000)
            for id in 0..<3 {
                alice.send("<message to='\(Self.bob)' type='chat' id='\(id)'><body>\(text)</body></message>")
            }
            try await phone.expect("<message id='2'/>")
            try await server.database.limitSize(pages: 1)
            await phone.kill()
            try await server.eventually("a write to fail") { !server.core.isHealthy }
            #expect(try await server.core.offline.count(Self.bob) == 0)
            try await server.database.limitSize(pages: 1_000_000)
            try await server.eventually("all in the store") { try await server.core.offline.count(Self.bob) == 3 }
            let again = try await server.client("\(Self.bob)/phone")
            again.send("<presence/>")
            for id in 0..<3 { try await again.expect("<message id='\(id)'/>") }
        }
    }
}
