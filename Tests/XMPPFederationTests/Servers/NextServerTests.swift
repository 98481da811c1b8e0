//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPCore
import XMPPDNS
import XMPPFederation
import XMPPModules
import XMPPServer
import XMPPTestKit

/// Domains with several servers, of which some do not speak as they should.
@Suite struct NextServerTests {
    /// Ports of loopback, one after the other.
    private struct Ports: PeerConnecting {
        let ports: @Sendable () -> [Int]

        func connect(
            to domain: String, on loop: any EventLoop, excluding: Set<ServiceTarget>
        ) async throws -> PeerConnection {
            for port in ports() where !excluding.contains(where: { $0.port == port }) {
                let one = EndpointConnector { _ in FederationEndpoint(host: "127.0.0.1", port: port) }
                return try await one.connect(to: domain, on: loop)
            }
            throw PeerConnectError(isNotFound: false, "There are no others.")
        }
    }

    private func acme(_ ports: @escaping @Sendable () -> [Int]) throws -> TestServer.Setup {
        let federation = FederationService(
            settings: FederationSettings(), tls: try PeerCertificates.shared.get().tls("acme.example", .good),
            connecting: Ports(ports: ports))
        return FederatedServers.setup("acme.example", FederatedServers.Side(), federation)
    }

    @Test func theNextIsTriedWhenOneHasTheWrongCertificate() async throws {
        try await FederatedServers.with(partner: .init(certificate: .selfSigned)) { wrong in
            try await FederatedServers.with { right in
                let ports = [try wrong.partner.port(.server), try right.partner.port(.server)]
                try await TestServer.with(try acme { ports }) { acme in
                    let alice = try await acme.client("alice@acme.example/desk", isAvailable: true)
                    let answer = try await alice.iq("get", to: "partner.example", "<ping xmlns='urn:xmpp:ping'/>")
                    #expect(answer["type"] == "result")
                }
            }
        }
    }

    @Test func whatWasWrongWithTheFirstIsTold() async throws {
        try await FederatedServers.with(partner: .init(certificate: .selfSigned)) { wrong in
            let ports = [try wrong.partner.port(.server), try wrong.acme.port(.server)]
            try await TestServer.with(try acme { ports }) { acme in
                let alice = try await acme.client("alice@acme.example/desk", isAvailable: true)
                let answer = try await alice.iq("get", to: "partner.example", "<ping xmlns='urn:xmpp:ping'/>")
                let error = try #require(answer.child("error", Namespace.client))
                #expect(error.firstChild?.name == "remote-server-timeout")
                #expect(error.child("text", Namespace.stanzaErrors)?.text.contains("certificate") == true)
            }
        }
    }
}
