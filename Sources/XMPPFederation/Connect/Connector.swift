//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
internal import XMPPCore
package import XMPPDNS

/// Connects to the servers of domains, by their records in DNS or by the configuration.
package struct Connector: PeerConnecting {
    /// A connection with how it came about.
    package struct Connected: Sendable {
        /// It does not read yet, and its pipeline is empty.
        package let channel: any Channel
        package let target: ServiceTarget
        package let address: IPAddress
        package let steps: [ConnectStep]
    }

    /// No server of a domain could be reached; with all that was tried.
    package struct Failure: Error, Sendable {
        /// There is none, as far as the DNS says.
        package let isNotFound: Bool
        package let steps: [ConnectStep]
        package let reason: String
    }

    private let resolver: any Resolver
    private let policy: AddressPolicy
    private let endpoint: @Sendable (String) -> FederationEndpoint?

    /// - `endpoint`: where the configuration says that a domain is; what it says is not held to the policy.
    package init(
        resolver: any Resolver, policy: AddressPolicy,
        endpoint: @escaping @Sendable (String) -> FederationEndpoint? = { _ in nil }
    ) {
        self.resolver = resolver
        self.policy = policy
        self.endpoint = endpoint
    }

    package func connect(
        to domain: String, on loop: any EventLoop, excluding: Set<ServiceTarget>
    ) async throws -> PeerConnection {
        do {
            let connected = try await open(domain, on: loop, excluding: excluding)
            return PeerConnection(channel: connected.channel, target: connected.target)
        } catch let failure as Failure {
            throw PeerConnectError(isNotFound: failure.isNotFound, failure.reason)
        }
    }

    /// A connection to the first server of `domain` that answers.
    ///
    /// - `excluding`: targets that were tried and did not speak as they should.
    /// - Throws: ``Failure``, or `CancellationError`.
    package func open(
        _ domain: String, on loop: any EventLoop, excluding: Set<ServiceTarget> = []
    ) async throws -> Connected {
        var report = Report()
        let isConfigured = endpoint(domain) != nil
        for group in try await groups(of: domain, &report) {
            let targets = group.filter { !excluding.contains($0) }
            if let (candidate, channel) = await race(targets, isConfigured: isConfigured, on: loop, &report) {
                return Connected(
                    channel: channel, target: candidate.target, address: candidate.address, steps: report.steps)
            }
            try Task.checkCancellation()
        }
        throw report.failure(domain)
    }

    /// Where to try, by priority.
    private func groups(of domain: String, _ report: inout Report) async throws -> [[ServiceTarget]] {
        if let endpoint = endpoint(domain) {
            let target = ServiceTarget(
                host: DomainName.ascii(endpoint.host) ?? endpoint.host, port: endpoint.port,
                isDirectTLS: endpoint.isDirectTLS)
            report.add(.services, domain, "the configuration names \(target)")
            return [[target]]
        }
        do {
            let targets = try await ServiceTargets.resolve(domain, with: resolver)
            report.isSecure = targets.isSecure
            let list = targets.groups.joined().map(\.description).joined(separator: ", ")
            report.add(
                .services, domain,
                targets.isFallback ? "no SRV records, so the domain's own address and port: \(list)" : list)
            return targets.groups
        } catch let failure as ServiceTargets.Failure {
            switch failure {
            case .notOffered:
                report.add(
                    .services, domain, isFailure: true, "its SRV records say that it takes no streams of servers")
            case .invalidDomain: report.add(.services, domain, isFailure: true, "no domain name")
            case .dns(let error):
                report.add(.services, domain, isFailure: true, "\(error)")
                report.isUncertain = true
            }
            throw report.failure(domain)
        }
    }

    // MARK: One group

    private enum Event: Sendable {
        case resolved(host: String, ConnectionRace.Family, Result<DNSAnswer<IPAddress>, DNSError>)
        case attempted(ConnectionRace.Candidate, ConnectionAttempt.Outcome)
        case refused(ConnectionRace.Candidate, String)
        case fired(ConnectionRace.Timer)
        case cancelled
    }

    /// The first connection that stands; nil if there is none, or the task was cancelled.
    private func race(
        _ targets: [ServiceTarget], isConfigured: Bool, on loop: any EventLoop, _ report: inout Report
    ) async -> (ConnectionRace.Candidate, any Channel)? {
        var race = ConnectionRace(targets)
        var findings = report
        let winner = await withTaskGroup(of: Event.self) { group -> (ConnectionRace.Candidate, any Channel)? in
            var winner: (ConnectionRace.Candidate, any Channel)?
            var actions = race.start()
            while winner == nil, perform(actions, isConfigured: isConfigured, on: loop, &group) {
                guard let event = await group.next() else { break }
                switch event {
                case .resolved(let host, let family, let answer):
                    actions = race.resolved(
                        host, family, usable(answer, host, family, targets, isConfigured: isConfigured, &findings))
                case .attempted(let candidate, .connected(let channel)):
                    findings.add(.connection, Connector.name(candidate), "connected")
                    winner = (candidate, channel)
                case .attempted(let candidate, .failed(let reason)):
                    findings.add(.connection, Connector.name(candidate), isFailure: true, reason)
                    findings.isUncertain = true
                    actions = race.failed(candidate)
                case .refused(let candidate, let reason):
                    findings.add(.addresses, Connector.name(candidate), isFailure: true, "not used: \(reason)")
                    actions = race.failed(candidate)
                case .fired(let timer): actions = race.fired(timer)
                case .cancelled: actions = [.giveUp]
                }
            }
            group.cancelAll()
            // Whoever comes second is not kept.
            for await event in group {
                if case .attempted(_, .connected(let channel)) = event { channel.close(promise: nil) }
            }
            return winner
        }
        report = findings
        guard let winner, !Task.isCancelled else {
            winner?.1.close(promise: nil)
            return nil
        }
        return winner
    }

    /// Starts what the race asks for; false if it has given up.
    private func perform(
        _ actions: [ConnectionRace.Action], isConfigured: Bool, on loop: any EventLoop, _ group: inout TaskGroup<Event>
    ) -> Bool {
        for action in actions {
            switch action {
            case .lookUp(let host, let family):
                group.addTask { [resolver] in
                    do {
                        let answer = try await family == .ipv6 ? resolver.ipv6(host) : resolver.ipv4(host)
                        return .resolved(host: host, family, .success(answer))
                    } catch {
                        return (error as? DNSError).map { .resolved(host: host, family, .failure($0)) } ?? .cancelled
                    }
                }
            case .connect(let candidate):
                guard !Task.isCancelled else { return false }
                // Here too: a domain, or the target of a record, may be an address itself.
                if !isConfigured, let reason = policy.refusal(of: candidate.address, port: candidate.target.port) {
                    group.addTask { .refused(candidate, reason) }
                    continue
                }
                group.addTask {
                    guard let address = try? candidate.address.socketAddress(port: candidate.target.port) else {
                        return .attempted(candidate, .failed("no address that can be connected to"))
                    }
                    return .attempted(candidate, await ConnectionAttempt().run(to: address, on: loop))
                }
            case .start(let timer):
                group.addTask {
                    let delay =
                        timer == .resolutionDelay ? ConnectionRace.resolutionDelay : ConnectionRace.attemptDelay
                    do {
                        try await Task.sleep(for: .milliseconds(delay))
                        return .fired(timer)
                    } catch {
                        return .cancelled
                    }
                }
            case .giveUp: return false
            }
        }
        return true
    }

    /// The addresses of an answer that we may connect to.
    private func usable(
        _ answer: Result<DNSAnswer<IPAddress>, DNSError>, _ host: String, _ family: ConnectionRace.Family,
        _ targets: [ServiceTarget], isConfigured: Bool, _ report: inout Report
    ) -> [IPAddress] {
        let subject = "\(host) \(family == .ipv6 ? "AAAA" : "A")"
        switch answer {
        case .failure(let error):
            report.add(.addresses, subject, isFailure: true, "\(error)")
            report.isUncertain = true
            return []
        case .success(let answer):
            let ports = targets.filter { $0.host == host }.map(\.port)
            let refusals = answer.records.map { address in
                isConfigured ? nil : ports.lazy.compactMap { policy.refusal(of: address, port: $0) }.first
            }
            let list = zip(answer.records, refusals).map { "\($0)" + ($1.map { " (not used: \($0))" } ?? "") }
            let none = answer.exists ? "none" : "the name does not exist"
            report.add(
                .addresses, subject, isFailure: !answer.records.isEmpty && !refusals.contains { $0 == nil },
                list.isEmpty ? none : list.joined(separator: ", "))
            return zip(answer.records, refusals).filter { $0.1 == nil }.map(\.0)
        }
    }

    private static func name(_ candidate: ConnectionRace.Candidate) -> String {
        let address = candidate.address.isIPv6 ? "[\(candidate.address)]" : "\(candidate.address)"
        return "\(candidate.target.host) at \(address) port \(candidate.target.port)"
            + (candidate.target.isDirectTLS ? " with direct TLS" : "")
    }
}

/// What was done so far.
private struct Report {
    /// Steps kept: a domain with many addresses is not to fill logs.
    private static let maximumSteps = 100

    var steps: [ConnectStep] = []
    /// DNSSEC proves where the domain's servers are.
    var isSecure = false
    /// Something failed that may work later, so "there is none" is not known.
    var isUncertain = false

    mutating func add(_ kind: ConnectStep.Kind, _ subject: String, isFailure: Bool = false, _ detail: String) {
        guard steps.count < Report.maximumSteps else { return }
        steps.append(ConnectStep(kind, subject, isFailure: isFailure, detail))
    }

    func failure(_ domain: String) -> Connector.Failure {
        let reasons = steps.filter(\.isFailure).map(\.description)
        let reason =
            reasons.isEmpty ? "\(domain) has no server: its name has no addresses" : reasons.joined(separator: "; ")
        return Connector.Failure(isNotFound: !isUncertain, steps: steps, reason: reason)
    }
}
