//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The state of a subscription (RFC 6121 §2.1.2.5).
package enum Subscription: String, Sendable, CaseIterable {
    case none
    /// The user sees the contact's presence.
    case to
    /// The contact sees the user's presence.
    case from
    case both

    /// The user sees the contact's presence.
    package var includesTo: Bool { self == .to || self == .both }
    /// The contact sees the user's presence.
    package var includesFrom: Bool { self == .from || self == .both }

    package init(to: Bool, from: Bool) {
        self = to ? (from ? .both : .to) : (from ? .from : .none)
    }
}
