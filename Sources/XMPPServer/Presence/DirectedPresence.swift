//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// The addresses that have had a session's presence beside its contacts (RFC 6121 §4.6). Confined to the session's
/// loop.
///
/// A class and not a set passed `inout`: what is sent meanwhile can end the very session it comes from, which then
/// reads this.
package final class DirectedPresence {
    private(set) var addresses: Set<JID> = []

    package init() {}

    /// Takes note of an address; false if that would be more than `limit`.
    func add(_ address: JID, limit: Int) -> Bool {
        guard addresses.count < limit || addresses.contains(address) else { return false }
        addresses.insert(address)
        return true
    }

    func remove(_ address: JID) { addresses.remove(address) }

    /// The addresses that meet a condition, which are forgotten.
    func take(where isTaken: (JID) -> Bool) -> Set<JID> {
        let taken = addresses.filter(isTaken)
        addresses.subtract(taken)
        return taken
    }

    /// All addresses, which are forgotten.
    func take() -> Set<JID> {
        defer { addresses = [] }
        return addresses
    }
}
