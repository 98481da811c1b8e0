//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTestKit
import XMPPXML

@Suite struct ComponentTests {
    static let domain = "bridge.acme.example"
    static let configuration = ServerConfiguration.Component(
        domain: domain, secret: "between us", delegated: ["support@acme.example"])

    // MARK: The handshake (XEP-0114 §3)

    @Test func shakesHands() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let (answer, _) = try await server.handshake(Self.domain, secret: "between us")
            try expect(answer, is: "<handshake/>")
        }
    }

    @Test func refusesWrongSecrets() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            for secret in ["wrong", "", "between us "] {
                let (answer, connection) = try await server.handshake(Self.domain, secret: secret)
                #expect(answer.isNamed("error", Namespace.streams))
                #expect(answer.firstChild?.name == "not-authorized")
                #expect(try await connection.ended().isProper)
            }
        }
    }

    @Test(arguments: [
        ("other.example", Namespace.component, "host-unknown"),
        ("acme.example", Namespace.component, "host-unknown"),
        ("not a domain", Namespace.component, "host-unknown"),
        (domain, Namespace.client, "invalid-namespace"),
    ])
    func refusesStreams(_ to: String, _ namespace: String, _ condition: String) async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let connection = try await StreamConnection.connect(port: server.port(.component))
            _ = try await connection.sendHeader(to: to, namespace: namespace)
            let end = try await connection.ended()
            #expect(end.condition == condition)
            #expect(end.isProper)
        }
    }

    @Test func refusesStanzasBeforeTheHandshake() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let connection = try await StreamConnection.connect(port: server.port(.component))
            _ = try await connection.sendHeader(to: Self.domain, namespace: Namespace.component)
            connection.send("<message from='\(Self.domain)' to='alice@acme.example'><body>in</body></message>")
            #expect(try await connection.ended().condition == "not-authorized")
        }
    }

    @Test func announcesAcknowledgements() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let connection = try await StreamConnection.connect(port: server.port(.component))
            let header = try await connection.sendHeader(to: Self.domain, namespace: Namespace.component)
            #expect(header.extensions["{urn:switchboard:component:1}acks"] == "1")
            #expect(header.from == Self.domain)
            #expect(header.contentNamespace == Namespace.component)
        }
    }

    @Test func refusesASecondConnection() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let first = try await server.component(Self.domain, secret: "between us")
            let (answer, _) = try await server.handshake(Self.domain, secret: "between us")
            #expect(answer.firstChild?.name == "conflict")
            try await first.settle()
            try await first.close()
            try await server.eventually("the domain to be free") {
                try await server.handshake(Self.domain, secret: "between us").0.name == "handshake"
            }
        }
    }

    // MARK: Addresses

    @Test(
        arguments: [
            ("alice@acme.example", "bob@acme.example", "invalid-from"),
            ("acme.example", "bob@acme.example", "invalid-from"),
            ("other@acme.example", "bob@acme.example", "invalid-from"),
            ("sub.bridge.acme.example", "bob@acme.example", "invalid-from"),
            (nil, "bob@acme.example", "improper-addressing"),
            (domain, nil, "improper-addressing"),
            ("not a jid", "bob@acme.example", "improper-addressing"),
            (domain, "not a jid@", "improper-addressing"),
        ] as [(String?, String?, String)])
    func refusesAddresses(_ from: String?, _ to: String?, _ condition: String) async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            let component = try await server.component(Self.domain, secret: "between us")
            component.send(
                XMLElement("message", Namespace.client, ["from": from, "to": to, "type": "chat"]) {
                    XMLElement("body", Namespace.client, text: "forged")
                })
            let end = try await component.ended()
            #expect(end.condition == condition)
            #expect(end.isProper)
            #expect(try await bob.settle().isEmpty)
        }
    }

    @Test(arguments: [
        "bridge.acme.example", "x@bridge.acme.example", "x@bridge.acme.example/y", "support@acme.example",
        "support@acme.example/anna",
    ])
    func speaksForItsOwnAddresses(_ from: String) async throws {
        try await TestServer.with(
            components: [Self.configuration], configure: { $0.archive.isEnabled = false }
        ) { server in
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            let component = try await server.component(Self.domain, secret: "between us")
            component.send("<message from='\(from)' to='bob@acme.example' type='chat'><body>hello</body></message>")
            try expect(
                try await bob.next(),
                is: "<message from='\(from)' to='bob@acme.example' type='chat'><body>hello</body></message>")
        }
    }

    @Test func getsWhatIsForItsDomain() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let bob = try await server.client("bob@acme.example/desk")
            let component = try await server.component(Self.domain, secret: "between us", acknowledges: true)
            bob.send("<message to='room@bridge.acme.example/x' type='groupchat' id='1'><body>hello</body></message>")
            try expect(
                try await component.next(),
                is: """
                    <message from='bob@acme.example/desk' to='room@bridge.acme.example/x' type='groupchat' id='1'>
                      <body>hello</body><stanza-id xmlns='urn:xmpp:sid:0' by='bridge.acme.example' id='*'/>
                    </message>
                    """)
            async let answer = bob.iq("get", to: Self.domain, id: "2", "<query xmlns='test'/>")
            try await component.expect("<iq type='get' id='2' from='bob@acme.example/desk'/>")
            component.send("<iq type='result' id='2' from='\(Self.domain)' to='bob@acme.example/desk'/>")
            #expect(try await answer["type"] == "result")
        }
    }

    @Test func answersForAComponentThatIsAway() async throws {
        let component = ServerConfiguration.Component(domain: Self.domain, secret: "between us")
        try await TestServer.with(components: [component]) { server in
            let bob = try await server.client("bob@acme.example/desk")
            let answer = try await bob.iq("get", to: Self.domain, "<query xmlns='test'/>")
            #expect(answer.child("error", Namespace.client)?.firstChild?.name == "service-unavailable")
            bob.send("<message to='x@bridge.acme.example' id='m'><body>hello</body></message>")
            try await bob.expect("<message type='error' id='m' from='x@bridge.acme.example'/>")
            bob.send("<presence to='x@bridge.acme.example'/>")
            #expect(try await bob.settle().isEmpty)
        }
    }

    /// A component with delegated addresses is one that messages wait for.
    @Test func keepsMessagesForAComponentThatIsAway() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let bob = try await server.client("bob@acme.example/desk")
            bob.send("<message to='room@bridge.acme.example' type='groupchat' id='m'><body>hello</body></message>")
            #expect(try await bob.settle().isEmpty)
            let component = try await server.component(Self.domain, secret: "between us", acknowledges: true)
            try await component.expect("<message to='room@bridge.acme.example' type='groupchat' id='m'/>")
        }
    }

    @Test func answersRequestsThatDieWithAComponent() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let bob = try await server.client("bob@acme.example/desk")
            let component = try await server.component(Self.domain, secret: "between us", acknowledges: true)
            bob.send("<iq type='get' id='1' to='\(Self.domain)'><query xmlns='test'/></iq>")
            try await component.expect("<iq id='1'/>")
            await component.kill()
            let answer = try await bob.answer(to: "1")
            #expect(answer.child("error", Namespace.client)?.firstChild?.name == "remote-server-timeout")
        }
    }

    @Test func endsWithTheServer() async throws {
        var setup = TestServer.Setup()
        setup.components = [Self.configuration]
        let server = try await TestServer.start(setup)
        let component = try await server.component(Self.domain, secret: "between us")
        await server.stop()
        let end = try await component.ended()
        #expect(end.condition == "system-shutdown")
        #expect(end.isProper)
    }

    // MARK: Acknowledgements

    @Test func refusesToEnableTwice() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let component = try await server.component(Self.domain, secret: "between us", acknowledges: true)
            component.send("<enable xmlns='urn:xmpp:sm:3'/>")
            try await component.expect("<failed xmlns='urn:xmpp:sm:3'/>")
            try await component.settle()
        }
    }

    @Test func closesOnImpossibleAcknowledgements() async throws {
        try await TestServer.with(components: [Self.configuration]) { server in
            let component = try await server.component(Self.domain, secret: "between us", acknowledges: true)
            component.acknowledge(1)
            #expect(try await component.ended().condition == "undefined-condition")
        }
    }
}
