//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How things stand with other servers, for operators.
package struct FederationReport: Sendable, Equatable {
    /// What is known of the way to one domain.
    package struct Way: Sendable, Equatable {
        package let pair: DomainPair
        package let state: FederationState
        /// Stanzas that wait in memory, and those on their way of which it is not known whether they have arrived.
        package let waiting: Int
        package let unacknowledged: Int
        /// Why the last attempt failed, until one succeeds.
        package let failure: String?
        /// When it will be tried again, in milliseconds since 1970.
        package let retriesAt: Int64?
    }

    /// What lies on disk for one domain, whoever sent it.
    package struct Stored: Sendable, Equatable {
        package let domain: String
        package let stanzas: Int
        package let bytes: Int
    }

    /// In the order of their names.
    package var ways: [Way]
    /// Streams that others have made and proven, by domain in the order of their names.
    package var incoming: [(domain: String, streams: Int)]
    /// Those for whom most is stored first; no more than ``maximumStored``.
    package var stored: [Stored]
    package var storedInAll: Stored

    /// Domains of the outbox that are told of.
    package static let maximumStored = 1000

    package static func == (one: FederationReport, other: FederationReport) -> Bool {
        one.ways == other.ways && one.stored == other.stored && one.storedInAll == other.storedInAll
            && one.incoming.elementsEqual(other.incoming, by: ==)
    }
}

/// What a way to another domain is doing.
package enum FederationState: String, Sendable, CaseIterable {
    /// Nothing is to be sent.
    case idle
    case connecting
    case connected
    /// It could not be reached, and is tried again later.
    case unreachable
}

extension FederationReport {
    /// For people, in lines.
    package var text: String {
        var lines: [String] = []
        for way in ways {
            var line = "\(way.pair.remote)  \(way.state.rawValue)  from \(way.pair.local)"
            if way.waiting > 0 { line += ", \(way.waiting) waiting" }
            if way.unacknowledged > 0 { line += ", \(way.unacknowledged) on their way" }
            lines.append(line)
            if let failure = way.failure { lines.append("    \(failure)") }
        }
        for (domain, streams) in incoming {
            lines.append("\(domain)  \(streams == 1 ? "1 stream" : "\(streams) streams") to us")
        }
        for entry in stored { lines.append("\(entry.domain)  \(entry.stanzas) on disk, \(entry.bytes) bytes") }
        lines.append("In all \(storedInAll.stanzas) stanzas on disk, \(storedInAll.bytes) bytes")
        return lines.joined(separator: "\n")
    }
}
