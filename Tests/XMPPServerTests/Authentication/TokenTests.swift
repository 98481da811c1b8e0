//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPSASL
import XMPPServer
import XMPPStorage
import XMPPTLS
import XMPPTestKit

/// Tokens in place of passwords (XEP-0484).
@Suite struct TokenTests {
    private func token(
        _ server: TestServer, _ account: String = "alice@acme.example", mechanism: SASLMechanism = .tokenUnbound,
        agent: UserAgent? = SASL2Tests.phone
    ) async throws -> FAST.Token? {
        let request = FAST.RequestToken(mechanism: mechanism.rawValue).element
        let (_, success) = try await server.modernClient(account, SASL2Tests.script(agent, [request]))
        return try success.inline.first { $0.namespace == FAST.namespace }.map { try FAST.Token($0) }
    }

    private func known(_ server: TestServer) async throws -> FAST.Token {
        let given = try await token(server)
        return try #require(given)
    }

    private func show(
        _ token: String, mechanism: SASLMechanism = .tokenUnbound, agent: UserAgent? = SASL2Tests.phone,
        use: FAST.Use = FAST.Use(), inline: [XMLElement] = []
    ) -> SASL2Script {
        var script = SASL2Tests.script(agent, [use.element] + inline)
        script.mechanism = mechanism
        script.binding = mechanism.tokenBinding
        script.token = token
        return script
    }

    /// The condition of the failure; nil if it is none.
    private func attempt(
        _ server: TestServer, _ script: SASL2Script, account: String = "alice"
    ) async throws -> String? {
        let connection = try await server.connect()
        try await connection.open(to: "acme.example")
        let answer = try await connection.authenticate2(account, script)
        return answer.name == "failure" ? try SASL2.Failure(answer).condition : nil
    }

    @Test(arguments: [SASLMechanism.tokenUnbound, .tokenEndPoint, .tokenExporter])
    func logsInWithATokenInOneRoundTrip(_ mechanism: SASLMechanism) async throws {
        try await TestServer.with(tls: TestCertificates.shared.get()) { server in
            let request = FAST.RequestToken(mechanism: mechanism.rawValue).element
            let (_, success) = try await server.modernClient(
                "alice@acme.example", SASL2Tests.script(SASL2Tests.phone, [request]), over: .directTLS)
            let given = try FAST.Token(try #require(success.inline.first { $0.namespace == FAST.namespace }))
            #expect(given.expiry > Timestamp.now())
            let (client, again) = try await server.modernClient(
                "alice@acme.example", show(given.token, mechanism: mechanism), over: .startTLS)
            #expect(client.jid.bareString == "alice@acme.example")
            // Nothing is due yet.
            #expect(again.inline.contains { $0.namespace == FAST.namespace } == false)
            // Good for this mechanism only.
            for other in [SASLMechanism.tokenUnbound, .tokenEndPoint, .tokenExporter] where other != mechanism {
                let connection = try await server.connect(.directTLS)
                try await connection.open(to: "acme.example")
                let answer = try await connection.authenticate2("alice", show(given.token, mechanism: other))
                #expect(try SASL2.Failure(answer).condition == "not-authorized")
            }
        }
    }

    @Test func isGoodForItsAccountAndDeviceOnly() async throws {
        try await TestServer.with { server in
            let alice = try await known(server).token
            let bobs = try await token(server, "bob@acme.example")
            #expect(bobs != nil)
            #expect(try await attempt(server, show(alice), account: "bob") == "not-authorized")
            #expect(try await attempt(server, show(alice), account: "nobody") == "not-authorized")
            #expect(try await attempt(server, show(alice, agent: SASL2Tests.desk)) == "not-authorized")
            #expect(try await attempt(server, show(alice, agent: nil)) == "not-authorized")
            #expect(try await attempt(server, show(alice + "x")) == "not-authorized")
            #expect(try await attempt(server, show(alice)) == nil)
        }
    }

    @Test func isNotGivenWithoutADevice() async throws {
        try await TestServer.with { server in
            for agent in [nil, UserAgent(id: "not-a-uuid")] {
                let given = try await token(server, agent: agent)
                #expect(given == nil)
            }
        }
    }

    @Test func aCounterGoesUpOnly() async throws {
        try await TestServer.with { server in
            let given = try await known(server).token
            #expect(try await attempt(server, show(given, use: FAST.Use(count: 5))) == nil)
            #expect(try await attempt(server, show(given, use: FAST.Use(count: 5))) == "not-authorized")
            #expect(try await attempt(server, show(given, use: FAST.Use(count: 4))) == "not-authorized")
            #expect(try await attempt(server, show(given, use: FAST.Use(count: 6))) == nil)
        }
    }

    /// What is only counted is written a moment later: with a resource, all is said that the client waits for.
    @Test func aCounterOutlivesTheServer() async throws {
        let database = try XMPPDatabase(inMemory: "counters")
        var setup = TestServer.Setup()
        setup.database = database
        setup.configure = { $0.authentication.tokens?.key = [UInt8](repeating: 7, count: TokenSettings.keyLength) }
        let bind = XMLElement("bind", "urn:xmpp:bind:0") { XMLElement("tag", "urn:xmpp:bind:0", text: "test") }
        let given = try await TestServer.with(setup) { server in
            let given = try await known(server).token
            for (count, outcome) in [(4, nil), (5, nil), (5, "not-authorized"), (4, "not-authorized"), (7, nil)] {
                let script = show(given, use: FAST.Use(count: Int64(count)), inline: [bind])
                let condition = try await attempt(server, script)
                #expect(condition == outcome)
            }
            return given
        }
        try await TestServer.with(setup) { server in
            for (count, outcome) in [(7, "not-authorized"), (8, nil)] {
                let script = show(given, use: FAST.Use(count: Int64(count)), inline: [bind])
                let condition = try await attempt(server, script)
                #expect(condition == outcome)
            }
        }
    }

    /// XEP-0484 §3.5: the old token is good until the new one has been used.
    @Test func isReplacedWhenItIsDue() async throws {
        var setup = TestServer.Setup()
        setup.configure = { $0.authentication.tokens?.rotation = 0 }
        try await TestServer.with(setup) { server in
            let first = try await known(server).token
            let (_, success) = try await server.modernClient("alice@acme.example", show(first))
            let second = try FAST.Token(try #require(success.inline.first { $0.namespace == FAST.namespace })).token
            #expect(second != first)
            // The answer may never have arrived.
            let (_, again) = try await server.modernClient("alice@acme.example", show(first))
            let third = try FAST.Token(try #require(again.inline.first { $0.namespace == FAST.namespace })).token
            // What was given out and not used is good no more.
            #expect(try await attempt(server, show(second)) == "not-authorized")
            #expect(try await attempt(server, show(third)) == nil)
            #expect(try await attempt(server, show(first)) == "not-authorized")
        }
    }

    @Test func expires() async throws {
        var setup = TestServer.Setup()
        setup.configure = { $0.authentication.tokens?.lifetime = -1 }
        try await TestServer.with(setup) { server in
            let given = try await known(server).token
            #expect(try await attempt(server, show(given)) == "credentials-expired")
            #expect(try await attempt(server, show(given + "x")) == "not-authorized")
        }
    }

    @Test func canBeGivenBack() async throws {
        try await TestServer.with { server in
            let given = try await known(server).token
            let (_, success) = try await server.modernClient(
                "alice@acme.example", show(given, use: FAST.Use(invalidates: true)))
            #expect(success.inline.contains { $0.namespace == FAST.namespace } == false)
            #expect(try await attempt(server, show(given)) == "not-authorized")
        }
    }

    @Test func isGoodNoMoreAfterANewPassword() async throws {
        try await TestServer.with { server in
            let alice = try JID("alice@acme.example")
            let given = try await known(server).token
            let devices = try await server.core.devices(of: alice)
            #expect(devices.map(\.id) == [SASL2Tests.phone.id])
            try await server.core.setPassword("another one", of: alice)
            #expect(try await attempt(server, show(given)) == "not-authorized")
            #expect(try await server.core.devices(of: alice).isEmpty)
        }
    }

    @Test func canBeTakenBack() async throws {
        try await TestServer.with { server in
            let alice = try JID("alice@acme.example")
            let first = try await known(server).token
            try await server.core.revokeTokens(of: alice)
            #expect(try await attempt(server, show(first)) == "not-authorized")
            let second = try await known(server).token
            try await server.core.revokeTokens(of: alice, device: try #require(SASL2Tests.phone.id))
            #expect(try await attempt(server, show(second)) == "not-authorized")
            let third = try await known(server).token
            try await server.core.accountStore.setDisabled(true, of: alice.bareString)
            try await server.core.accountStore.setDisabled(false, of: alice.bareString)
            #expect(try await attempt(server, show(third)) == "not-authorized")
            let fourth = try await known(server).token
            try await server.core.deleteAccount(alice)
            try await server.core.createAccount(alice, password: TestServer.password)
            #expect(try await attempt(server, show(fourth)) == "not-authorized")
        }
    }

    /// Who reads the store has no token: the key is elsewhere.
    @Test func areNotGoodUnderAnotherKey() async throws {
        let database = try XMPPDatabase(inMemory: "tokens")
        var setup = TestServer.Setup()
        setup.database = database
        let given = try await TestServer.with(setup) { server in
            try await known(server).token
        }
        try await TestServer.with(setup) { server in
            let condition = try await attempt(server, show(given))
            #expect(condition == "not-authorized")
        }
    }

    @Test func areNotGivenWhereTheyAreOff() async throws {
        var setup = TestServer.Setup()
        setup.configure = { $0.authentication.tokens = nil }
        try await TestServer.with(setup) { server in
            #expect(try await token(server) == nil)
            let connection = try await server.connect()
            let features = try await connection.open(to: "acme.example")
            #expect(features.xmlString.contains(FAST.namespace) == false)
            #expect(try await attempt(server, show("x")) == "invalid-mechanism")
        }
    }

    // MARK: Upgrades (XEP-0480)

    @Test func addsKeysOfAnOldAccount() async throws {
        try await TestServer.with { server in
            let alice = "alice@acme.example"
            let old = try await server.core.accountStore.credentials(alice).filter { $0.mechanism != "SCRAM-SHA-512" }
            try await server.core.accountStore.setCredentials(old, of: alice)
            var script = SASL2Tests.script(
                SASL2Tests.phone,
                [SASLUpgrade.element("UPGR-SCRAM-SHA-512"), SASLUpgrade.element("UPGR-SCRAM-SHA-256")])
            _ = try await server.modernClient(alice, script)
            #expect(try await server.core.accountStore.credentials(alice).count == 3)
            script = SASL2Tests.script()
            script.mechanism = .scramSHA512
            _ = try await server.modernClient(alice, script)
        }
    }

    /// SCRAM-SHA-512 is offered on a host only when nobody there lacks its keys; otherwise old accounts could not log in.
    @Test func offersTheBestOnlyWhenAllHaveIt() async throws {
        let database = try XMPPDatabase(inMemory: "old")
        try await AccountStore(database).create(
            "old@acme.example",
            credentials: [
                StoredCredential(.derive(password: "secret", hash: .sha256, iterations: 4096)),
                StoredCredential(.derive(password: "secret", hash: .sha1, iterations: 4096)),
            ], created: 0)
        var setup = TestServer.Setup()
        setup.database = database
        try await TestServer.with(setup) { server in
            func offered(_ host: String) async throws -> Bool {
                try await server.connect().open(to: host).xmlString.contains(">SCRAM-SHA-512<")
            }
            let before = try await offered("acme.example")
            #expect(before == false)
            #expect(try await offered("home.example"))
            _ = try await server.client("old@acme.example", mechanism: .scramSHA256)
            _ = try await server.modernClient(
                "old@acme.example", SASL2Tests.script(nil, [SASLUpgrade.element("UPGR-SCRAM-SHA-512")]))
            #expect(try await offered("acme.example"))
            _ = try await server.client("old@acme.example", mechanism: .scramSHA512)
        }
    }
}
