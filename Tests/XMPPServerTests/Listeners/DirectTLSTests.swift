//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTLS
import XMPPTestKit

/// XEP-0368: TLS from the first byte, for clients that say by ALPN that XMPP is what they want.
@Suite struct DirectTLSTests {
    private func withConnection(
        _ protocols: ApplicationProtocols, _ body: (StreamConnection) async throws -> Void
    ) async throws {
        let tls = try TestCertificates.shared.get()
        try await TestServer.with(tls: tls) { server in
            try await body(
                .connect(port: server.port(.clientTLS), tls: (tls.client, "acme.example"), protocols: protocols))
        }
    }

    @Test func choosesXMPPForClients() async throws {
        try await withConnection(["h2", "xmpp-client"]) { connection in
            let session = try await connection.secured()
            #expect(session.applicationProtocol == "xmpp-client")
            let features = try await connection.open(to: "acme.example")
            #expect(features.child("mechanisms", Namespace.sasl) != nil)
            #expect(features.child("starttls", Namespace.tls) == nil)
        }
    }

    @Test func takesClientsThatDoNotSay() async throws {
        try await withConnection(.none) { connection in
            #expect(try await connection.secured().applicationProtocol == nil)
            _ = try await connection.open(to: "acme.example")
        }
    }

    @Test(arguments: [ApplicationProtocols.xmppServer, ["http/1.1"]])
    func refusesOtherProtocols(_ protocols: ApplicationProtocols) async throws {
        try await withConnection(protocols) { connection in
            await #expect(throws: ExpectationFailure.self) { try await connection.secured() }
        }
    }
}
