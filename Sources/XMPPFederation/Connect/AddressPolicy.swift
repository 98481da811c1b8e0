//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
package import XMPPDNS

/// To which addresses we connect for a domain that somebody named. The names in its records are a stranger's: without a
/// policy he could make us speak with services of this machine, or with ourselves.
package struct AddressPolicy: Sendable, Equatable {
    /// Loopback and link-local addresses too, and others of this machine.
    package var allowsLocal: Bool
    /// Addresses of private networks (RFC 1918, RFC 4193, RFC 6598).
    package var allowsPrivate: Bool
    /// The addresses of this machine, with ``ownPorts`` the places where we would reach ourselves.
    package var ownAddresses: Set<IPAddress>
    /// Ports on which this server takes streams of servers.
    package var ownPorts: Set<Int>

    package init(
        allowsLocal: Bool = false, allowsPrivate: Bool = true, ownAddresses: Set<IPAddress> = [],
        ownPorts: Set<Int> = []
    ) {
        self.allowsLocal = allowsLocal
        self.allowsPrivate = allowsPrivate
        self.ownAddresses = ownAddresses
        self.ownPorts = ownPorts
    }

    /// The addresses of this machine's interfaces.
    package static func addressesOfThisMachine() -> Set<IPAddress> {
        let devices = (try? System.enumerateDevices()) ?? []
        return Set(devices.compactMap { $0.address.flatMap { IPAddress($0)?.unmapped } })
    }

    /// Why we do not connect there; nil if we do.
    package func refusal(of address: IPAddress, port: Int) -> String? {
        let address = address.unmapped
        switch address.scope {
        case .unspecified: return "an address that means none"
        case .multicast: return "an address of many machines"
        case .reserved: return "an address that is not in use"
        case .loopback where !allowsLocal: return "an address of this machine"
        case .linkLocal where !allowsLocal: return "an address of the local link"
        case .private where !allowsPrivate: return "an address of a private network"
        default: break
        }
        guard ownAddresses.contains(address) || address.scope == .loopback else { return nil }
        if ownPorts.contains(port) { return "this server itself" }
        // Its other services listen there just as on loopback.
        return allowsLocal ? nil : "an address of this machine"
    }
}
