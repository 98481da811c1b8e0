//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore

extension Account.State {
    /// The session is no longer given what waited.
    mutating func stopOffline(_ handle: SessionHandle) {
        if offlineExpected == handle.id { offlineExpected = nil }
        if offlineReceiver == handle.id {
            offlineReceiver = nil
            hasMoreOffline = false
        }
        if offlineReceiver == nil, offlineExpected == nil { flushIsOver() }
    }

    /// Those whose messages wait for it go on.
    mutating func flushIsOver() {
        guard !waiting.isEmpty else { return }
        for session in waiting { open.append((session, flush)) }
        waiting = []
        flush += 1
    }

    /// Notes that a session is given something that waits until the flush is over.
    mutating func awaitFlush(_ handle: SessionHandle) -> UInt64 {
        if !waiting.contains(handle) { waiting.append(handle) }
        return flush
    }
}

extension Account {
    /// Tells sessions that what they wait for is over.
    func openGates() {
        let open = state.withLock { state in
            defer { if !state.open.isEmpty { state.open = [] } }
            return state.open
        }
        for (session, flush) in open { session.link.performLater { $0.open(flush) } }
    }

    /// The session is about to take messages: until it has been given what waited, new ones go behind that.
    func expectOffline(_ handle: SessionHandle) {
        state.withLock { $0.offlineExpected = handle.id }
    }

    /// Chooses the session that is given what waited: of those that take messages the one with the highest priority.
    /// Nil if there is none or one is being served, which then looks again.
    func beginOffline() -> SessionHandle? {
        defer { openGates() }
        return state.withLock { state in
            state.offlineExpected = nil
            guard state.offlineReceiver == nil else {
                state.hasMoreOffline = true
                return nil
            }
            let takers = state.sessions.filter { $0.isAvailable && $0.priority >= 0 }
            guard let best = takers.max(by: { $0.priority < $1.priority }) else {
                state.flushIsOver()
                return nil
            }
            state.offlineReceiver = best.handle.id
            state.hasMoreOffline = false
            return best.handle
        }
    }

    /// Nothing waits any more as far as the session's last look went; false if it has to look again.
    func endOffline(_ handle: SessionHandle) -> Bool {
        defer { openGates() }
        return state.withLock { state in
            guard state.offlineReceiver == handle.id else { return true }
            if state.hasMoreOffline {
                state.hasMoreOffline = false
                return false
            }
            state.offlineReceiver = nil
            state.flushIsOver()
            return true
        }
    }

    /// Whether the session is being given what waited.
    func isReceivingOffline(_ handle: SessionHandle) -> Bool {
        state.withLock { $0.offlineReceiver == handle.id }
    }

    /// Gives up after a failure; the next occasion tries again.
    func abortOffline(_ handle: SessionHandle) {
        state.withLock { $0.stopOffline(handle) }
        openGates()
    }
}
