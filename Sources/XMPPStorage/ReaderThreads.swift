//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Dispatch
internal import Foundation
internal import GRDB
internal import Synchronization

/// The threads that queries run on.
///
/// GRDB's own asynchronous reads pass through several dispatch queues; a query of a few microseconds then costs more in
/// waking threads than in SQLite. Here one hand-over takes the query to a thread and its answer comes straight back; a
/// thread that has more to do is not woken again.
final class ReaderThreads: Sendable {
    typealias Job = @Sendable (DatabasePool) -> Void

    private struct State {
        var queue: [Job] = []
        var sleeping = 0
        var isStopping = false
    }

    private let pool: DatabasePool
    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    init(_ pool: DatabasePool) {
        self.pool = pool
    }

    /// Starts the threads, which keep the readers alive until ``stop()``.
    func start(count: Int) {
        for _ in 0..<count {
            let thread = Thread { self.run() }
            thread.name = "xmpp-reader"
            thread.start()
        }
    }

    /// Queues a query; false after ``stop()``.
    func submit(_ job: @escaping Job) -> Bool {
        let (isTaken, mustWake) = state.withLock { state -> (Bool, Bool) in
            if state.isStopping { return (false, false) }
            state.queue.append(job)
            guard state.sleeping > 0 else { return (true, false) }
            state.sleeping -= 1
            return (true, true)
        }
        if mustWake { wake.signal() }
        return isTaken
    }

    /// Ends the threads when what waits has been answered.
    func stop() {
        let sleeping = state.withLock { state in
            state.isStopping = true
            defer { state.sleeping = 0 }
            return state.sleeping
        }
        for _ in 0..<sleeping { wake.signal() }
    }

    private func run() {
        while let jobs = next() {
            for job in jobs { job(pool) }
        }
    }

    /// What waits, or nil when the thread is to end.
    private func next() -> [Job]? {
        while true {
            let (jobs, isStopping) = state.withLock { state -> ([Job], Bool) in
                if state.queue.isEmpty {
                    if !state.isStopping { state.sleeping += 1 }
                    return ([], state.isStopping)
                }
                defer { state.queue.removeAll() }
                return (state.queue, state.isStopping)
            }
            if !jobs.isEmpty { return jobs }
            if isStopping { return nil }
            wake.wait()
        }
    }
}
