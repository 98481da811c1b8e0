//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import Synchronization
package import XMPPCore

/// A local account with at least one session: who is connected, and a snapshot of its roster. Reached from every loop;
/// the lock guards look-ups and swaps and nothing longer.
package final class Account: Sendable {
    struct State {
        var sessions: [BoundSession] = []
        var roster: Roster
        /// The roster is known to miss nothing that changed while it was read.
        var isRosterSettled = false
        /// Sessions whose resource was taken by a newer one and that have not ended yet.
        var replaced: [BoundSession] = []
        /// What waited in the offline store is being given to a session, or was and is not acknowledged.
        var flush: OfflineFlush?
        /// The number of the last one.
        var flushes: UInt64 = 0
        /// Sessions that are about to be given what waited: nothing new may overtake it.
        var expected: [SessionHandle] = []
        /// New sessions whose clients have not said yet whether they acknowledge what they are sent.
        var unsettled: [SessionHandle] = []
        /// Rows of the offline store that are for one session alone.
        var lent = LentRows()
        /// Sessions that have been given messages which wait until they have caught up, and those that have.
        var waiting: [SessionHandle] = []
        var open: [(session: SessionHandle, flush: UInt64)] = []
        /// What those messages say that they wait for; another one when some have been let go.
        var flushNumber: UInt64 = 1

        /// Those the account wants nothing to do with; nil until it has been read.
        var blockList: BlockList?
        /// Messages that were copied to other sessions lately: the id, and the other side's bare JID.
        var copied: Deque<(id: String, peer: String)> = []

        /// What was known of the account when the profiles' generation was this.
        var profile: (value: AccountProfile, generation: UInt64)?

        /// Left the registry: whoever finds it must look again.
        var isGone = false
    }

    /// The bare JID.
    package let jid: JID
    let state: Mutex<State>

    init(_ jid: JID, roster: Roster) {
        self.jid = jid
        state = Mutex(State(roster: roster))
    }

    package var sessions: [BoundSession] { state.withLock { $0.sessions } }

    package var roster: Roster { state.withLock { $0.roster } }

    package func session(_ resource: String) -> BoundSession? {
        state.withLock { state in state.sessions.first { $0.resource == resource } }
    }

    /// Changes what is known of a session; nil if it is gone.
    @discardableResult
    package func update<R>(_ handle: SessionHandle, _ body: (inout BoundSession) -> sending R) -> sending R? {
        state.withLock { state in
            guard let index = state.sessions.firstIndex(where: { $0.handle == handle }) else { return nil }
            return body(&state.sessions[index])
        }
    }

    /// Hands a stanza to one resource; false if it isn't there. With `inTurn` it is also false while messages that waited
    /// are on their way, which it must not overtake.
    package func deliver(_ stanza: Stanza, toResource resource: String, inTurn: Bool = false) -> Bool {
        let found = state.withLock { state -> SessionHandle? in
            guard let handle = state.handle(ofResource: resource), !inTurn || !state.isCatchingUp(handle) else {
                return nil
            }
            return handle
        }
        guard let handle = found else { return false }
        handle.deliver(stanza)
        return true
    }

    /// Hands a stanza to all available resources whose priority isn't negative; false if there is none.
    ///
    /// With `inTurn` it is also false while messages that waited are on their way, which it must not overtake.
    package func deliverToAvailable(_ stanza: Stanza, inTurn: Bool = false) -> Bool {
        // The usual account has one session: no array is made for it.
        var rest: [SessionHandle] = []
        let first: SessionHandle? = state.withLock { state in
            if inTurn, state.isCatchingUp { return nil }
            var first: SessionHandle?
            for index in state.sessions.indices where state.sessions[index].takesMessages {
                if first == nil {
                    first = state.sessions[index].handle
                } else {
                    rest.append(state.sessions[index].handle)
                }
            }
            return first
        }
        guard let first else { return false }
        first.deliver(stanza)
        for handle in rest { handle.deliver(stanza) }
        return true
    }

    /// Whether a message to the bare JID would reach a session now (RFC 6121 §8.5.2.1).
    package var takesMessages: Bool {
        state.withLock { state in state.sessions.contains(where: \.takesMessages) }
    }

    // MARK: For the registry

    /// Adds a session; not added if the account has just left the registry. Also returns the session that had the
    /// resource, of which `replacing` is told first.
    ///
    /// If something waits for the account, what comes for the session alone waits, too.
    func add(
        _ session: BoundSession, hasOffline: () -> Bool = { false }, _ replacing: (SessionHandle) -> Void
    ) -> (added: Bool, replaced: SessionHandle?) {
        defer { openGates() }
        return state.withLock { state in
            guard !state.isGone else { return (false, nil) }
            var replaced: SessionHandle?
            if let index = state.sessions.firstIndex(where: { $0.resource == session.resource }) {
                replacing(state.sessions[index].handle)
                let old = state.sessions.remove(at: index)
                state.stopOffline(old.handle)
                state.replaced.append(old)
                replaced = old.handle
            }
            state.sessions.append(session)
            if session.isUnsettled { state.unsettled.append(session.handle) }
            // Asked now: whoever stores something after this finds the session.
            if hasOffline() { state.expected.append(session.handle) }
            return (true, replaced)
        }
    }

    /// Removes a session; true if none is left.
    func remove(_ handle: SessionHandle) -> Bool {
        defer { openGates() }
        return state.withLock { state in
            state.sessions.removeAll { $0.handle == handle }
            state.replaced.removeAll { $0.handle == handle }
            state.stopOffline(handle)
            // Those whose resource was taken still have to say that they are gone.
            guard state.sessions.isEmpty, state.replaced.isEmpty else { return false }
            state.isGone = true
            return true
        }
    }
}
