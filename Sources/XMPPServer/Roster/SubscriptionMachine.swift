//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// What becomes of a subscription when its four stanzas pass: RFC 6121 §3 and the tables of Appendix A.
enum SubscriptionMachine {
    /// What the user's server does with a stanza the user sends.
    struct Outbound: Sendable, Equatable {
        /// Goes on to the contact.
        var routes: Bool
        var state: SubscriptionState
    }

    /// What the user's server does with a stanza the contact sends.
    struct Inbound: Sendable, Equatable {
        /// The user is told.
        var delivers: Bool
        var state: SubscriptionState
        /// The server itself answers `subscribed`.
        var approves = false
    }

    /// RFC 6121 §A.2.1–§A.2.4. Other types change nothing.
    static func outbound(_ type: StanzaType, _ state: SubscriptionState) -> Outbound {
        var new = state
        switch type {
        case .subscribe:
            new.pendingOut = !state.to
            return Outbound(routes: true, state: new)
        case .unsubscribe:
            new.to = false
            new.pendingOut = false
            return Outbound(routes: true, state: new)
        case .subscribed:
            if state.pendingIn {
                new.pendingIn = false
                new.from = true
                return Outbound(routes: true, state: new)
            }
            // §3.4.2: without a request it is an approval in advance, unless the contact is subscribed anyway.
            if !state.from { new.approved = true }
            return Outbound(routes: false, state: new)
        case .unsubscribed:
            new.from = false
            new.pendingIn = false
            new.approved = false
            return Outbound(routes: state.from || state.pendingIn, state: new)
        default:
            return Outbound(routes: false, state: state)
        }
    }

    /// RFC 6121 §A.3.1–§A.3.4. Other types change nothing.
    static func inbound(_ type: StanzaType, _ state: SubscriptionState) -> Inbound {
        var new = state
        switch type {
        case .subscribe:
            if state.from { return Inbound(delivers: false, state: state, approves: true) }
            if state.approved {
                new.from = true
                new.pendingIn = false
                return Inbound(delivers: false, state: new, approves: true)
            }
            new.pendingIn = true
        case .unsubscribe:
            new.from = false
            new.pendingIn = false
        case .subscribed:
            if state.pendingOut {
                new.pendingOut = false
                new.to = true
            }
        case .unsubscribed:
            new.to = false
            new.pendingOut = false
        default:
            break
        }
        // In all four tables the user is told exactly of what changes something.
        return Inbound(delivers: new != state, state: new)
    }
}
