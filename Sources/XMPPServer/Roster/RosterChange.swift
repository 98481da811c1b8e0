//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

/// A committed change of one contact in one roster, to be told to those who are online.
struct RosterChange: Sendable {
    let account: JID
    let contact: JID
    let version: Int64
    /// The user's own item; nil if it was removed.
    let item: RosterItem?
    /// The change is one that clients see.
    let isPushed: Bool
    /// The subscription stanza behind it, which the user is told before the push (RFC 6121 §3.1.6).
    let stanza: Stanza?
}

extension RosterItem {
    /// A stored item. An empty name says that there is none but that the user has had the contact in his roster.
    init(_ stored: StoredRosterItem, jid: JID) {
        self.init(
            jid: jid, name: stored.name.flatMap { $0.isEmpty ? nil : $0 }, groups: stored.groups,
            subscription: Subscription(rawValue: stored.subscription.rawValue) ?? .none, ask: stored.ask,
            approved: stored.approved, pendingIn: stored.pendingIn, isListed: stored.name != nil)
    }

    /// As clients see it.
    package var element: XMLElement {
        XMPPPayloads.RosterItem(
            jid, name: name, groups: groups, subscription: .init(rawValue: subscription.rawValue),
            isAsking: ask, isApproved: approved
        ).element
    }
}

/// The same name means the stored form inside of the stored item.
private typealias RosterSubscription = Subscription

extension StoredRosterItem {
    var state: SubscriptionState {
        get {
            SubscriptionState(
                RosterSubscription(rawValue: subscription.rawValue) ?? .none, pendingOut: ask,
                pendingIn: pendingIn, approved: approved)
        }
        set {
            subscription = Subscription(rawValue: newValue.subscription.rawValue) ?? .none
            ask = newValue.pendingOut
            pendingIn = newValue.pendingIn
            approved = newValue.approved
        }
    }
}
