//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import XMPPDNS
internal import XMPPTLS

/// Walks the whole way to another server as a stream would, and says where it ends and how to mend that.
package struct FederationCheck: Sendable {
    private let resolver: any Resolver
    private let connector: Connector
    private let rule: @Sendable (String) -> FederationRule
    private let tls: PeerTLS.Client
    private let local: String
    private let now: @Sendable () -> Int64

    /// - `local`: the domain of ours in whose name to ask.
    /// - `tls`: that domain's.
    /// - `now`: seconds since 1970.
    package init(
        from local: String, resolver: any Resolver, policy: AddressPolicy, tls: PeerTLS.Client,
        rule: @escaping @Sendable (String) -> FederationRule, now: @escaping @Sendable () -> Int64
    ) {
        self.local = local
        self.resolver = resolver
        self.rule = rule
        self.tls = tls
        self.now = now
        connector = Connector(resolver: resolver, policy: policy) { rule($0).endpoint }
    }

    /// Checks `domain`, prepared as part of an address.
    package func run(_ domain: String, on loop: any EventLoop) async throws -> CheckReport {
        var steps: [CheckStep] = []
        let rule = rule(domain)
        guard rule.isAllowed else {
            steps.append(
                CheckStep(
                    .policy, .failed, "the configuration does not allow \(domain)",
                    remedy: "See federation.domains and federation.others"))
            return CheckReport(domain: domain, steps: steps)
        }
        let connected: Connector.Connected
        do {
            connected = try await connector.open(domain, on: loop)
            steps += connected.steps.map { FederationCheck.step($0, isLast: false) }
        } catch let failure as Connector.Failure {
            steps += failure.steps.map { FederationCheck.step($0, isLast: true) }
            if !steps.contains(where: { $0.outcome == .failed }) {
                steps.append(
                    CheckStep(
                        .dns, .failed, failure.reason,
                        remedy:
                            "Check the spelling; else its operator must publish the records _xmpp-server._tcp.\(domain)"
                    ))
            }
            return CheckReport(domain: domain, steps: steps)
        }
        let dane: DANEState
        do {
            dane = try await DANEState.lookUp(
                domain, of: rule.endpoint == nil ? connected.target : nil, with: resolver)
            steps.append(FederationCheck.step(dane))
            steps += try await PeerProbe.run(connected, local: local, remote: domain, rule: rule, tls: tls) {
                [now] certificate in
                PeerTrust.verdict(
                    on: certificate, for: domain, fingerprint: rule.fingerprint, authorities: rule.authorities,
                    dane: dane, needsDANE: rule.authentication == .dane, at: now())
            }
        } catch {
            connected.channel.close(promise: nil)
            throw error
        }
        return CheckReport(domain: domain, steps: steps)
    }

    /// A step of connecting; those that failed are failures only if nothing else led there.
    private static func step(_ step: ConnectStep, isLast: Bool) -> CheckStep {
        let stage: CheckStep.Stage = step.kind == .connection ? .tcp : .dns
        guard step.isFailure else { return CheckStep(stage, .ok, step.description) }
        return CheckStep(stage, isLast ? .failed : .note, step.description, remedy: remedy(step))
    }

    private static func remedy(_ step: ConnectStep) -> String {
        switch step.kind {
        case .services:
            step.detail.contains("takes no streams")
                ? "Its operator must publish SRV records with a host, if it is to be reached"
                : "Check federation.resolver here, then the records with: dig SRV _xmpp-server._tcp.DOMAIN"
        case .addresses:
            step.detail.contains("not used")
                ? "Its operator must publish addresses that can be reached; for a server of your own name it under "
                    + "federation.domains"
                : "Check federation.resolver here, then the records with: dig HOST"
        case .connection:
            "Its operator must let the port through firewalls, and ours must let this machine out to it"
        }
    }

    private static func step(_ dane: DANEState) -> CheckStep {
        switch dane {
        case .insecure:
            CheckStep(
                .dnssec, .note, "DNSSEC does not prove where its servers are, so authorities must vouch for them")
        case .none: CheckStep(.dnssec, .ok, "DNSSEC proves where its servers are; there are no TLSA records")
        case .servers(let servers, let isComplete):
            CheckStep(
                .dnssec, isComplete ? .ok : .note,
                "DNSSEC proves the keys of " + servers.map(\.host).joined(separator: ", ")
                    + (isComplete ? "" : "; other servers of the domain have no TLSA records"))
        case .failed(let reason):
            CheckStep(
                .dnssec, .failed, reason,
                remedy:
                    "Its operator must mend the signatures of the zone; see them with: delv SRV _xmpp-server._tcp.DOMAIN"
            )
        }
    }
}
