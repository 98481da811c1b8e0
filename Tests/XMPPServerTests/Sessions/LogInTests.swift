//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPSASL
import XMPPServer
import XMPPStorage
import XMPPTLS
import XMPPTestKit

@Suite struct LogInTests {
    @Test func logsInByEveryMechanismOverEveryTransport() async throws {
        try await TestServer.with(tls: TestCertificates.shared.get()) { server in
            for transport in TestServer.Transport.allCases {
                for mechanism in [SASLMechanism.plain, .scramSHA1, .scramSHA256] {
                    let client = try await server.client("alice@acme.example", mechanism: mechanism, over: transport)
                    #expect(client.jid.bareString == "alice@acme.example")
                    #expect(client.jid.resource?.isEmpty == false)
                    try await client.close()
                }
            }
        }
    }

    @Test(arguments: [TestServer.Transport.startTLS, .directTLS])
    func bindsToTheChannel(_ transport: TestServer.Transport) async throws {
        try await TestServer.with(tls: TestCertificates.shared.get()) { server in
            for mechanism in [SASLMechanism.scramSHA1Plus, .scramSHA256Plus] {
                for binding in ChannelBindingType.allCases {
                    let client = try await server.client(
                        "alice@acme.example/desk", mechanism: mechanism, binding: binding, over: transport)
                    #expect(client.jid.description == "alice@acme.example/desk")
                    try await client.close()
                }
            }
        }
    }

    @Test func offersChannelBindingOnlyInsideOfTLS() async throws {
        try await TestServer.with(tls: TestCertificates.shared.get()) { server in
            let secure = try await server.connect(.directTLS)
            let features = try await secure.open(to: "acme.example")
            #expect(
                try features.includes(
                    """
                    <stream:features>
                      <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>
                        <mechanism>SCRAM-SHA-256-PLUS</mechanism><mechanism>SCRAM-SHA-256</mechanism>
                      </mechanisms>
                      <sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>
                        <channel-binding type='tls-exporter'/><channel-binding type='tls-server-end-point'/>
                      </sasl-channel-binding>
                    </stream:features>
                    """))
            let plain = try await server.connect(.plain)
            #expect(!(try await plain.open(to: "acme.example")).xmlString.contains("PLUS"))
        }
    }

    @Test func demandsEncryptionOnItsOrdinaryPort() async throws {
        try await TestServer.with(tls: TestCertificates.shared.get()) { server in
            let connection = try await StreamConnection.connect(port: server.port(.client))
            let features = try await connection.open(to: "acme.example")
            try expect(
                features,
                is: """
                    <stream:features>
                      <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>
                    </stream:features>
                    """)
            let answer = try await connection.authenticate("alice", password: "secret", mechanism: .plain)
            #expect(answer.firstChild?.name == "encryption-required")
            connection.send("<iq type='get' id='1'><query xmlns='jabber:iq:roster'/></iq>")
            #expect(try await connection.ended().condition == "not-authorized")
        }
    }

    /// Bytes that were sent in the clear behind `<starttls/>` must not be read as if they had been sent inside TLS.
    @Test func refusesBytesBehindSTARTTLS() async throws {
        try await TestServer.with(tls: TestCertificates.shared.get()) { server in
            let raw = try await server.raw(.client)
            raw.send(header())
            try await raw.expect("</stream:features>")
            raw.send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>" + header())
            let rest = try await raw.ended()
            #expect(!rest.contains("</stream:features>"))
        }
    }

    /// A quote with a combining mark behind it is one character to Swift, and a quote to everybody else.
    @Test func escapesWhatItRepeatsInItsHeader() async throws {
        try await TestServer.with(components: [ComponentTests.configuration]) { server in
            let raw = try await server.raw()
            raw.send(
                """
                <stream:stream to="x'\u{301} evil='1" version='1.0' xmlns='jabber:client' \
                xmlns:stream='http://etherx.jabber.org/streams'>
                """)
            let answer = try await raw.expect("<stream:error>")
            #expect(answer.utf8.filter { $0 == UInt8(ascii: "'") }.count.isMultiple(of: 2), "\(answer)")
            let component = try await server.raw(.component)
            component.send(
                """
                <stream:stream to="\u{d4e}' evil='1" xmlns='jabber:component:accept' \
                xmlns:stream='http://etherx.jabber.org/streams'>
                """)
            let other = try await component.expect("<stream:error>")
            #expect(other.utf8.filter { $0 == UInt8(ascii: "'") }.count.isMultiple(of: 2), "\(other)")
        }
    }

    // MARK: Who has an account

    @Test func tellsNothingAboutAccountsByPlain() async throws {
        try await TestServer.with { server in
            try await server.core.accountStore.setDisabled(true, of: "carol@acme.example")
            var answers: Set<String> = []
            for name in ["alice", "nobody", "carol"] {
                let raw = try await server.raw()
                raw.send(header())
                try await raw.expect("</stream:features>")
                let data = Base64.encode(Array("\0\(name)\0wrong".utf8))
                raw.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>\(data)</auth>")
                answers.insert(try await raw.expect("</failure>"))
            }
            #expect(answers.count == 1)
            #expect(answers.first?.contains("<not-authorized") == true)
        }
    }

    @Test(arguments: [SASLMechanism.scramSHA1, .scramSHA256])
    func tellsNothingAboutAccountsBySCRAM(_ mechanism: SASLMechanism) async throws {
        try await TestServer.with { server in
            try await server.core.accountStore.setDisabled(true, of: "carol@acme.example")
            var answers: Set<String> = []
            for name in ["alice", "nobody", "carol"] {
                answers.insert(try await exchange(name, mechanism, server).shape)
            }
            #expect(answers.count == 1)
            // The same salt each time, as a real account has.
            for name in ["alice", "nobody"] {
                let first = try await exchange(name, mechanism, server).salt
                let second = try await exchange(name, mechanism, server).salt
                #expect(first == second)
            }
        }
    }

    /// Tries to log in with a wrong proof.
    ///
    /// Returns all the server sends with the random parts replaced by their lengths, and the salt.
    private func exchange(
        _ name: String, _ mechanism: SASLMechanism, _ server: TestServer
    ) async throws -> (shape: String, salt: String) {
        let raw = try await server.raw()
        raw.send(header())
        try await raw.expect("</stream:features>")
        var client = SASLClient(mechanism: mechanism, username: name, password: "wrong")
        let initial = Base64.encode(client.initialResponse())
        raw.send(
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='\(mechanism.rawValue)'>\(initial)</auth>")
        let challenge = try await raw.expect("</challenge>")
        let text = challenge.split(separator: ">").dropFirst().first?.prefix { $0 != "<" } ?? ""
        let bytes = try #require(Base64.decode(String(text)))
        let fields = String(decoding: bytes, as: UTF8.self).split(separator: ",").map(String.init)
        guard case .respond(let proof) = client.receive(challenge: bytes) else {
            throw ExpectationFailure("no proof for \(fields)")
        }
        raw.send("<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\(Base64.encode(proof))</response>")
        let failure = try await raw.expect("</failure>")
        let shape = fields.map { $0.hasPrefix("i=") ? $0 : "\($0.prefix(2))\($0.count)" }.joined(separator: ",")
        return ("\(challenge.count) \(shape) \(failure)", fields.first { $0.hasPrefix("s=") } ?? "")
    }

    @Test func locksOutDisabledAccounts() async throws {
        try await TestServer.with { server in
            try await server.core.accountStore.setDisabled(true, of: "alice@acme.example")
            for mechanism in [SASLMechanism.plain, .scramSHA256] {
                let connection = try await server.connect()
                try await connection.open(to: "acme.example")
                let answer = try await connection.authenticate("alice", password: "secret", mechanism: mechanism)
                #expect(answer.firstChild?.name == "not-authorized")
            }
        }
    }

    @Test func closesAfterTooManyAttempts() async throws {
        try await TestServer.with(configure: { $0.limits.saslAttempts = 2 }) { server in
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            for _ in 0..<2 {
                let answer = try await connection.authenticate("alice", password: "wrong", mechanism: .plain)
                #expect(answer.firstChild?.name == "not-authorized")
            }
            let end = try await connection.ended()
            #expect(end.condition == "policy-violation")
            #expect(end.isProper)
        }
    }

    @Test func ordersPipelinedLogIn() async throws {
        try await TestServer.with { server in
            let raw = try await server.raw()
            let data = Base64.encode(Array("\0alice\0secret".utf8))
            raw.send(header())
            try await raw.expect("</stream:features>")
            // What comes behind `<auth/>` waits for it, and then is no header.
            raw.send(
                "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>\(data)</auth>"
                    + "<iq type='set' id='1'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>")
            let answer = try await raw.ended()
            #expect(answer.contains("<success"))
            #expect(answer.contains("policy-violation"))
            #expect(!answer.contains("<jid>"))
        }
    }

    private func header(_ host: String = "acme.example") -> String {
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' "
            + "xmlns:stream='http://etherx.jabber.org/streams' to='\(host)' version='1.0'>"
    }
}
