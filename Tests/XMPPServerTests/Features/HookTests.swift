//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTestKit

/// What features do to stanzas on their way.
@Suite struct HookTests {
    private struct Hooked: ServerModule {
        let id: String
        let phase: HookPhase
        let hook: StanzaHook

        func register(in registrar: inout ModuleRegistrar) { registrar.stanza(.message, phase, hook) }
    }

    @Test func runInTheOrderOfPhasesThenOfTheCatalogue() async throws {
        let log = Watched<[String]>([])
        let modules = [HookPhase.observe, .policy, .rewrite, .policy].enumerated().map { index, phase in
            Hooked(id: "\(index)", phase: phase) { _, _, _ in
                log.change { $0.append("\(index)") }
                return .pass
            }
        }
        try await TestServer.with(modules: modules) { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<message to='alice@acme.example/desk' id='1'/>")
            try await alice.expect("<message id='1'/>")
        }
        #expect(log.value == ["1", "3", "2", "0"])
    }

    @Test func refuseTakeAndChange() async throws {
        let module = Hooked(id: "judge", phase: .policy) { stanza, session, server in
            switch stanza.id {
            case "refused": return .reject(StanzaError(.notAllowed))
            case "taken": return .handled(nil)
            case "answered":
                let reply = Stanza(.message, .headline, id: "answer", to: session.jid)
                return .handled { await server.route(reply)?() }
            case "redirected":
                stanza.to = session.jid
                return .pass
            default: return .pass
            }
        }
        try await TestServer.with(modules: [module]) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            for id in ["refused", "taken", "answered", "redirected", "passed"] {
                alice.send("<message to='bob@acme.example/desk' id='\(id)'/>")
            }
            let seen = try await alice.settle()
            #expect(seen.map { $0["id"] } == ["refused", "answer", "redirected"])
            try expect(
                seen[0],
                is: """
                    <message type='error' id='refused' from='bob@acme.example/desk' to='alice@acme.example/desk'>
                      <error type='cancel'><not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>
                    </message>
                    """)
            #expect(try await bob.settle().map { $0["id"] } == ["passed"])
        }
    }

    @Test func seeNothingThatWasRefusedBefore() async throws {
        let log = Watched(0)
        let modules = [
            Hooked(id: "guard", phase: .policy) { _, _, _ in .reject(StanzaError(.forbidden)) },
            Hooked(id: "record", phase: .record) { _, _, _ in
                log.change { $0 += 1 }
                return .pass
            },
        ]
        try await TestServer.with(modules: modules) { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<message to='alice@acme.example/desk' id='1'/>")
            try await alice.settle()
        }
        #expect(log.value == 0)
    }
}
