//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// Whom a broadcast address reaches.
enum Audience: Equatable {
    /// All accounts of the host.
    case all
    /// Those who are online; nobody hears of it later.
    case online
    case group(AudienceGroup)
}

/// Groups of one name, together.
struct AudienceGroup: Sendable, Equatable {
    /// As it was written first.
    var name: String
    /// In the order of the configuration, each once.
    var accounts: [JID] = []
    /// Hosts all of whose accounts belong to it.
    var hosts: Set<String> = []
}

/// The broadcast addresses by their local parts.
struct AudienceList: Sendable {
    static let all = "all"
    static let online = "online"

    let domain: JID
    private let groups: [String: AudienceGroup]
    /// Local parts in the order of the configuration.
    private let order: [String]

    /// Groups whose names are no local parts even when escaped (XEP-0106) have no address.
    init(domain: JID, groups: [AccountGroup]) {
        self.domain = domain
        var byName: [String: AudienceGroup] = [:]
        var known: [String: Set<JID>] = [:]
        var order: [String] = []
        for group in groups {
            let escaped = JID.escapedLocal(group.name.lowercased())
            guard let local = (try? JID(local: escaped, domain: domain.domain))?.local, local != Self.all,
                local != Self.online
            else { continue }
            if byName[local] == nil { order.append(local) }
            var merged = byName[local] ?? AudienceGroup(name: group.name)
            merged.hosts.formUnion(group.hosts)
            for account in group.accounts where known[local, default: []].insert(account).inserted {
                merged.accounts.append(account)
            }
            byName[local] = merged
        }
        self.groups = byName
        self.order = order
    }

    /// Nil for a name that is nobody's.
    subscript(local: String) -> Audience? {
        switch local {
        case Self.all: .all
        case Self.online: .online
        default: groups[local].map { .group($0) }
        }
    }

    /// All addresses with names for people.
    var addresses: [(jid: JID, name: String)] {
        ([(Self.all, "Everybody"), (Self.online, "Everybody online")] + order.map { ($0, groups[$0]?.name ?? $0) })
            .compactMap { local, name in
                (try? JID(local: local, domain: domain.domain)).map { (jid: $0, name: name) }
            }
    }
}
