//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore
internal import XMPPServer

/// Who is in which shared group. Accounts named in the configuration are there from the beginning, those of whole hosts
/// as they become known.
final class GroupMembers: Sendable {
    private struct Members {
        /// In the order they joined.
        var accounts: [JID] = []
        var known: Set<JID> = []

        mutating func add(_ account: JID) {
            if known.insert(account).inserted { accounts.append(account) }
        }
    }

    private let labels: [String]
    /// Hosts of each group.
    private let groupHosts: [Set<String>]
    /// Hosts all of whose accounts are in some group.
    let hosts: Set<String>
    private let members: Mutex<[Members]>

    init(_ groups: [AccountGroup]) {
        labels = groups.map(\.label)
        groupHosts = groups.map(\.hosts)
        hosts = groups.reduce(into: []) { $0.formUnion($1.hosts) }
        members = Mutex(
            groups.map { group in
                var members = Members()
                for account in group.accounts { members.add(account) }
                return members
            })
    }

    var isEmpty: Bool { labels.isEmpty }

    /// Takes note of an account of a host.
    func add(_ account: JID) {
        guard !hosts.isEmpty else { return }
        let domain = account.domain
        guard hosts.contains(domain) else { return }
        members.withLock { members in
            for index in members.indices where groupHosts[index].contains(domain) { members[index].add(account) }
        }
    }

    /// What the account's roster gets: everybody of its groups but itself, once, with all the groups they share.
    func items(for account: JID) -> [RosterItem] {
        let domain = account.domain
        // Arrays are shared, not copied, so the lock is held for a moment only.
        let groups = members.withLock { members in
            var groups: [(label: String, accounts: [JID])] = []
            for index in members.indices
            where members[index].known.contains(account) || groupHosts[index].contains(domain) {
                groups.append((labels[index], members[index].accounts))
            }
            return groups
        }
        var order: [JID] = []
        var shared: [JID: [String]] = [:]
        for group in groups {
            for member in group.accounts where member != account {
                if shared[member] == nil { order.append(member) }
                if shared[member]?.contains(group.label) != true { shared[member, default: []].append(group.label) }
            }
        }
        return order.map {
            RosterItem(jid: $0, groups: shared[$0] ?? [], subscription: .both, isShared: true)
        }
    }
}
