//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Dispatch
internal import Foundation
internal import GRDB
internal import Synchronization

/// The one writer of a database: a thread that takes queued operations and commits them in groups.
///
/// Every operation that has to be undone if it fails runs in a savepoint of its own, so that it harms none of its
/// neighbours. What they only add up to is written once, at the end of the group. A group ends when
/// nothing waits any more (a lone write is never delayed), after ``StorageLimits/commitInterval`` or after
/// ``StorageLimits/operationsPerCommit`` operations; what arrives during a commit forms the next group. With
/// `synchronous=FULL` that is one flush of the disk per group.
final class GroupCommitWriter: Sendable {
    typealias Operation = @Sendable (WriteContext) throws -> Void
    typealias Completion = @Sendable (Result<Void, StorageError>) -> Void

    private struct Entry: Sendable {
        let bytes: Int
        let isUndoable: Bool
        let operation: Operation
        let completion: Completion
    }

    private struct State {
        var queue: [Entry] = []
        /// Bytes in the queue and in the running group.
        var bytes = 0
        /// Operations in the running group.
        var running = 0
        var isSleeping = false
        var isStopping = false
        var statistics = WriterStatistics()
        var whenStopped: [@Sendable () -> Void] = []
        var hasStopped = false
    }

    private let pool: DatabasePool
    private let state = Mutex(State())
    /// Wakes the thread; signalled only when it sleeps.
    private let wake = DispatchSemaphore(value: 0)

    init(_ pool: DatabasePool) {
        self.pool = pool
    }

    /// Starts the thread. It keeps the writer alive until ``stop(whenStopped:)``.
    func start() {
        Thread.ofStore("xmpp-storage") { self.run() }.start()
    }

    var statistics: WriterStatistics {
        state.withLock { state in
            var statistics = state.statistics
            statistics.queuedOperations = state.queue.count + state.running
            statistics.queuedBytes = state.bytes
            return statistics
        }
    }

    /// Queues an operation. Refusals (`overloaded`, `closed`) are answered at once on the caller's thread, everything
    /// else on the writer's thread in the order of submission.
    func submit(
        bytes: Int, isUndoable: Bool = true, _ operation: @escaping Operation, completion: @escaping Completion
    ) {
        let (refusal, mustWake) = state.withLock { state -> (StorageError?, Bool) in
            if state.isStopping { return (.closed, false) }
            let fits =
                state.queue.count + state.running < StorageLimits.queuedOperations
                && (state.bytes == 0 || state.bytes + bytes <= StorageLimits.queuedBytes)
            guard fits else {
                state.statistics.refusals += 1
                return (.overloaded, false)
            }
            state.queue.append(
                Entry(bytes: bytes, isUndoable: isUndoable, operation: operation, completion: completion))
            state.bytes += bytes
            defer { state.isSleeping = false }
            return (nil, state.isSleeping)
        }
        if let refusal {
            completion(.failure(refusal))
        } else if mustWake {
            wake.signal()
        }
    }

    /// Refuses new operations, commits the waiting ones, closes the database and ends the thread.
    func stop(whenStopped: @escaping @Sendable () -> Void) {
        let (hasStopped, mustWake) = state.withLock { state -> (Bool, Bool) in
            if state.hasStopped { return (true, false) }
            state.whenStopped.append(whenStopped)
            state.isStopping = true
            defer { state.isSleeping = false }
            return (false, state.isSleeping)
        }
        if hasStopped {
            whenStopped()
        } else if mustWake {
            wake.signal()
        }
    }

    // MARK: - The writer's thread

    private func run() {
        let ledger = TransactionLedger()
        while let group = nextGroup() {
            commit(group, ledger)
        }
        close()
        let waiting = state.withLock { state in
            state.hasStopped = true
            defer { state.whenStopped = [] }
            return state.whenStopped
        }
        for whenStopped in waiting {
            whenStopped()
        }
    }

    /// Moves the log into the file and closes it. The readers have gone first: only the last connection to close removes the
    /// log, and only if it may write.
    private func close() {
        _ = try? pool.writeWithoutTransaction { try $0.checkpoint(.truncate) }
        pool.invalidateReadOnlyConnections()
        try? pool.close()
    }

    /// Waits for work; nil when the writer has been stopped and nothing is left.
    private func nextGroup() -> [Entry]? {
        while true {
            let group = state.withLock { state -> [Entry]? in
                if state.queue.isEmpty && !state.isStopping {
                    state.isSleeping = true
                    return nil
                }
                return Self.take(atMost: StorageLimits.operationsPerCommit, from: &state)
            }
            if let group {
                return group.isEmpty ? nil : group
            }
            wake.wait()
        }
    }

    private static func take(atMost limit: Int, from state: inout State) -> [Entry] {
        let group = Array(state.queue.prefix(limit))
        state.queue.removeFirst(group.count)
        state.running += group.count
        return group
    }

    /// Runs a group and whatever joins it in one transaction, then answers in order.
    private func commit(_ first: [Entry], _ ledger: TransactionLedger) {
        var group: [Entry] = []
        var results: [Result<Void, StorageError>] = []
        let failure = pool.writeWithoutTransaction { database in
            run(first, group: &group, results: &results, on: database, ledger)
        }
        // Counters move before the answers go out, so that whoever has an answer sees its commit counted.
        state.withLock { state in
            state.running -= group.count
            state.bytes -= group.reduce(0) { $0 + $1.bytes }
            state.statistics.operations += group.count
            state.statistics.isFailing = failure != nil
            if failure == nil {
                state.statistics.commits += 1
            } else {
                state.statistics.failedCommits += 1
            }
        }
        for (index, entry) in group.enumerated() {
            if let failure {
                entry.completion(.failure(failure))
            } else {
                entry.completion(results[index])
            }
        }
    }

    /// The transaction itself. Returns the failure that undid all of it.
    private func run(
        _ first: [Entry], group: inout [Entry], results: inout [Result<Void, StorageError>], on database: Database,
        _ ledger: TransactionLedger
    ) -> StorageError? {
        group = first
        let deadline = ContinuousClock.now + .milliseconds(StorageLimits.commitInterval)
        let context = WriteContext(database, ledger)
        do {
            try database.run("BEGIN IMMEDIATE")
            try ledger.begin(database)
            var next = 0
            while true {
                while next < group.count {
                    results.append(try run(group[next], in: context, on: database))
                    next += 1
                }
                let room = StorageLimits.operationsPerCommit - group.count
                guard room > 0, ContinuousClock.now < deadline else { break }
                let more = state.withLock { Self.take(atMost: room, from: &$0) }
                if more.isEmpty { break }
                group += more
            }
            try ledger.settle(database)
            try database.run("COMMIT")
            return nil
        } catch {
            let failure = StorageError(error)
            ledger.reset()
            // SQLite has undone the transaction by itself after some errors (https://sqlite.org/lang_transaction.html).
            try? database.rollback()
            return failure
        }
    }

    /// Runs one operation; throws only what spoils the whole group.
    private func run(
        _ entry: Entry, in context: WriteContext, on database: Database
    ) throws -> Result<Void, StorageError> {
        let changes = database.totalChangesCount
        context.ledger.beginOperation()
        if entry.isUndoable { try database.run("SAVEPOINT operation") }
        var result: Result<Void, StorageError> = .success(())
        do {
            try entry.operation(context)
        } catch {
            result = .failure(StorageError(error))
        }
        if let failure = context.databaseFailure {
            throw failure
        }
        guard database.isInsideTransaction else {
            throw StorageError.io("the transaction was undone")
        }
        guard entry.isUndoable else {
            if case .failure = result, database.totalChangesCount != changes || context.ledger.hasChanged {
                throw StorageError.io("an operation failed half-way that cannot be undone")
            }
            return result
        }
        if case .failure = result {
            try database.run("ROLLBACK TRANSACTION TO SAVEPOINT operation")
            context.ledger.undoOperation()
        }
        try database.run("RELEASE SAVEPOINT operation")
        return result
    }
}
