//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// The addresses an account wants nothing to do with (XEP-0191).
package struct BlockList: Sendable, Equatable {
    /// As they were given: full, bare, a resource of a domain, or a whole domain.
    package private(set) var addresses: Set<JID>

    package init(_ addresses: some Sequence<JID> = []) {
        self.addresses = Set(addresses)
    }

    package var isEmpty: Bool { addresses.isEmpty }

    /// Whether an entry covers the address (XEP-0191 §5): itself, its account, its server's resource or its domain.
    package func blocks(_ address: JID) -> Bool {
        // Most accounts block nobody.
        guard !addresses.isEmpty else { return false }
        return addresses.contains(address) || addresses.contains(address.bare) || addresses.contains(address.domainJID)
    }

    package mutating func insert(_ address: JID) { addresses.insert(address) }

    package mutating func remove(_ address: JID) { addresses.remove(address) }

    package mutating func removeAll() { addresses.removeAll() }
}
