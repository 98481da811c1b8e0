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

/// Log-in by XEP-0388 with binding by XEP-0386.
@Suite struct SASL2Tests {
    static let phone = UserAgent(
        id: "d4565fa7-4d72-4749-b3d3-740edbf87770", software: "AwesomeXMPP", device: "Kiva's Phone")
    static let desk = UserAgent(id: "11565fa7-4d72-4749-b3d3-740edbf87771", software: "Desk")

    static func script(_ agent: UserAgent? = phone, _ inline: [XMLElement] = []) -> SASL2Script {
        var script = SASL2Script()
        script.userAgent = agent
        script.inline = inline
        return script
    }

    private struct Feature: ServerModule {
        let id = "feature"

        func register(in registrar: inout ModuleRegistrar) {
            registrar.bind2("test:1") { request, handle, _ in
                XMLElement("answer", "test:1", ["asked": request?.name, "resource": handle.jid.resource])
            }
            registrar.bind2("test:2") { request, handle, server in
                // What comes for the session now must not overtake the answer.
                handle.deliver(Stanza(.message, .headline, id: "early", from: handle.jid.bare, to: handle.jid))
                return request.map { _ in XMLElement("answer", "test:2") }
            }
        }
    }

    @Test func logsInBindsAndEnablesInOneGo() async throws {
        try await TestServer.with(modules: [Feature()]) { server in
            let (client, success) = try await server.modernClient(
                "alice@acme.example", Self.script(), tag: "AwesomeXMPP",
                features: [XMLElement("want", "test:1"), StreamManagement.Enable(wantsResumption: true).element])
            #expect(client.jid.bareString == "alice@acme.example")
            #expect(client.jid.resource?.hasPrefix("AwesomeXMPP/") == true)
            #expect(client.jid.description.contains(try #require(Self.phone.id)) == false)
            let bound = try Bind2.Bound(try #require(success.inline.first { $0.namespace == Bind2.namespace }))
            #expect(bound.features.map(\.namespace) == [StreamManagement.namespace, "test:1"])
            #expect(bound.features.first?.name == "enabled")
            #expect(bound.features.first?["id"] != nil)
            #expect(bound.features.last?["asked"] == "want")
            #expect(bound.features.last?["resource"] == client.jid.resource)
            #expect(try await client.next()["id"] == "early")
            #expect(try await client.handledByServer() == 0)
            let online = try #require(server.core.accounts.online(client.jid))
            #expect(online.sessions.map(\.device) == [Self.phone.id])
        }
    }

    @Test func announcesWhatCanBeDoneInOneGo() async throws {
        try await TestServer.with(modules: [Feature()], tls: TestCertificates.shared.get()) { server in
            let connection = try await server.connect(.directTLS)
            let features = try await connection.open(to: "acme.example")
            let element = try #require(features.child("authentication", SASL2.namespace))
            let feature = try SASL2.Feature(element)
            #expect(feature.mechanisms.first == "SCRAM-SHA-512-PLUS")
            #expect(feature.mechanisms.contains { $0.hasPrefix("HT-") } == false)
            #expect(feature.upgrades == ["UPGR-SCRAM-SHA-256", "UPGR-SCRAM-SHA-512"])
            #expect(feature.inline.map(\.name) == ["bind", "sm", "fast"])
            #expect(try Bind2.Feature(feature.inline[0]).inline == ["test:1", "test:2", StreamManagement.namespace])
            #expect(
                try FAST.Feature(feature.inline[2]).mechanisms
                    == ["HT-SHA-256-EXPR", "HT-SHA-256-ENDP", "HT-SHA-256-NONE"])
            let starting = try await server.raw(.client)
            starting.send(
                "<stream:stream xmlns='jabber:client' xmlns:stream='\(Namespace.streams)' to='acme.example' version='1.0'>"
            )
            #expect(try await starting.expect("</stream:features>").contains("sasl:2") == false)
        }
    }

    @Test(arguments: [
        SASLMechanism.plain, .scramSHA1, .scramSHA256, .scramSHA512,
    ]) func logsInByEveryMechanism(_ mechanism: SASLMechanism) async throws {
        try await TestServer.with(tls: TestCertificates.shared.get()) { server in
            for transport in [TestServer.Transport.startTLS, .directTLS] {
                let connection = try await server.connect(transport)
                let features = try await connection.open(to: "acme.example")
                var script = Self.script()
                script.mechanism = mechanism
                script.advertisement = try Self.advertisement(features)
                let answer = try await connection.authenticate2("alice", script)
                #expect(try SASL2.Success(answer).authorizationIdentifier.description == "alice@acme.example")
                // No restart: features are sent anew, and the old way to bind goes on.
                let next = try await connection.expect("features") { $0.isNamed("features", Namespace.streams) }
                #expect(next.child("bind", Namespace.bind) != nil)
                #expect(next.child("authentication", SASL2.namespace) == nil)
                #expect(try await connection.bind("desk").description == "alice@acme.example/desk")
            }
        }
    }

    static func advertisement(_ features: XMLElement) throws -> SASLAdvertisement {
        let feature = try SASL2.Feature(try #require(features.child("authentication", SASL2.namespace)))
        let bindings = features.child("sasl-channel-binding", "urn:xmpp:sasl-cb:0")
        return SASLAdvertisement(
            mechanisms: feature.mechanisms, channelBindings: bindings.map { $0.children.compactMap { $0["type"] } })
    }

    @Test(arguments: ChannelBindingType.allCases)
    func bindsToTheChannel(_ binding: ChannelBindingType) async throws {
        try await TestServer.with(tls: TestCertificates.shared.get()) { server in
            var script = Self.script()
            script.mechanism = .scramSHA512Plus
            script.binding = binding
            let (client, _) = try await server.modernClient("alice@acme.example", script, over: .startTLS)
            #expect(client.jid.bareString == "alice@acme.example")
        }
    }

    /// XEP-0386 §4.2: the same device replaces its session, whatever it is called now.
    @Test func aDeviceHasOneSession() async throws {
        try await TestServer.with { server in
            let (first, _) = try await server.modernClient("alice@acme.example", Self.script(), tag: "One")
            let (second, _) = try await server.modernClient("alice@acme.example", Self.script(), tag: "One")
            #expect(first.jid == second.jid)
            #expect(try await first.ended().condition == "conflict")
            let (third, _) = try await server.modernClient("alice@acme.example", Self.script(), tag: "Two")
            #expect(third.jid != second.jid)
            #expect(try await second.ended().condition == "conflict")
            let (other, _) = try await server.modernClient("alice@acme.example", Self.script(Self.desk), tag: "Two")
            #expect(other.jid != third.jid)
            let (bob, _) = try await server.modernClient("bob@acme.example", Self.script(), tag: "Two")
            #expect(bob.jid.resource != third.jid.resource)
            _ = try await third.settle()
        }
    }

    @Test(arguments: ["", " ", "a\u{7}b", String(repeating: "x", count: 65)])
    func aTagThatIsNoneIsLeftOut(_ tag: String) async throws {
        try await TestServer.with { server in
            let (client, _) = try await server.modernClient("alice@acme.example", Self.script(), tag: "ok")
            let name = try #require(client.jid.resource).dropFirst("ok/".count)
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            var script = Self.script()
            let escaped = tag.unicodeScalars.contains("\u{7}") ? String(repeating: "y", count: 65) : tag
            script.inline = [Bind2.Request(tag: escaped).element]
            let answer = try await connection.authenticate2("alice", script)
            #expect(try SASL2.Success(answer).authorizationIdentifier.resource == String(name))
        }
    }

    // MARK: Attacks

    @Test func refusesASecondAuthentication() async throws {
        try await TestServer.with { server in
            let old = try await server.connect()
            try await old.open(to: "acme.example")
            #expect(
                try await old.authenticate("alice", password: "secret", mechanism: .scramSHA256).name == "success")
            try await old.open(to: "acme.example")
            old.send(SASL2.Authenticate(mechanism: "PLAIN", initialResponse: "AGJvYgBzZWNyZXQ=").element)
            #expect(try await old.ended().condition == "policy-violation")

            let new = try await server.connect()
            try await new.open(to: "acme.example")
            #expect(try await new.authenticate2("alice", Self.script()).name == "success")
            new.send(SASL2.Authenticate(mechanism: "PLAIN", initialResponse: "AGJvYgBzZWNyZXQ=").element)
            #expect(try await new.ended().condition == "policy-violation")
        }
    }

    @Test(
        arguments: [
            ("authzid", "Ym9iQGFjbWUuZXhhbXBsZQBhbGljZQBzZWNyZXQ=", "invalid-authzid"),
            ("wrong password", "AGFsaWNlAHdyb25n", "not-authorized"),
            ("nobody", "AG5vYm9keQBzZWNyZXQ=", "not-authorized"),
            ("not base64", "%%%", "incorrect-encoding"),
            ("nonsense", "AAAA", "malformed-request"),
        ]) func refusesPasswords(_ name: String, _ response: String, _ condition: String) async throws
    {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            connection.send(
                SASL2.Authenticate(
                    mechanism: "PLAIN", initialResponse: response, inline: [Bind2.Request().element]
                ).element)
            let answer = try await connection.expect("failure") { $0.namespace == SASL2.namespace }
            let failure = try SASL2.Failure(answer)
            #expect(failure.condition == condition)
            #expect(failure.text == SASLFailure.text)
            #expect(server.core.accounts.sessionCount == 0)
            // The stream goes on.
            #expect(try await connection.authenticate2("alice", Self.script()).name == "success")
        }
    }

    @Test(
        arguments: [
            "<authenticate xmlns='urn:xmpp:sasl:2'/>",
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><bind xmlns='urn:xmpp:bind:0'/>"
                + "<bind xmlns='urn:xmpp:bind:0'/></authenticate>",
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='HT-SHA-256-NONE'>"
                + "<initial-response>AAAA</initial-response></authenticate>",
            "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><fast xmlns='urn:xmpp:fast:0' count='x'/>"
                + "</authenticate>",
        ]) func refusesRequestsThatAreNone(_ request: String) async throws
    {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            connection.send(request)
            let answer = try await connection.expect("failure") { $0.namespace == SASL2.namespace }
            #expect(try SASL2.Failure(answer).condition == "malformed-request")
        }
    }

    @Test(arguments: ["EXTERNAL", "ANONYMOUS", "SCRAM-SHA-256-PLUS", "X-NONE", ""])
    func refusesMechanismsThatAreNotOffered(_ mechanism: String) async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            connection.send(SASL2.Authenticate(mechanism: mechanism, initialResponse: "").element)
            let answer = try await connection.expect("failure") { $0.namespace == SASL2.namespace }
            #expect(try SASL2.Failure(answer).condition == "invalid-mechanism")
        }
    }

    @Test func anEnormousUserAgentIsRefusedOrCut() async throws {
        try await TestServer.with { server in
            var agent = Self.phone
            agent.software = String(repeating: "a", count: 3000)
            let (client, _) = try await server.modernClient("alice@acme.example", Self.script(agent))
            let devices = try await server.core.devices(of: client.jid.bare)
            #expect(devices.map(\.software) == [String(repeating: "a", count: UserAgent.maximumDescription)])
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            agent.software = String(repeating: "a", count: 100_000)
            connection.send(SASL2.Authenticate(mechanism: "PLAIN", userAgent: agent).element)
            #expect(try await connection.ended().condition == "policy-violation")
        }
    }

    @Test func nothingElseMayBeSaidMeanwhile() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            var client = SASLClient(mechanism: .scramSHA256, username: "alice", password: "secret")
            connection.send(
                SASL2.Authenticate(
                    mechanism: "SCRAM-SHA-256", initialResponse: Base64.encode(client.initialResponse())
                ).element)
            _ = try await connection.expect("challenge") { $0.name == "challenge" }
            connection.send("<message to='bob@acme.example'/>")
            #expect(try await connection.ended().condition == "not-authorized")
        }
    }

    @Test func aLockedAccountIsNotLetIn() async throws {
        try await TestServer.with { server in
            try await server.core.accountStore.setDisabled(true, of: "alice@acme.example")
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            let answer = try await connection.authenticate2("alice", Self.script())
            #expect(try SASL2.Failure(answer).condition == "not-authorized")
        }
    }

    // MARK: Resumption

    @Test func resumesInOneGo() async throws {
        try await TestServer.with { server in
            let (client, success) = try await server.modernClient(
                "alice@acme.example", Self.script(), features: [StreamManagement.Enable(wantsResumption: true).element])
            let bound = try Bind2.Bound(try #require(success.inline.first { $0.namespace == Bind2.namespace }))
            let id = try #require(bound.features.first?["id"])
            try await client.becomeAvailable()
            await client.kill()
            let bob = try await server.client("bob@acme.example")
            bob.send("<message to='alice@acme.example' type='chat' id='missed'><body>x</body></message>")
            _ = try await bob.settle()

            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            let resume = try StreamManagement.Resume(
                XMLElement("resume", StreamManagement.namespace, ["previd": id, "h": "1"]))
            let answer = try await connection.authenticate2(
                "alice", Self.script(Self.phone, [resume.element, Bind2.Request().element]))
            let again = try SASL2.Success(answer)
            #expect(again.authorizationIdentifier == client.jid)
            #expect(again.inline.map(\.name) == ["resumed"])
            #expect(try await connection.expect("the message") { $0["id"] == "missed" }.name == "message")
            #expect(connection.received().contains { $0.isNamed("features", Namespace.streams) } == false)
        }
    }

    /// H01: an id is good for its own account only; the client gets a new session.
    @Test func anotherAccountsSessionIsNotThere() async throws {
        try await TestServer.with { server in
            let (alice, success) = try await server.modernClient(
                "alice@acme.example", Self.script(), features: [StreamManagement.Enable(wantsResumption: true).element])
            let bound = try Bind2.Bound(try #require(success.inline.first { $0.namespace == Bind2.namespace }))
            let id = try #require(bound.features.first?["id"])
            let (bob, stolen) = try await server.modernClient(
                "bob@acme.example",
                Self.script(Self.phone, [XMLElement("resume", StreamManagement.namespace, ["previd": id, "h": "0"])]))
            #expect(stolen.inline.map(\.name) == ["failed", "bound"])
            #expect(bob.jid.bareString == "bob@acme.example")
            _ = try await alice.settle()
        }
    }
}
