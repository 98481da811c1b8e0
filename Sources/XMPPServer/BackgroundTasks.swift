//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// Work that goes on beside sessions, counted so that a stop can wait for it.
final class BackgroundTasks: Sendable {
    private struct State {
        var running = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    /// Runs the work, on a loop if one is given: then no other thread is woken for it.
    func run(on resources: LoopResources? = nil, _ work: @escaping Deferred) {
        begin()
        Task(executorPreference: resources?.executor) {
            await work()
            self.finish()
        }
    }

    /// Something has begun that a stop must wait for, until ``finish()``.
    func begin() { state.withLock { $0.running += 1 } }

    func finish() {
        let waiters = state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [] as [CheckedContinuation<Void, Never>] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    var isIdle: Bool { state.withLock { $0.running == 0 } }

    /// Returns when nothing is running.
    func waitUntilIdle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state in
                if state.running > 0 { state.waiters.append(continuation) }
                return state.running == 0
            }
            if isIdle { continuation.resume() }
        }
    }
}
