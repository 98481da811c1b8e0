//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A contact in a user's roster, with the state of RFC 6121 Appendix A.
package struct RosterItem: Sendable, Equatable {
    package var jid: JID
    package var name: String?
    package var groups: [String]
    package var subscription: Subscription
    /// "Pending Out": the user asked and waits.
    package var ask: Bool
    /// Pre-approved (RFC 6121 §3.4).
    package var approved: Bool
    /// "Pending In": the contact asked and waits; such an item alone is not shown to the user.
    package var pendingIn: Bool
    /// Comes from the configuration, not from the user.
    package var isShared: Bool
    /// The user has had it in his roster, if only without a name.
    package var isListed: Bool

    package init(
        jid: JID, name: String? = nil, groups: [String] = [], subscription: Subscription = .none, ask: Bool = false,
        approved: Bool = false, pendingIn: Bool = false, isShared: Bool = false, isListed: Bool = false
    ) {
        self.jid = jid
        self.name = name
        self.groups = groups
        self.subscription = subscription
        self.ask = ask
        self.approved = approved
        self.pendingIn = pendingIn
        self.isShared = isShared
        self.isListed = isListed
    }

    /// Whether the user's clients are told of it: who has only asked is not part of the roster yet (RFC 6121 §A.1,
    /// "None + Pending In").
    package var isVisible: Bool {
        isShared || isListed || subscription != .none || ask || approved || name != nil || !groups.isEmpty
    }
}
