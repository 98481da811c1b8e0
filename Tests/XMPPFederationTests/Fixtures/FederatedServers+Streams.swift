//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPServer
import XMPPTLS
import XMPPTestKit

extension FederatedServers {
    /// A stream to acme.example that shows the certificate of partner.example.
    func securedStream() async throws -> StreamConnection {
        let context = try PeerCertificates.shared.get().client(Self.partner)
        let stream = try await StreamConnection.connect(
            port: acme.port(.serverTLS), tls: (context, Self.acme), protocols: .xmppServer)
        _ = try await stream.secured()
        try await openStream(stream)
        return stream
    }

    /// The same, and proven.
    func provenStream(bidi: Bool = false) async throws -> StreamConnection {
        let stream = try await securedStream()
        if bidi { stream.send("<bidi xmlns='urn:xmpp:bidi'/>") }
        stream.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
        try await stream.expect("success") { $0.isNamed("success", Namespace.sasl) }
        try await openStream(stream)
        return stream
    }

    private func openStream(_ stream: StreamConnection) async throws {
        _ = try await stream.sendHeader(to: "\(Self.acme)' from='\(Self.partner)", namespace: Namespace.server)
        try await stream.expect("features") { $0.isNamed("features", Namespace.streams) }
    }
}
