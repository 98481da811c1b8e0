//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import GRDB
import Synchronization

/// Writes jobs in the order in which they came, all that wait in one transaction: one flush of the disk for many.
///
/// A failed write stops the writer, because the state in memory is then ahead of the log, and a later event after a
/// gap would replay to something that never was.
final class GroupCommitWriter: Sendable {
    /// One caller's part of a transaction.
    struct Job: Sendable {
        let body: @Sendable (Database) throws -> Int64
        let completion: @Sendable (Result<Int64, any Error>) -> Void
    }

    private struct State {
        var waiting: [Job] = []
        var isWriting = false
        var failure: StoreError?
    }

    private let database: DatabaseQueue
    private let state = Mutex(State())

    init(_ database: DatabaseQueue) {
        self.database = database
    }

    /// Transactions so far, for tests and metrics.
    let transactions = Atomic<Int>(0)

    func submit(_ job: Job) {
        let (mustStart, failure) = state.withLock { state -> (Bool, StoreError?) in
            if let failure = state.failure { return (false, failure) }
            state.waiting.append(job)
            defer { state.isWriting = true }
            return (!state.isWriting, nil)
        }
        if let failure {
            job.completion(.failure(failure))
        } else if mustStart {
            writeNext()
        }
    }

    /// One batch at a time, so that reads on the same connection get their turn between two.
    private func writeNext() {
        database.asyncWriteWithoutTransaction { [self] database in
            if let batch = nextBatch() {
                write(batch, to: database)
                writeNext()
            }
        }
    }

    /// Writes again after a failure, once the state has been loaded anew.
    func resume() {
        state.withLock { $0.failure = nil }
    }

    private func nextBatch() -> [Job]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            let batch = Array(state.waiting.prefix(Limits.batch))
            state.waiting.removeFirst(batch.count)
            return batch
        }
    }

    private func write(_ batch: [Job], to database: Database) {
        // Jobs that waited behind a failure fail with it.
        if let failure = state.withLock({ $0.failure }) {
            for job in batch {
                job.completion(.failure(failure))
            }
            return
        }
        do {
            var results: [Int64] = []
            try database.inTransaction(.immediate) {
                for job in batch {
                    results.append(try job.body(database))
                }
                return .commit
            }
            transactions.add(1, ordering: .relaxed)
            for (job, result) in zip(batch, results) {
                job.completion(.success(result))
            }
        } catch {
            let failure = StoreError.stopped("\(error)")
            state.withLock { $0.failure = failure }
            for job in batch {
                job.completion(.failure(failure))
            }
        }
    }
}
