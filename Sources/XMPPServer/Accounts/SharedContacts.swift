//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// The contacts an account has by configuration: subscription both, whatever anybody asks for.
struct SharedContacts: Sendable {
    let items: [JID: RosterItem]
    /// Tells one set of contacts from another; "" for none.
    let digest: String

    /// Takes what the features contribute: a contact that comes more than once is one contact in several groups.
    /// Without `isDigested` there is no digest: nobody is told a version.
    init(_ contributed: [RosterItem], account: JID?, isDigested: Bool = true) {
        var items: [JID: RosterItem] = [:]
        for var item in contributed where item.jid != account {
            if let known = items[item.jid] {
                item.name = known.name ?? item.name
                item.groups = known.groups + item.groups.filter { !known.groups.contains($0) }
            }
            item.subscription = .both
            item.isShared = true
            item.ask = false
            item.pendingIn = false
            items[item.jid] = item
        }
        self.items = items
        digest = items.isEmpty || !isDigested ? "" : Self.digest(items)
    }

    /// The user's own item, if there is one, as it is beside the configuration's.
    func merged(_ own: RosterItem?, for contact: JID) -> RosterItem? {
        guard var item = items[contact] else { return own }
        guard let own else { return item }
        item.name = own.name ?? item.name
        item.groups += own.groups.filter { !item.groups.contains($0) }
        item.approved = own.approved
        return item
    }

    /// What of a name and groups is the user's own: the rest would outlive the configuration.
    func ownPart(name: String?, groups: [String], of contact: JID) -> (name: String?, groups: [String]) {
        guard let shared = items[contact] else { return (name, groups) }
        return (name == shared.name ? nil : name, groups.filter { !shared.groups.contains($0) })
    }

    /// FNV-1a of what clients see of each item, added up: the order is of no account. Not against anybody, only against
    /// coincidence.
    private static func digest(_ items: [JID: RosterItem]) -> String {
        var sum: UInt64 = 0
        for item in items.values {
            var hash: UInt64 = 0xcbf2_9ce4_8422_2325
            func add(_ text: String) {
                for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
                // No byte of UTF-8, so that neighbouring texts stay apart.
                hash = (hash ^ 0xff) &* 0x100_0000_01b3
            }
            add(item.jid.bareString)
            add(item.name ?? "")
            for group in item.groups { add(group) }
            sum &+= hash
        }
        return String(sum, radix: 16)
    }
}
