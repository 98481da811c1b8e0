//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// Where the servers of a domain are, in the order to try them (RFC 6120 §3.2, XEP-0368).
package struct ServiceTargets: Sendable, Equatable {
    /// Targets taken of one domain; the rest is left out.
    package static let maximumTargets = 32
    /// RFC 6120 §14.7.
    package static let defaultPort = 5269

    /// One group for each priority, lowest first, each in the order of RFC 2782.
    package let groups: [[ServiceTarget]]
    /// DNSSEC has proven that these are the domain's (RFC 7673 §3.1).
    package let isSecure: Bool
    /// The domain has no SRV records: its own address and the default port.
    package let isFallback: Bool
    /// Why it is not known whether they are proven: those of one kind are, and the others could not be had.
    package let failure: DNSError?

    package init(
        groups: [[ServiceTarget]], isSecure: Bool = false, isFallback: Bool = false, failure: DNSError? = nil
    ) {
        self.groups = groups
        self.isSecure = isSecure
        self.isFallback = isFallback
        self.failure = failure
    }

    /// Why a domain has no targets.
    package enum Failure: Error, Sendable, Equatable {
        /// The domain says that it takes no streams from servers (RFC 2782, target `.`).
        case notOffered
        /// No host name and no address.
        case invalidDomain
        /// The records could not be had.
        case dns(DNSError)
    }

    /// Asks for the targets of `domain`, prepared as part of an address.
    ///
    /// Forged answers end it. So does a failure to get either kind of record, unless the other kind is there: without
    /// knowing we must not fall back to the domain's own address.
    ///
    /// - Throws: ``Failure``, or `CancellationError`.
    package static func resolve(
        _ domain: String, with resolver: some Resolver,
        random: some RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) async throws -> ServiceTargets {
        guard let ascii = DomainName.ascii(domain) else {
            guard let address = IPAddress(domain) else { throw Failure.invalidDomain }
            let target = ServiceTarget(host: "\(address)", port: defaultPort, isDirectTLS: false)
            return ServiceTargets(groups: [[target]], isFallback: true)
        }
        async let direct = answer("_xmpps-server._tcp.\(ascii)", resolver)
        async let startTLS = answer("_xmpp-server._tcp.\(ascii)", resolver)
        var random = random
        return try ServiceTargets(domain: ascii, direct: await direct, startTLS: await startTLS, random: &random)
    }

    private static func answer(
        _ name: String, _ resolver: some Resolver
    ) async throws -> Result<DNSAnswer<SRVRecord>, DNSError> {
        do {
            return .success(try await resolver.services(name))
        } catch let error as DNSError {
            return .failure(error)
        }
    }

    /// The targets that two answers make.
    package init(
        domain: String, direct: Result<DNSAnswer<SRVRecord>, DNSError>,
        startTLS: Result<DNSAnswer<SRVRecord>, DNSError>, random: inout some RandomNumberGenerator
    ) throws(Failure) {
        var records: [(record: SRVRecord, isDirectTLS: Bool)] = []
        var failure: DNSError?
        var isSecure = true
        for (answer, isDirectTLS) in [(direct, true), (startTLS, false)] {
            switch answer {
            case .success(let answer):
                isSecure = isSecure && answer.isSecure
                records += answer.records.prefix(ServiceTargets.maximumTargets).map { ($0, isDirectTLS) }
            case .failure(.bogus(let reason)): throw .dns(.bogus(reason))
            case .failure(let error): failure = failure ?? error
            }
        }
        let offered = records.filter { !$0.record.target.isEmpty && $0.record.port > 0 }
        if offered.isEmpty {
            if let failure { throw .dns(failure) }
            // Any record at all says that the domain knows of SRV (XEP-0368 §3).
            guard records.isEmpty else { throw .notOffered }
            let target = ServiceTarget(host: domain, port: ServiceTargets.defaultPort, isDirectTLS: false)
            self.init(groups: [[target]], isSecure: isSecure, isFallback: true)
            return
        }
        let targets = offered.map { record, isDirectTLS in
            ServiceTarget(
                host: record.target, port: Int(record.port), isDirectTLS: isDirectTLS, priority: record.priority,
                weight: record.weight)
        }
        self.init(
            groups: ServiceTargets.ordered(targets, random: &random), isSecure: isSecure && failure == nil,
            failure: isSecure ? failure : nil)
    }

    /// The order of RFC 2782: groups by priority, in each the targets drawn one after the other by their weights.
    static func ordered(
        _ targets: [ServiceTarget], random: inout some RandomNumberGenerator
    ) -> [[ServiceTarget]] {
        var taken = 0
        var groups: [[ServiceTarget]] = []
        for (_, group) in Dictionary(grouping: targets, by: \.priority).sorted(by: { $0.key < $1.key }) {
            // Those of weight 0 first: then they are drawn only by a 0.
            var rest = group.sorted { $0.weight < $1.weight }
            var order: [ServiceTarget] = []
            while !rest.isEmpty, taken < maximumTargets {
                let sum = rest.reduce(0) { $0 + Int($1.weight) }
                var left = Int.random(in: 0...sum, using: &random)
                let index = rest.firstIndex { target in
                    left -= Int(target.weight)
                    return left <= 0
                }
                let target = rest.remove(at: index ?? rest.count - 1)
                guard !order.contains(where: { $0.isSamePlace(as: target) }) else { continue }
                order.append(target)
                taken += 1
            }
            if !order.isEmpty { groups.append(order) }
        }
        return groups
    }
}

extension ServiceTarget {
    /// Whether it is the same port of the same host, spoken to in the same way.
    package func isSamePlace(as other: ServiceTarget) -> Bool {
        host == other.host && port == other.port && isDirectTLS == other.isDirectTLS
    }
}
