//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPFederation
import XMPPTLS

/// Federation as the configuration asks for it.
struct FederationComposition: Sendable {
    let service: FederationService
    private let tls: PeerTLS

    /// Nil where there is none.
    init?(_ configuration: SwitchboardConfiguration) throws {
        guard configuration.federation.isEnabled else { return nil }
        let servers = try Self.servers(configuration)
        guard let first = servers.first else {
            throw CommandFailure("Federation needs a certificate. Set tls.certificate and tls.key, or those of a host.")
        }
        let clients = try Self.clients(configuration)
        tls = PeerTLS(
            server: TLSContextStore(fallback: first.1, byName: Dictionary(servers) { first, _ in first }),
            clients: clients.byHost, fallback: clients.fallback)
        let settings = FederationSettings(configuration.federation)
        service = FederationService(
            settings: settings, tls: tls, connecting: EndpointConnector { settings.rule(for: $0).endpoint })
    }

    /// Reads the certificates anew; streams that stand keep theirs.
    func reload(_ configuration: SwitchboardConfiguration) throws {
        let servers = try Self.servers(configuration)
        let clients = try Self.clients(configuration)
        guard let first = servers.first else { return }
        tls.server.replace(fallback: first.1, byName: Dictionary(servers) { first, _ in first })
        tls.replace(clients: clients.byHost)
    }

    private static func roots(_ configuration: SwitchboardConfiguration) -> TrustRoots {
        configuration.federation.authorities.map { .file($0) } ?? .system
    }

    private static func servers(_ configuration: SwitchboardConfiguration) throws -> [(String, TLSContext)] {
        try Certificates.load(configuration, clientRoots: roots(configuration))
    }

    private static func clients(
        _ configuration: SwitchboardConfiguration
    ) throws -> (byHost: [String: PeerTLS.Client], fallback: PeerTLS.Client) {
        let roots = roots(configuration)
        var byHost: [String: PeerTLS.Client] = [:]
        do throws(TLSError) {
            for host in configuration.hosts {
                guard let certificate = host.value.certificate, let key = host.value.key else { continue }
                let context = try TLSContext(peerRoots: roots, certificateChain: certificate, privateKey: key)
                byHost[host.name] = PeerTLS.Client(context: context, hasCertificate: true)
            }
            let none = try TLSContext(peerRoots: roots, certificateChain: nil, privateKey: nil)
            return (byHost, PeerTLS.Client(context: none, hasCertificate: false))
        } catch {
            throw CommandFailure("Federation: \(error.description)")
        }
    }
}

extension FederationSettings {
    init(_ file: SwitchboardConfiguration.Federation) {
        let fallback = FederationRule(
            isAllowed: file.others == .allow, authentication: FederationRule.Authentication(file.authentication))
        var rules: [String: FederationRule] = [:]
        for entry in file.domains {
            let value = entry.value
            rules[entry.name] = FederationRule(
                isAllowed: value.isAllowed,
                authentication: FederationRule.Authentication(value.authentication ?? file.authentication),
                endpoint: value.host.map {
                    FederationEndpoint(host: $0, port: value.port, isDirectTLS: value.isDirectTLS)
                })
        }
        var limits = FederationLimits()
        limits.queuedStanzas = file.queuedStanzas
        limits.idleSeconds = Int(file.idle.components.seconds)
        limits.stanzasPerSecond = file.stanzasPerSecond
        self.init(rules: rules, fallback: fallback, limits: limits)
    }
}

extension FederationRule.Authentication {
    init(_ file: SwitchboardConfiguration.Federation.Authentication) {
        self =
            switch file {
            case .certificate: .certificate
            case .dialback: .dialback
            }
    }
}
