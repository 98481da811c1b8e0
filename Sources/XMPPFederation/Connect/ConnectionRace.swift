//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPDNS

/// Happy Eyeballs for the targets of one priority (RFC 8305, XEP-0495): which address to try next, and when.
///
/// A value without input or output: it is told what happened and says what to do. Attempts start a little after one
/// another and run side by side, so that one dead address costs a quarter of a second and not a time-out; the order of
/// the SRV records and IPv6 come first.
struct ConnectionRace {
    /// RFC 8305 §8: how long to wait for what should come first, in milliseconds.
    static let resolutionDelay: Int64 = 50
    /// RFC 8305 §8: the time between the starts of two attempts, in milliseconds.
    static let attemptDelay: Int64 = 250
    /// Attempts for one group: a domain with more addresses has other troubles.
    static let maximumAttempts = 16
    /// Addresses of one family taken of one host.
    static let maximumAddresses = 8

    enum Family: Sendable, Hashable {
        case ipv6
        case ipv4
    }

    struct Candidate: Sendable, Hashable {
        let target: ServiceTarget
        let address: IPAddress
    }

    enum Timer: Sendable, Hashable {
        case resolutionDelay
        /// Runs from the start of the attempt with this number.
        case attemptDelay(Int)
    }

    enum Action: Sendable, Hashable {
        case lookUp(host: String, Family)
        case connect(Candidate)
        case start(Timer)
        /// Nothing is left to try.
        case giveUp
    }

    private struct Host {
        var ipv6: [IPAddress]?
        var ipv4: [IPAddress]?

        var isResolved: Bool { ipv6 != nil && ipv4 != nil }
        var isEmpty: Bool { (ipv6 ?? []).isEmpty && (ipv4 ?? []).isEmpty }
    }

    private let targets: [ServiceTarget]
    private var hosts: [String: Host] = [:]
    private var tried: Set<Candidate> = []
    private var running: Set<Candidate> = []
    /// The last attempt, while the next one waits for it.
    private var latest: Candidate?
    private var attempts = 0
    private var lastFamily: [ServiceTarget: Family] = [:]
    private var isOpen = false
    private var isDelaying = false

    /// - targets: in the order to try them.
    init(_ targets: [ServiceTarget]) {
        self.targets = targets
    }

    mutating func start() -> [Action] {
        var actions: [Action] = []
        for target in targets where hosts[target.host] == nil {
            if let address = IPAddress(target.host) {
                hosts[target.host] = Host(
                    ipv6: address.isIPv6 ? [address] : [], ipv4: address.isIPv6 ? [] : [address])
            } else {
                hosts[target.host] = Host()
                actions += [.lookUp(host: target.host, .ipv6), .lookUp(host: target.host, .ipv4)]
            }
        }
        return actions + advance()
    }

    /// A question about a host has been answered; without addresses if it failed.
    mutating func resolved(_ host: String, _ family: Family, _ addresses: [IPAddress]) -> [Action] {
        let addresses = Array(addresses.prefix(ConnectionRace.maximumAddresses))
        switch family {
        case .ipv6: hosts[host]?.ipv6 = addresses
        case .ipv4: hosts[host]?.ipv4 = addresses
        }
        return advance()
    }

    mutating func failed(_ candidate: Candidate) -> [Action] {
        running.remove(candidate)
        if latest == candidate { latest = nil }
        return advance()
    }

    mutating func fired(_ timer: Timer) -> [Action] {
        switch timer {
        case .resolutionDelay: isOpen = true
        case .attemptDelay(let number):
            guard number == attempts else { return [] }
            latest = nil
        }
        return advance()
    }

    private mutating func advance() -> [Action] {
        var actions: [Action] = []
        if !isOpen {
            isOpen = isReady
            if !isOpen, !isDelaying, next() != nil {
                isDelaying = true
                actions.append(.start(.resolutionDelay))
            }
        }
        if isOpen, latest == nil, attempts < ConnectionRace.maximumAttempts, let candidate = next() {
            attempts += 1
            tried.insert(candidate)
            running.insert(candidate)
            latest = candidate
            lastFamily[candidate.target] = candidate.address.isIPv6 ? .ipv6 : .ipv4
            actions += [.connect(candidate), .start(.attemptDelay(attempts))]
        }
        let isExhausted = attempts >= ConnectionRace.maximumAttempts || next() == nil
        if running.isEmpty, isExhausted, hosts.values.allSatisfy(\.isResolved) { actions.append(.giveUp) }
        return actions
    }

    /// Whether what is known is what should come first: the first host that may have addresses has those of IPv6, or
    /// has none and those of IPv4.
    private var isReady: Bool {
        for target in targets {
            guard let host = hosts[target.host] else { continue }
            if let addresses = host.ipv6, !addresses.isEmpty { return true }
            guard host.isResolved else { return false }
            if !host.isEmpty { return true }
        }
        return true
    }

    /// The best address that was not tried: of the first target that has one, IPv6 and IPv4 in turn.
    private func next() -> Candidate? {
        for target in targets {
            guard let host = hosts[target.host] else { continue }
            let isIPv6Next = lastFamily[target] != .ipv6
            let order = isIPv6Next ? [host.ipv6, host.ipv4] : [host.ipv4, host.ipv6]
            for address in order.compactMap({ $0 }).joined() {
                let candidate = Candidate(target: target, address: address)
                if !tried.contains(candidate) { return candidate }
            }
        }
        return nil
    }
}
