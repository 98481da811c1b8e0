//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPCore

extension Account.State {
    /// What waited is on its way to this session: new messages go behind it.
    func isCatchingUp(_ handle: SessionHandle) -> Bool {
        if let flush, flush.isUnderWay, flush.receiver == handle { return true }
        return expected.contains(handle) || unsettled.contains(handle)
    }

    /// What waited is on its way, and no other session takes messages: a phone that does not answer must not hold them
    /// back from the desk. New messages go by way of the store.
    var isCatchingUp: Bool {
        guard mayCatchUp else { return false }
        return sessions.allSatisfy { !$0.takesMessages || isCatchingUp($0.handle) }
    }

    /// Whether any session can be catching up.
    var mayCatchUp: Bool { !expected.isEmpty || !unsettled.isEmpty || flush?.isUnderWay == true }

    /// The session is no longer given what waited.
    mutating func stopOffline(_ handle: SessionHandle) {
        expected.removeAll { $0 == handle }
        unsettled.removeAll { $0 == handle }
        lent.end(handle)
        if flush?.receiver == handle { flush = nil }
        openDue()
    }

    /// Of those that take messages the one with the highest priority, and of those the one that has taken them longest:
    /// the others have had newer ones.
    fileprivate var bestTaker: SessionHandle? {
        var best: Int?
        for index in sessions.indices where sessions[index].takesMessages {
            guard let other = best else {
                best = index
                continue
            }
            let (new, old) = (sessions[index].priority, sessions[other].priority)
            if new > old || new == old && sessions[index].takesSince < sessions[other].takesSince { best = index }
        }
        return best.map { sessions[$0].handle }
    }

    /// Whoever takes messages has his turn now, or needs none.
    fileprivate mutating func expectOnlyYoung() {
        guard !expected.isEmpty else { return }
        for index in sessions.indices where sessions[index].takesMessages { sessions[index].isYoung = false }
        let sessions = sessions
        expected.removeAll { handle in !sessions.contains { $0.handle == handle && $0.isYoung } }
    }

    /// Those go on whose messages wait for nothing any more.
    mutating func openDue() {
        guard !waiting.isEmpty else { return }
        let due = waiting.filter { !isCatchingUp($0) }
        guard !due.isEmpty else { return }
        waiting.removeAll { due.contains($0) }
        for session in due { open.append((session, flushNumber)) }
        flushNumber += 1
    }

    /// Notes that a session is given something that waits until it has caught up.
    mutating func awaitFlush(_ handle: SessionHandle) -> UInt64 {
        if !waiting.contains(handle) { waiting.append(handle) }
        return flushNumber
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

    /// Changes how the account's sessions stand with what waited, then tells those who may go on.
    func changeOffline<R: Sendable>(_ body: (inout State) -> R) -> R {
        let result = state.withLock { state in
            defer { state.openDue() }
            return body(&state)
        }
        openGates()
        return result
    }

    /// The session is about to take messages: until it has been given what waited, new ones go behind that.
    func expectOffline(_ handle: SessionHandle) {
        state.withLock { state in
            if !state.expected.contains(handle) { state.expected.append(handle) }
        }
    }

    /// The flush that has just begun goes before what its receiver missed while the server was dead; the number of that
    /// flush, or nil if the receiver has missed nothing.
    func flushBeforeMissed(_ reading: OfflineReading) -> UInt64? {
        state.withLock { state in
            guard state.flush?.id == reading.flush,
                state.sessions.contains(where: { $0.handle == reading.session && $0.hasOutlivedServer })
            else { return nil }
            return state.awaitFlush(reading.session)
        }
    }

    /// What the session has in its queue goes behind what waits, which is about to be given to it; the number of that flush.
    func awaitOffline(_ handle: SessionHandle) -> UInt64 {
        state.withLock { state in
            if !state.expected.contains(handle) { state.expected.append(handle) }
            return state.awaitFlush(handle)
        }
    }

    /// Something has come to the offline store. A session that has not said yet whether it takes messages may be given
    /// that: what is for it alone does not overtake it.
    func noteOfflineRow() {
        state.withLock { state in
            for session in state.sessions
            where session.isYoung && !session.isAvailable && !state.expected.contains(session.handle) {
                state.expected.append(session.handle)
            }
        }
    }

    /// The session has said for a while nothing of taking messages: what is for it alone waits no longer.
    func stopExpectingOffline(_ handle: SessionHandle) {
        changeOffline { state in
            if let index = state.sessions.firstIndex(where: { $0.handle == handle }) {
                state.sessions[index].isYoung = false
                state.sessions[index].emptySince = nil
            }
            state.expected.removeAll { $0 == handle }
        }
    }

    /// Begins to give what waited to a session, of those that take messages the one with the highest priority, or goes on
    /// with that. Nil if there is none, or if it is done anyway.
    func beginOffline() -> OfflineReading? {
        changeOffline { state in
            state.expectOnlyYoung()
            if let flush = state.flush {
                guard state.flush?.readOn() == true else { return nil }
                return OfflineReading(flush: flush.id, session: flush.receiver)
            }
            guard let best = state.bestTaker else { return nil }
            state.flushes += 1
            state.flush = OfflineFlush(id: state.flushes, receiver: best)
            return OfflineReading(flush: state.flushes, session: best, isNew: true)
        }
    }

    /// The newest row of the offline store when nothing waited, if the session has seen that; told once.
    func takeEmptySince(_ handle: SessionHandle) -> Int64? {
        state.withLock { state in
            guard let index = state.sessions.firstIndex(where: { $0.handle == handle }) else { return nil }
            defer { state.sessions[index].emptySince = nil }
            return state.sessions[index].emptySince
        }
    }

    /// Who is given what waits, if nobody is yet.
    var offlineReceiver: SessionHandle? { state.withLock { $0.bestTaker } }

    /// Nothing waits any more as far as the last look went; false if it has to be looked again.
    func endOffline(_ reading: OfflineReading) -> Bool {
        changeOffline { state in
            guard state.flush?.id == reading.flush else { return true }
            guard state.flush?.cameToEnd() == true else { return false }
            if state.flush?.isDone == true { state.flush = nil }
            return true
        }
    }

    /// What the session may be handed now; nil if it is over.
    func offlineRoom(_ reading: OfflineReading) -> OfflineRoom? {
        state.withLock { state in
            guard let flush = state.flush, flush.id == reading.flush else { return nil }
            var room = flush.room
            room.handed.formUnion(state.lent.rows)
            return room
        }
    }

    /// There is more, and the session has to acknowledge what it has been handed; false if it just has.
    func pauseOffline(_ reading: OfflineReading) -> Bool {
        state.withLock { state in
            guard state.flush?.id == reading.flush else { return true }
            return state.flush?.pause() ?? true
        }
    }

    /// Notes what the session is being handed, without what another has been lent since; false if it is over.
    func noteOffline(_ part: inout OfflinePart, _ reading: OfflineReading) -> Bool {
        state.withLock { state in
            guard state.flush?.id == reading.flush else { return false }
            let lent = state.lent.rows
            if !lent.isEmpty { part.rows.removeAll { lent.contains($0) } }
            state.flush?.handOver(part)
            return true
        }
    }

    /// The session has had a part, and the store has it no longer; true if the store is to be read now.
    func removedOffline(_ part: OfflinePart, _ reading: OfflineReading) -> Bool {
        changeOffline { state in
            guard state.flush?.id == reading.flush else { return false }
            let isDue = state.flush?.remove(part) ?? false
            if state.flush?.isDone == true { state.flush = nil }
            return isDue
        }
    }

    /// The session is there and acknowledges nothing: new messages wait no longer until it does.
    func stallOffline(_ handle: SessionHandle) {
        changeOffline { state in
            if state.flush?.receiver == handle { _ = state.flush?.stall() }
        }
    }

    /// Whether the session is being given what waited, or has not acknowledged all of it.
    func isReceivingOffline(_ handle: SessionHandle) -> Bool {
        state.withLock { $0.flush?.receiver == handle || $0.lent.areWith(handle) }
    }

    /// Whether the session has been handed something of what waited, and has not acknowledged all of it.
    func hasBeenHandedOffline(_ handle: SessionHandle) -> Bool {
        state.withLock { state in
            state.flush.map { $0.receiver == handle && !$0.handed.isEmpty } == true || state.lent.areWith(handle)
        }
    }

    func isReceivingOffline(_ reading: OfflineReading) -> Bool {
        state.withLock { $0.flush?.id == reading.flush }
    }

    /// Gives up after a failure; the next occasion tries again.
    func abortOffline(_ reading: OfflineReading) {
        changeOffline { state in
            if state.flush?.id == reading.flush { state.flush = nil }
        }
    }
}
