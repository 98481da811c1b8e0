//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import XMPPFederation
import XMPPModules
import XMPPServer
import XMPPStorage
import XMPPTLS
import XMPPTestKit

/// Two servers of ours, `acme.example` and `partner.example`, each with its own process-wide parts, that find each other
/// on loopback ports.
struct FederatedServers {
    static let acme = "acme.example"
    static let partner = "partner.example"

    let acme: TestServer
    let partner: TestServer
    let acmeFederation: FederationService
    let partnerFederation: FederationService
    let ports: Ports

    /// Where the servers listen, known once they do.
    final class Ports: Sendable {
        private let ports = Mutex<[String: Int]>([:])

        func set(_ domain: String, _ port: Int?) { ports.withLock { $0[domain] = port } }

        subscript(_ domain: String) -> Int? { ports.withLock { $0[domain] } }
    }

    /// How one of the servers is set up.
    struct Side: Sendable {
        var certificate = PeerCertificates.Kind.good
        /// How the other one has to prove itself.
        var authentication = FederationRule.Authentication.certificate
        var isAllowed = true
        /// Another host of this server, where `ada` has an account.
        var secondHost: String?
        var database: XMPPDatabase?
        var limits = FederationLimits()
        var configure: @Sendable (inout ServerConfiguration) -> Void = { _ in }
    }

    static func with(
        acme first: Side = Side(), partner second: Side = Side(), directTLS: Bool = false,
        _ body: (FederatedServers) async throws -> Void
    ) async throws {
        let ports = Ports()
        let kind: ListenerConfiguration.Kind = directTLS ? .serverTLS : .server
        let acmeFederation = try service(acme, other: partner, first, ports, directTLS)
        let partnerFederation = try service(partner, other: acme, second, ports, directTLS)
        try await TestServer.with(setup(acme, first, acmeFederation)) { a in
            for host in [acme, first.secondHost].compactMap({ $0 }) { ports.set(host, try a.port(kind)) }
            try await TestServer.with(setup(partner, second, partnerFederation)) { b in
                for host in [partner, second.secondHost].compactMap({ $0 }) { ports.set(host, try b.port(kind)) }
                try await body(
                    FederatedServers(
                        acme: a, partner: b, acmeFederation: acmeFederation, partnerFederation: partnerFederation,
                        ports: ports))
            }
        }
    }

    static func service(
        _ own: String, other: String, _ side: Side, _ ports: Ports, _ directTLS: Bool = false
    ) throws -> FederationService {
        let rule = FederationRule(isAllowed: side.isAllowed, authentication: side.authentication)
        return FederationService(
            settings: FederationSettings(rules: [other: rule], fallback: rule, limits: side.limits),
            tls: try PeerCertificates.shared.get().tls(own, side.certificate),
            connecting: EndpointConnector { domain in
                ports[domain].map { FederationEndpoint(host: "127.0.0.1", port: $0, isDirectTLS: directTLS) }
            })
    }

    static func setup(_ own: String, _ side: Side, _ federation: FederationService) -> TestServer.Setup {
        var setup = TestServer.Setup()
        setup.hosts = [own] + (side.secondHost.map { [$0] } ?? [])
        setup.accounts = own == acme ? ["alice@acme.example", "bob@acme.example"] : ["tom@partner.example"]
        if let host = side.secondHost { setup.accounts.append("ada@\(host)") }
        setup.modules =
            BuiltinModules.all(ModulesConfiguration(software: SoftwareConfiguration(version: "1"))) + [federation]
        setup.acceptsServers = true
        setup.database = side.database
        setup.configure = side.configure
        return setup
    }
}
