//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
internal import XMPPStorage

/// A message that several sessions of an account have been given. It needs another way only if none of them has had it
/// when the last one dies.
final class SharedDelivery: Sendable {
    private struct State {
        var holders: Int
        var isTaken = false
    }

    /// Numbers go on from run to run: they stand in the store until their sessions have been resumed.
    private static let last = Atomic<Int64>(ArchiveClock.system())

    private let number: Int64
    private let state: Mutex<State>
    /// Set if those sessions are counted elsewhere.
    private let missed: MissedDelivery?

    init(holders: Int) {
        number = Self.last.wrappingAdd(1, ordering: .relaxed).newValue
        state = Mutex(State(holders: holders))
        missed = nil
    }

    /// One of an earlier run keeps its number: not all who were given the message need to be listed in memory.
    init(restored mark: Int64) {
        number = mark
        // Also if the clock goes back.
        Self.last.max(mark, ordering: .relaxed)
        state = Mutex(State(holders: 1))
        missed = nil
    }

    init(_ missed: MissedDelivery) {
        number = missed.mark
        state = Mutex(State(holders: 1))
        self.missed = missed
    }

    /// A delivery that a session has had.
    static var taken: SharedDelivery {
        let taken = SharedDelivery(holders: 1)
        taken.take()
        return taken
    }

    /// What the store keeps of it: the same for all who were given the message, 0 once one of them has had it.
    var mark: Int64 { state.withLock { $0.isTaken ? 0 : number } }

    var isTaken: Bool { state.withLock { $0.isTaken } }

    /// One more session has been given it.
    func join() { state.withLock { $0.holders += 1 } }

    /// A session has had it.
    func take() { state.withLock { $0.isTaken = true } }

    /// A session has died without having had it. True if it was the last one, and none has.
    func release() -> Bool {
        state.withLock { state in
            state.holders -= 1
            return state.holders == 0 && !state.isTaken && missed?.isLast != false
        }
    }
}
