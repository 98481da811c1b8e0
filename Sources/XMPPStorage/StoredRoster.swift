//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// An account's roster at one version.
package struct StoredRoster: Sendable, Equatable {
    /// 0 for a roster nobody has ever written.
    package var version: Int64
    /// In the order of the contacts' JIDs. Also holds items a client must not see: those that only carry `pendingIn` or
    /// `approved` (RFC 6121 §3.1.3, §3.4).
    package var items: [StoredRosterItem]
    /// Whether stanzas wait in the account's offline store; known where the roster is read for a new session.
    package var hasOffline = false

    package init(version: Int64, items: [StoredRosterItem]) {
        self.version = version
        self.items = items
    }
}

/// One contact in a roster, with the subscription's whole state (RFC 6121 Appendix A).
package struct StoredRosterItem: Sendable, Equatable {
    /// The states a client sees (RFC 6121 §2.1.2.5). Stored under their RFC names.
    package enum Subscription: String, Sendable, CaseIterable {
        case none
        case to
        case from
        case both
    }

    /// Bare JID.
    package var contact: String
    package var name: String?
    package var groups: [String]
    package var subscription: Subscription
    /// Pending out: we have asked and wait (`ask='subscribe'`).
    package var ask: Bool
    /// Approved in advance (RFC 6121 §3.4).
    package var approved: Bool
    /// Pending in: the contact has asked and waits for the user.
    package var pendingIn: Bool
    /// The presence stanza with which the contact asked, serialised, to be delivered again until it is answered
    /// (RFC 6121 §3.1.3).
    package var subscribeStanza: String?

    package init(
        contact: String, name: String? = nil, groups: [String] = [], subscription: Subscription = .none,
        ask: Bool = false, approved: Bool = false, pendingIn: Bool = false, subscribeStanza: String? = nil
    ) {
        self.contact = contact
        self.name = name
        self.groups = groups
        self.subscription = subscription
        self.ask = ask
        self.approved = approved
        self.pendingIn = pendingIn
        self.subscribeStanza = subscribeStanza
    }

    init(row: Row) throws {
        let subscription: String = try row.value("subscription")
        guard let known = Subscription(rawValue: subscription) else {
            throw StorageError.corrupt("unknown subscription in a roster")
        }
        self.subscription = known
        contact = try row.value("contact")
        name = try row.optional("name")
        groups = try Self.groups(from: row.value("groups"))
        ask = try row.value("ask")
        approved = try row.value("approved")
        pendingIn = try row.value("pending_in")
        subscribeStanza = try row.optional("subscribe_stanza")
    }

    /// The groups as a JSON array, in their order.
    func encodedGroups() throws -> String {
        if groups.isEmpty { return "[]" }
        return String(decoding: try JSONEncoder().encode(groups), as: UTF8.self)
    }

    private static func groups(from json: String) throws -> [String] {
        if json == "[]" { return [] }
        do {
            return try JSONDecoder().decode([String].self, from: Data(json.utf8))
        } catch {
            throw StorageError.corrupt("the groups of a roster item are no JSON array")
        }
    }
}

/// One change of one account's roster.
package struct RosterMutation: Sendable, Equatable {
    package enum Change: Sendable, Equatable {
        /// The item as it is from now on, new or replacing the contact's earlier one.
        case put(StoredRosterItem)
        /// The contact leaves the roster.
        case remove(contact: String)
    }

    /// Bare JID of the roster's owner.
    package var account: String
    package var change: Change

    package init(account: String, _ change: Change) {
        self.account = account
        self.change = change
    }
}

/// What has happened to a roster since the version a client knows (RFC 6121 §2.6).
package enum RosterChanges: Sendable, Equatable {
    /// Differences lead to `version`; none if the client is up to date. Oldest first, each contact at most once.
    case differences(version: Int64, [RosterDifference])
    /// The version is unknown here or too old: the client needs everything.
    case whole(StoredRoster)
}

/// One contact's latest change.
package struct RosterDifference: Sendable, Equatable {
    /// The roster's version with this change.
    package var version: Int64
    package var change: RosterMutation.Change

    package init(version: Int64, change: RosterMutation.Change) {
        self.version = version
        self.change = change
    }
}
