//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Dispatch
internal import Foundation
internal import GRDB
internal import Synchronization

/// The threads that queries run on, each with a connection of its own.
///
/// GRDB's own reads pass through several dispatch queues and compile and check much for each; a query of a few
/// microseconds then costs more around SQLite than in it. Here one hand-over takes the query to a thread, its answer comes
/// straight back, and a thread that has more to do is not woken again.
final class ReaderThreads: Sendable {
    typealias Job = @Sendable (Database) -> Void

    private struct State {
        var queue: [Job] = []
        /// What waits is one statement: it needs no transaction.
        var isOneStatement = false
        var sleeping = 0
        var running = 0
        /// One has been woken and will take all that waits: no second one is needed for the same burst.
        var isWaking = false
        var isStopping = false
        var whenStopped: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)

    /// Starts a thread for each connection. They keep the readers alive until ``stop(whenStopped:)``.
    func start(_ connections: [DatabaseQueue]) {
        state.withLock { $0.running = connections.count }
        for connection in connections {
            Thread.ofStore("xmpp-reader") { self.run(connection) }.start()
        }
    }

    /// Queues a query; false after ``stop(whenStopped:)``.
    func submit(isOneStatement: Bool = false, _ job: @escaping Job) -> Bool {
        let (isTaken, mustWake) = state.withLock { state -> (Bool, Bool) in
            if state.isStopping { return (false, false) }
            state.isOneStatement = isOneStatement && state.queue.isEmpty
            state.queue.append(job)
            guard state.sleeping > 0, !state.isWaking else { return (true, false) }
            state.sleeping -= 1
            state.isWaking = true
            return (true, true)
        }
        if mustWake { wake.signal() }
        return isTaken
    }

    /// Ends the threads when what waits has been answered, and tells when all connections are closed.
    func stop(whenStopped: @escaping @Sendable () -> Void) {
        let (sleeping, hasStopped) = state.withLock { state in
            state.isStopping = true
            if state.running > 0 { state.whenStopped.append(whenStopped) }
            defer { state.sleeping = 0 }
            return (state.sleeping, state.running == 0)
        }
        for _ in 0..<sleeping { wake.signal() }
        if hasStopped { whenStopped() }
    }

    // MARK: - A thread

    private func run(_ connection: DatabaseQueue) {
        connection.unsafeRead { database in
            while let (jobs, isOneStatement) = next() {
                if isOneStatement {
                    for job in jobs { job(database) }
                } else {
                    perform(jobs, on: database)
                }
            }
        }
        try? connection.close()
        let waiting = state.withLock { state in
            state.running -= 1
            guard state.running == 0 else { return [] as [@Sendable () -> Void] }
            defer { state.whenStopped = [] }
            return state.whenStopped
        }
        for whenStopped in waiting { whenStopped() }
    }

    /// Answers queries from one snapshot, taken after the last of them was asked.
    private func perform(_ jobs: [Job], on database: Database) {
        // Where this fails, a query will too, and says why to whoever asked.
        _ = try? database.run("BEGIN")
        for job in jobs { job(database) }
        // After some errors SQLite has ended the transaction by itself.
        guard database.isInsideTransaction else { return }
        do {
            try database.run("COMMIT")
        } catch {
            try? database.rollback()
        }
    }

    /// What waits, or nil when the thread is to end.
    private func next() -> (jobs: [Job], isOneStatement: Bool)? {
        while true {
            let (jobs, isOneStatement, isStopping) = state.withLock { state -> ([Job], Bool, Bool) in
                if state.queue.isEmpty {
                    if !state.isStopping { state.sleeping += 1 }
                    return ([], false, state.isStopping)
                }
                defer { state.queue.removeAll() }
                state.isWaking = false
                return (state.queue, state.isOneStatement, state.isStopping)
            }
            if !jobs.isEmpty { return (jobs, isOneStatement) }
            if isStopping { return nil }
            wake.wait()
        }
    }
}
