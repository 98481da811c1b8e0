//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
package import XMPPCore

extension Account {
    /// Hands a stanza to all available resources, whatever their priority; false if there is none.
    @discardableResult
    package func deliverPresence(_ stanza: Stanza) -> Bool {
        // The usual account has one session: no array is made for it.
        var rest: [SessionHandle] = []
        let first: SessionHandle? = state.withLock { state in
            var first: SessionHandle?
            for session in state.sessions where session.isAvailable {
                if first == nil { first = session.handle } else { rest.append(session.handle) }
            }
            return first
        }
        guard let first else { return false }
        first.deliver(stanza)
        for handle in rest { handle.deliver(stanza) }
        return true
    }

    /// Hands a stanza to all resources that asked for the roster (RFC 6121 §2.2).
    func deliverToInterested(_ stanza: Stanza) {
        for handle in interested { handle.deliver(stanza) }
    }

    /// The resources that asked for the roster.
    var interested: [SessionHandle] {
        state.withLock { state in state.sessions.filter(\.isInterested).map(\.handle) }
    }

    package var availableSessions: [BoundSession] {
        state.withLock { state in state.sessions.filter(\.isAvailable) }
    }

    package var isAvailable: Bool {
        state.withLock { state in state.sessions.contains(where: \.isAvailable) }
    }

    /// Whether this account may see the contact's presence.
    package func sees(_ contact: JID) -> Bool {
        state.withLock { $0.roster[contact]?.subscription.includesTo ?? false }
    }

    /// Whether the contact may see this account's presence.
    package func isSeen(by contact: JID) -> Bool {
        state.withLock { $0.roster[contact]?.subscription.includesFrom ?? false }
    }

    /// Takes what is known of a session that has ended, or whose resource has been taken; nil if others have taken it.
    func takeEnded(_ handle: SessionHandle) -> BoundSession? {
        state.withLock { state in
            if let session = state.sessions.first(where: { $0.handle == handle }) { return session }
            guard let index = state.replaced.firstIndex(where: { $0.handle == handle }) else { return nil }
            let session = state.replaced.remove(at: index)
            // Those who saw it now see its successor.
            let isSucceeded = state.sessions.contains { $0.resource == session.resource && $0.isAvailable }
            return isSucceeded ? nil : session
        }
    }

    /// Forgets a session that had the same resource: the presence of its successor takes its place everywhere.
    func forgetReplaced(_ resource: String) {
        state.withLock { $0.replaced.removeAll { $0.resource == resource } }
    }
}
