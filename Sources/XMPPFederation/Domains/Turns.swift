//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import Synchronization

/// Lets so many go on at a time; whoever comes later waits for his turn, in order.
final class Turns: Sendable {
    /// More wait already than may.
    struct TooMany: Error {}

    private struct State {
        var free: Int
        var lastID: UInt64 = 0
        var waiting: Deque<(id: UInt64, continuation: CheckedContinuation<Bool, Never>)> = []
        /// Cancelled before they waited.
        var withdrawn: Set<UInt64> = []
    }

    private let maximumWaiting: Int
    private let state: Mutex<State>

    init(_ maximum: Int, waiting maximumWaiting: Int) {
        self.maximumWaiting = maximumWaiting
        state = Mutex(State(free: maximum))
    }

    /// Waits for a turn, which lasts until it is given back.
    ///
    /// - Throws: ``TooMany``, or `CancellationError`.
    func take() async throws -> Turn {
        let id = state.withLock { state in
            state.lastID += 1
            return state.lastID
        }
        let isMine = await withTaskCancellationHandler {
            await withCheckedContinuation { wait(id, $0) }
        } onCancel: {
            withdraw(id)
        }
        state.withLock { _ = $0.withdrawn.remove(id) }
        guard isMine else {
            try Task.checkCancellation()
            throw TooMany()
        }
        return Turn(self)
    }

    private func wait(_ id: UInt64, _ continuation: CheckedContinuation<Bool, Never>) {
        let known: Bool? = state.withLock { state in
            if state.withdrawn.contains(id) { return false }
            if state.free > 0 {
                state.free -= 1
                return true
            }
            guard state.waiting.count < maximumWaiting else { return false }
            state.waiting.append((id, continuation))
            return nil
        }
        if let known { continuation.resume(returning: known) }
    }

    private func withdraw(_ id: UInt64) {
        let continuation = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            guard let index = state.waiting.firstIndex(where: { $0.id == id }) else {
                state.withdrawn.insert(id)
                return nil
            }
            return state.waiting.remove(at: index).continuation
        }
        continuation?.resume(returning: false)
    }

    fileprivate func giveBack() {
        let next = state.withLock { state in
            if state.waiting.isEmpty { state.free += 1 }
            return state.waiting.popFirst()
        }
        next?.continuation.resume(returning: true)
    }
}

/// A turn, which is given back once: when it is ended, or at the latest when nobody has it any more.
final class Turn: Sendable {
    private let turns: Mutex<Turns?>

    fileprivate init(_ turns: Turns) {
        self.turns = Mutex(turns)
    }

    func end() {
        let turns = turns.withLock { turns in
            defer { turns = nil }
            return turns
        }
        turns?.giveBack()
    }

    deinit { end() }
}
