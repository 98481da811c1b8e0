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

/// Bob blocks whom a test says; where he keeps that is another matter.
private struct BobBlocks: ServerModule {
    let id = "bob-blocks"
    let addresses: [String]

    init(_ addresses: String...) { self.addresses = addresses }

    func register(in registrar: inout ModuleRegistrar) {
        registrar.profile { [addresses] account, profile, _ in
            guard account.local == "bob" else { return }
            profile.blocked = BlockList(try addresses.map { try JID($0) })
        }
    }
}

@Suite struct BlockedSenderTests {
    @Test func nothingReachesWhoBlocksTheSender() async throws {
        try await TestServer.with(modules: [BobBlocks("alice@acme.example")]) { server in
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            let alice = try await server.client("alice@acme.example/desk", isAvailable: true)
            for to in ["bob@acme.example", "bob@acme.example/desk"] {
                for type in ["chat", "normal"] {
                    alice.send("<message to='\(to)' type='\(type)' id='m'><body>1</body></message>")
                    try await alice.expect(
                        """
                        <message type='error' id='m' from='\(to)'><error type='cancel'>
                        <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>
                        """)
                }
                let answer = try await alice.iq("get", to: to, "<ping xmlns='urn:xmpp:ping'/>")
                #expect(answer["type"] == "error")
                alice.send("<message to='\(to)' type='headline'><body>1</body></message>")
                alice.send("<message to='\(to)' type='error' id='e'><error type='cancel'/></message>")
                alice.send("<presence to='\(to)'/>")
                alice.send("<presence to='\(to)' type='subscribe'/>")
            }
            // She has asked, as far as she knows.
            let pushes = try await alice.settle()
            #expect(pushes.allSatisfy { $0.child("query", Namespace.roster) != nil }, "\(pushes)")
            #expect(try await bob.settle().isEmpty)
        }
    }

    @Test func aBlockedSenderFillsNoMailbox() async throws {
        try await TestServer.with(modules: [BobBlocks("acme.example")]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<message to='bob@acme.example' type='chat' id='m'><body>1</body></message>")
            try await alice.expect("<message type='error' id='m' from='bob@acme.example'/>")
            #expect(try await server.core.offline.count("bob@acme.example") == 0)
        }
    }

    @Test func nobodyShutsHimselfOutOfHisServer() async throws {
        try await TestServer.with(modules: [BobBlocks("acme.example")]) { server in
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            // Its answers, and one's own other resources
            #expect(try await bob.settle().contains { $0["from"] == "bob@acme.example/phone" })
            phone.send("<message to='bob@acme.example/desk' type='chat' id='own'><body>1</body></message>")
            try await bob.expect("<message id='own'/>")
        }
    }

    @Test func othersAreNotKeptOut() async throws {
        try await TestServer.with(modules: [BobBlocks("alice@acme.example/phone")]) { server in
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("alice@acme.example/phone")
            phone.send("<message to='bob@acme.example' type='chat' id='blocked'><body>1</body></message>")
            _ = try await phone.expect("<message type='error' id='blocked'/>")
            alice.send("<message to='bob@acme.example' type='chat' id='welcome'><body>1</body></message>")
            try await bob.expect("<message id='welcome'/>")
            #expect(try await !bob.settle().contains { $0["id"] == "blocked" })
        }
    }

    @Test func aDeletedAccountIsForgotten() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try JID("bob@acme.example")
            alice.send("<message to='bob@acme.example' type='chat' id='1'><body>1</body></message>")
            _ = try await alice.settle()
            #expect(server.core.profiles.cached(bob.bareString)?.exists == true)
            try await server.core.deleteAccount(bob)
            alice.send("<message to='bob@acme.example' type='chat' id='2'><body>1</body></message>")
            try await alice.expect("<message type='error' id='2'/>")
            try await server.core.createAccount(bob, password: TestServer.password)
            alice.send("<message to='bob@acme.example' type='chat' id='3'><body>1</body></message>")
            #expect(try await alice.settle().isEmpty)
            #expect(try await server.core.offline.count("bob@acme.example") == 1)
        }
    }
}
