//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPDNS
package import XMPPTLS

/// What DNS says of the certificates of a domain's servers (RFC 7673).
package enum DANEState: Sendable, Equatable {
    /// The servers of a domain of which TLSA records are proven.
    package struct Server: Sendable, Equatable {
        /// The host that the SRV record names, in A-labels.
        package let host: String
        package let records: [DANERecord]

        package init(host: String, records: [DANERecord]) {
            self.host = host
            self.records = records
        }
    }

    /// DNSSEC does not prove where the servers are, so nothing can be said.
    case insecure
    /// The domain proves where its servers are, and names no certificates.
    case none
    /// `isComplete`: for every server there are records.
    case servers([Server], isComplete: Bool)
    /// The answers are forged, or cannot be had: whoever drops packets could hide records, so nothing may be believed.
    case failed(String)

    /// Servers of one domain that are asked about.
    private static let maximumServers = 8
    /// Records of one server that are looked at: each may cost a signature.
    static let maximumRecords = 16

    /// Asks for the server that we have connected to, or without `target` for all of `domain`: whoever calls us is one of
    /// them, and which one is not known.
    package static func lookUp(
        _ domain: String, of target: ServiceTarget? = nil, with resolver: some Resolver
    ) async throws -> DANEState {
        let targets: ServiceTargets
        do {
            targets = try await ServiceTargets.resolve(domain, with: resolver)
        } catch ServiceTargets.Failure.dns(let error) {
            return .failed("\(error)")
        } catch is ServiceTargets.Failure {
            return .insecure
        }
        if let failure = targets.failure { return .failed("\(failure)") }
        guard targets.isSecure else { return .insecure }
        let places = targets.groups.joined().filter { target?.isSamePlace(as: $0) ?? true }
        guard !places.isEmpty else { return .failed("its records have changed meanwhile") }
        var servers: [Server] = []
        var isComplete = places.count <= maximumServers
        for target in places.prefix(maximumServers) {
            guard IPAddress(target.host) == nil else { continue }
            do {
                let records = try await records(of: target, with: resolver)
                if records.isEmpty {
                    isComplete = false
                } else {
                    servers.append(Server(host: target.host, records: records))
                }
            } catch let error as DNSError {
                return .failed("\(target.host) port \(target.port): \(error)")
            }
        }
        return servers.isEmpty ? .none : .servers(servers, isComplete: isComplete)
    }

    /// The proven records of one server; none where its addresses are not proven (RFC 7673 §3.2).
    private static func records(of target: ServiceTarget, with resolver: some Resolver) async throws -> [DANERecord] {
        let ipv6 = try await resolver.ipv6(target.host)
        let ipv4 = try await resolver.ipv4(target.host)
        guard ipv6.isSecure, ipv4.isSecure else { return [] }
        // The name at the end of aliases first (RFC 7671 §7).
        let names = [ipv6.canonicalName ?? ipv4.canonicalName, target.host].compactMap { $0 }
        for name in names {
            let answer = try await resolver.tlsa("_\(target.port)._tcp.\(name)")
            guard answer.isSecure else { continue }
            let records = answer.records.map {
                DANERecord(usage: $0.usage, selector: $0.selector, matchingType: $0.matchingType, data: $0.data)
            }
            let usable = records.filter(\.isUsable)
            if !usable.isEmpty { return Array(usable.prefix(maximumRecords)) }
        }
        return []
    }
}
