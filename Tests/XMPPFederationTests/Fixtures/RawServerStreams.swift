//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPPayloads
import XMPPServer
import XMPPTLS
import XMPPTestKit

/// Streams to acme.example with no server behind them.
extension FederatedServers {
    /// One that has proven `partner.example` by its certificate.
    ///
    /// - bidi: stanzas may go the other way, too.
    /// - once: messages are marked.
    func authenticated(bidi: Bool = false, once: Bool = false) async throws -> StreamConnection {
        let stream = try await secured()
        if bidi { stream.send("<bidi xmlns='urn:xmpp:bidi'/>") }
        if once { stream.send("<once xmlns='urn:switchboard:federation:1'/>") }
        stream.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
        try await stream.expect("success") { $0.isNamed("success", Namespace.sasl) }
        try await Self.open(stream)
        return stream
    }

    /// One that has gone through TLS and the features behind it.
    func secured(
        _ kind: PeerCertificates.Kind = .good, from: String = "partner.example"
    ) async throws -> StreamConnection {
        let context = try PeerCertificates.shared.get().client("partner.example", kind)
        let stream = try await StreamConnection.connect(
            port: acme.port(.serverTLS), tls: (context, "acme.example"), protocols: .xmppServer)
        _ = try await stream.secured()
        try await Self.open(stream, from: from)
        return stream
    }

    @discardableResult
    static func open(_ stream: StreamConnection, from: String = "partner.example") async throws -> XMLElement {
        _ = try await stream.sendHeader(to: "acme.example' from='\(from)", namespace: Namespace.server)
        return try await stream.expect("features") { $0.isNamed("features", Namespace.streams) }
    }
}
