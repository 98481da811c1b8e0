//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// An account's contacts, as of one version: the user's own merged with those that the configuration gives him.
package struct Roster: Sendable {
    /// The stored version; changes of the configuration don't move it, see ``versionString``.
    package private(set) var version: Int64
    package private(set) var items: [JID: RosterItem]
    /// What the configuration puts in.
    let shared: SharedContacts
    /// The service's clock when this was read, to tell whether anything changed since.
    let readAt: Int64

    package init(version: Int64, items: [JID: RosterItem]) {
        self.version = version
        self.items = items
        shared = SharedContacts([], account: nil)
        readAt = 0
    }

    /// Merges the user's own items with those of the configuration.
    init(version: Int64, own: [RosterItem], shared: SharedContacts, readAt: Int64) {
        self.version = version
        self.shared = shared
        self.readAt = readAt
        items = shared.items
        items.reserveCapacity(own.count + shared.items.count)
        for item in own { items[item.jid] = shared.merged(item, for: item.jid) }
    }

    package subscript(_ contact: JID) -> RosterItem? { items[contact] }

    /// The version as clients keep it (RFC 6121 §2.6): other when the configuration's contacts are others.
    package var versionString: String { versionString(version) }

    /// The same for a version that was before.
    func versionString(_ version: Int64) -> String {
        shared.digest.isEmpty ? String(version) : "\(version)-\(shared.digest)"
    }

    /// Takes a change of the user's own items; nil = the contact was removed.
    ///
    /// - Returns: the item as it is now.
    mutating func apply(_ own: RosterItem?, contact: JID, version: Int64) -> RosterItem? {
        let merged = shared.merged(own, for: contact)
        items[contact] = merged
        self.version = version
        return merged
    }
}
