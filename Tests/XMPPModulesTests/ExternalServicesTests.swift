//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPTestKit

@testable import XMPPModules
@testable import XMPPServer

@Suite struct ExternalServicesTests {
    private static let services = [
        ExternalService(type: "stun", host: "stun.acme.example", port: 3478, transport: "udp"),
        ExternalService(
            type: "turn", host: "turn.acme.example", port: 3478, transport: "udp", name: "Relay",
            access: .shared(secret: "north", lifetime: .seconds(3600))),
        ExternalService(
            type: "turn", host: "old.acme.example", access: .fixed(username: "acme", password: "pass")),
    ]

    private func with(_ body: (TestServer, ExternalServicesModule) async throws -> Void) async throws {
        let module = ExternalServicesModule(Self.services, now: { Timestamp(milliseconds: 1_000_500) })
        var setup = TestServer.Setup()
        setup.modules = [module, PingModule()]
        try await TestServer.with(setup) { try await body($0, module) }
    }

    private func list(_ client: ScriptedClient, _ type: String? = nil) async throws -> ExternalServices.List {
        let answer = try await client.iq(
            "get", to: "acme.example", ExternalServices.List(type: type).element.xmlString)
        return try ExternalServices.List(try #require(answer.firstChild))
    }

    @Test func tellsOfAllServicesWithCredentialsThatEnd() async throws {
        try await with { server, _ in
            let alice = try await server.client("alice@acme.example")
            let services = try await list(alice).services
            #expect(services.map(\.type) == ["stun", "turn", "turn"])
            #expect(services[0] == .init(type: "stun", host: "stun.acme.example", port: 3478, transport: "udp"))
            // 1,000 s and an hour after 1970; HMAC-SHA-1 of the name under the secret, computed with OpenSSL's program.
            #expect(services[1].username == "4600:alice@acme.example")
            #expect(services[1].password == "EXk2z/vlcG7HhB+wHfSOiiSEKWw=")
            #expect(services[1].expires == Timestamp(milliseconds: 4_600_000))
            #expect(services[1].isRestricted && services[1].name == "Relay")
            #expect(services[2].username == "acme" && services[2].password == "pass" && services[2].expires == nil)
        }
    }

    @Test func tellsOfOneTypeAndGivesCredentials() async throws {
        try await with { server, _ in
            let alice = try await server.client("alice@acme.example")
            let stun = try await list(alice, "stun")
            #expect(stun.type == "stun" && stun.services.map(\.host) == ["stun.acme.example"])
            let answer = try await alice.iq(
                "get", to: "acme.example",
                """
                <credentials xmlns='urn:xmpp:extdisco:2'><service host='turn.acme.example' type='turn'/></credentials>
                """)
            let given = try ExternalServices.Credentials(try #require(answer.firstChild)).services
            #expect(given.map(\.username) == ["4600:alice@acme.example"])
            for service in ["host='other.example' type='turn'", "host='stun.acme.example' type='stun'"] {
                let refusal = try await alice.iq(
                    "get", to: "acme.example",
                    "<credentials xmlns='urn:xmpp:extdisco:2'><service \(service)/></credentials>")
                #expect(refusal.errorCondition == .itemNotFound, "\(service)")
            }
        }
    }

    @Test func tellsNobodyButAccountsOfTheHost() async throws {
        try await with { server, _ in
            let dave = try await server.client("dave@home.example")
            for payload in [
                "<services xmlns='urn:xmpp:extdisco:2'/>",
                "<credentials xmlns='urn:xmpp:extdisco:2'><service host='old.acme.example' type='turn'/></credentials>",
            ] {
                #expect(try await dave.iq("get", to: "acme.example", payload).errorCondition == .forbidden)
            }
        }
    }

    @Test func pushesWhatChangesToThoseWhoAskedForTheType() async throws {
        try await with { server, module in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b")
            _ = try await list(alice, "turn")
            _ = try await list(bob)
            var changed = Self.services
            changed[1].access = .shared(secret: "south", lifetime: .seconds(60))
            changed[2] = ExternalService(type: "turn", host: "new.acme.example")
            changed[0].port = 19_302
            module.reload(changed, server.core)
            let push = try await alice.expect("a push") { $0.name == "iq" && $0["type"] == "set" }
            #expect(push["from"] == "acme.example" && push["to"] == "alice@acme.example/a")
            let services = try ExternalServices.List(try #require(push.firstChild)).services
            #expect(services.map(\.action) == [.delete, .modify, .add])
            #expect(services.map(\.host) == ["old.acme.example", "turn.acme.example", "new.acme.example"])
            #expect(services.map(\.username) == [nil, "1060:alice@acme.example", nil])
            #expect(try await bob.settle().isEmpty)
            module.reload(changed, server.core)
            #expect(try await alice.settle().isEmpty)
            #expect(try await list(bob, "stun").services.map(\.port) == [19_302])
        }
    }

    @Test func isAnnouncedWhileThereAreServices() async throws {
        let module = ExternalServicesModule([])
        let tables = try FeatureTables([module])
        let feature = try #require(
            tables.hostFeatures[.host]?.first { $0.feature == ExternalServices.namespace })
        try await TestServer.with { server in
            #expect(!feature.isThere("acme.example", server.core))
            module.reload(Self.services, server.core)
            #expect(feature.isThere("acme.example", server.core))
        }
    }
}
