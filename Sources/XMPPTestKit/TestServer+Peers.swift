//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
package import XMPPSASL
package import XMPPServer
package import XMPPTLS

extension TestServer {
    /// How a client reaches the server.
    package enum Transport: Sendable, CaseIterable {
        case plain
        case startTLS
        case directTLS
    }

    /// A connection with an open transport, TLS included, and no stream yet.
    package func connect(
        _ transport: Transport = .plain, to host: String = "acme.example"
    ) async throws
        -> StreamConnection
    {
        switch transport {
        case .plain:
            return try await .connect(port: port(.clientPlain))
        case .startTLS:
            let connection = try await StreamConnection.connect(port: port(.client))
            try await connection.open(to: host)
            try await connection.startTLS(trust(), serverName: host)
            return connection
        case .directTLS:
            let connection = try await StreamConnection.connect(port: port(.clientTLS), tls: (trust(), host))
            _ = try await connection.secured()
            return connection
        }
    }

    private func trust() throws -> TLSContext {
        guard let clientTLS else { throw ExpectationFailure("The server has no certificate") }
        return clientTLS
    }

    /// A client that has logged in and bound its resource.
    ///
    /// A bare JID gets a resource of the server's making. With `isAvailable` it asks for the roster and sends presence
    /// too; what came meanwhile is dropped.
    package func client(
        _ address: String, password: String = TestServer.password, mechanism: SASLMechanism = .plain,
        binding: ChannelBindingType? = nil, over transport: Transport = .plain, isAvailable: Bool = false,
        language: String? = nil
    ) async throws -> ScriptedClient {
        let jid = try JID(address)
        let connection = try await connect(transport, to: jid.domain)
        try await connection.open(to: jid.domain, language: language)
        let answer = try await connection.authenticate(
            jid.local ?? "", password: password, mechanism: mechanism, binding: binding)
        guard answer.name == "success" else { throw ExpectationFailure("\(address) cannot log in: \(answer)") }
        try await connection.open(to: jid.domain, language: language)
        let client = ScriptedClient(jid: try await connection.bind(jid.resource), connection: connection)
        if isAvailable { try await client.becomeAvailable() }
        return client
    }

    /// A component that has shaken hands.
    package func component(
        _ domain: String, secret: String, acknowledges: Bool = false
    ) async throws -> ScriptedComponent {
        let connection = try await StreamConnection.connect(port: port(.component))
        let answer = try await ScriptedComponent.shakeHands(connection, domain: domain, secret: secret)
        guard answer.name == "handshake" else { throw ExpectationFailure("\(domain) cannot connect: \(answer)") }
        let component = ScriptedComponent(domain: domain, connection: connection)
        if acknowledges { try await component.enableAcknowledgements() }
        return component
    }

    /// The answer to a component's handshake.
    package func handshake(_ domain: String, secret: String) async throws -> (XMLElement, StreamConnection) {
        let connection = try await StreamConnection.connect(port: port(.component))
        return (try await ScriptedComponent.shakeHands(connection, domain: domain, secret: secret), connection)
    }

    /// A connection without a parser.
    package func raw(_ kind: ListenerConfiguration.Kind = .clientPlain) async throws -> RawStream {
        try await .connect(port: port(kind))
    }
}
