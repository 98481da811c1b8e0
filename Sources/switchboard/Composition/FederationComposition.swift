//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Logging
import NIOPosix
import XMPPDNS
import XMPPFederation
import XMPPModules
import XMPPServer
import XMPPTLS

/// Federation as the configuration asks for it.
struct FederationComposition: Sendable {
    let service: FederationService
    /// What administrators can ask.
    let commands: [ServerCommand]
    private let tls: PeerTLS

    /// Nil where there is none.
    init?(_ configuration: SwitchboardConfiguration, _ log: Logger) throws {
        guard configuration.federation.isEnabled else { return nil }
        let servers = try Self.servers(configuration)
        guard let first = servers.first else {
            throw CommandFailure("Federation needs a certificate. Set tls.certificate and tls.key, or those of a host.")
        }
        let clients = try Self.clients(configuration)
        let tls = PeerTLS(
            server: TLSContextStore(fallback: first.1, byName: Dictionary(servers) { first, _ in first }),
            clients: clients.byHost, fallback: clients.fallback)
        self.tls = tls
        let settings = FederationSettings(configuration.federation)
        let resolver = try Self.resolver(configuration.federation.resolver, log)
        let policy = Self.policy(configuration)
        let service = FederationService(
            settings: settings, tls: tls,
            connecting: Connector(resolver: resolver, policy: policy) { settings.rule(for: $0).endpoint },
            certificates: .full(
                rule: { settings.rule(for: $0) },
                resolver: configuration.federation.resolver.dnssec == .off ? nil : resolver,
                now: { Int64(Date().timeIntervalSince1970) }))
        self.service = service
        commands =
            FederationCommands(
                administrators: ModulesConfiguration(configuration).administrators,
                report: { try await service.report() },
                check: { domain, local in
                    // With certificates as they are now.
                    let check = FederationCheck(
                        from: local, resolver: resolver, policy: policy, tls: tls.client(for: local),
                        rule: { settings.rule(for: $0) }, now: { Int64(Date().timeIntervalSince1970) })
                    return try await check.run(domain, on: MultiThreadedEventLoopGroup.singleton.next())
                }
            ).commands
    }

    /// Answers for the command line, by question.
    var answers: [String: ControlService.Answer] {
        [
            FederationStatusCommand.question: { try await service.report().text },
            FederationStatusCommand.jsonQuestion: { try FederationStatusCommand.json(try await service.report()) },
        ]
    }

    /// Figures by state, never by domain, which strangers choose.
    func register(in metrics: PrometheusRegistry) {
        metrics.gauge(
            "switchboard_federation_domains", help: "Ways to other domains.", by: "state",
            of: FederationState.allCases.map(\.rawValue)
        ) { [service] name in
            Double(FederationState(rawValue: name).map { service.count($0) } ?? 0)
        }
        metrics.gauge("switchboard_federation_streams_in", help: "Streams that other servers have made and proven.") {
            [service] in Double(service.incomingStreams)
        }
    }

    private static func policy(_ configuration: SwitchboardConfiguration) -> AddressPolicy {
        let listeners = configuration.listeners.values.filter(\.kind.isForServers)
        return AddressPolicy(
            allowsLocal: configuration.federation.allowsLocalAddresses,
            allowsPrivate: configuration.federation.allowsPrivateAddresses,
            ownAddresses: AddressPolicy.addressesOfThisMachine(), ownPorts: Set(listeners.map(\.port)))
    }

    /// What looks at other servers for `switchboard federation check`, in the name of the host `local`.
    static func check(_ configuration: SwitchboardConfiguration, from local: String) throws -> FederationCheck {
        var log = Logger(label: "federation")
        log.logLevel = .critical
        let clients = try clients(configuration)
        let settings = FederationSettings(configuration.federation)
        return FederationCheck(
            from: local, resolver: try resolver(configuration.federation.resolver, log), policy: policy(configuration),
            tls: clients.byHost[local] ?? clients.fallback, rule: { settings.rule(for: $0) },
            now: { Int64(Date().timeIntervalSince1970) })
    }

    /// What asks the DNS, as the configuration says.
    static func resolver(
        _ file: SwitchboardConfiguration.NameServers, _ log: Logger
    ) throws -> any XMPPDNS.Resolver {
        let anchor = file.trustAnchor.map { ResolverConfiguration.TrustAnchor.file($0) } ?? .root
        var settings = ResolverConfiguration(
            servers: file.servers.isEmpty
                ? .system : .forwarders(file.servers.map { .init(address: $0, port: file.port) }),
            trustAnchor: file.dnssec == .off ? .none : anchor, timeout: Double(file.timeout.components.seconds))
        let resolver = try unbound(settings)
        guard file.dnssec == .auto else { return resolver }
        settings.trustAnchor = .none
        let plain = try unbound(settings)
        return OpportunisticResolver(validating: resolver, plain: plain) {
            log.warning(
                "The DNS servers drop signatures: answers are not validated, and TLSA records not used",
                metadata: ["remedy": "Use others in federation.resolver.servers, or set dnssec: off there"])
        }
    }

    private static func unbound(_ settings: ResolverConfiguration) throws -> UnboundResolver {
        do throws(DNSError) {
            return try UnboundResolver(settings)
        } catch {
            throw CommandFailure("The DNS resolver cannot be set up: \(error). See federation.resolver.")
        }
    }

    /// Reads the certificates anew; streams that stand keep theirs.
    func reload(_ configuration: SwitchboardConfiguration) throws {
        let servers = try Self.servers(configuration)
        let clients = try Self.clients(configuration)
        guard let first = servers.first else { return }
        tls.server.replace(fallback: first.1, byName: Dictionary(servers) { first, _ in first })
        tls.replace(clients: clients.byHost, fallback: clients.fallback)
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
            // A certificate that is named is the proof that is wanted.
            let isPinned = value.fingerprint != nil || value.authorities != nil
            let usual = isPinned ? SwitchboardConfiguration.Federation.Authentication.certificate : file.authentication
            rules[entry.name] = FederationRule(
                isAllowed: value.isAllowed,
                authentication: FederationRule.Authentication(value.authentication ?? usual),
                endpoint: value.host.map {
                    FederationEndpoint(host: $0, port: value.port, isDirectTLS: value.isDirectTLS)
                }, fingerprint: value.fingerprint.map(Self.bytes), authorities: value.authorities)
        }
        var limits = FederationLimits()
        limits.queuedStanzas = file.queuedStanzas
        limits.storedSeconds = file.outboxHours * 3600
        limits.storedStanzas = file.outboxStanzas
        limits.storedStanzasInAll = file.outboxStanzasInAll
        limits.storedStanzasPerAccount = file.outboxStanzasPerAccount
        limits.idleSeconds = Int(file.idle.components.seconds)
        limits.stanzasPerSecond = file.stanzasPerSecond
        limits.bytesPerSecond = file.bytesPerSecond
        self.init(rules: rules, fallback: fallback, limits: limits)
    }

    /// The bytes of hexadecimal digits that were checked when they were read.
    private static func bytes(_ digits: String) -> [UInt8] {
        let values = digits.compactMap(\.hexDigitValue)
        return stride(from: 0, to: values.count - 1, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }
}

extension FederationRule.Authentication {
    init(_ file: SwitchboardConfiguration.Federation.Authentication) {
        self =
            switch file {
            case .certificate: .certificate
            case .dane: .dane
            case .dialback: .dialback
            }
    }
}
