//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Types of records that we ask for (IANA registry); class IN only.
package enum DNSType: UInt16, Sendable, Hashable, CaseIterable {
    case ipv4 = 1
    case ipv6 = 28
    /// RFC 2782.
    case service = 33
    /// RFC 6698.
    case tlsa = 52

    /// The name of the type in zone files.
    package var name: String {
        switch self {
        case .ipv4: "A"
        case .ipv6: "AAAA"
        case .service: "SRV"
        case .tlsa: "TLSA"
        }
    }
}
