//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One side of a subscription: what a roster item says of it, and what it does not show (RFC 6121 Appendix A.1).
struct SubscriptionState: Sendable, Hashable {
    var subscription: Subscription
    /// The user has asked and waits.
    var pendingOut: Bool
    /// The contact has asked and waits.
    var pendingIn: Bool
    /// The user has agreed before being asked (RFC 6121 §3.4).
    var approved: Bool

    init(
        _ subscription: Subscription = .none, pendingOut: Bool = false, pendingIn: Bool = false, approved: Bool = false
    ) {
        self.subscription = subscription
        // Nobody waits for what he has.
        self.pendingOut = pendingOut && !subscription.includesTo
        self.pendingIn = pendingIn && !subscription.includesFrom
        self.approved = approved
    }

    /// The user sees the contact's presence.
    var to: Bool {
        get { subscription.includesTo }
        set { subscription = Subscription(to: newValue, from: subscription.includesFrom) }
    }

    /// The contact sees the user's presence.
    var from: Bool {
        get { subscription.includesFrom }
        set { subscription = Subscription(to: subscription.includesTo, from: newValue) }
    }
}
