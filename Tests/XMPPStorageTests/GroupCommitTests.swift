//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing
import XMPPStorage

@Suite struct GroupCommitTests {
    private let quota = StorageQuota(stanzas: 100_000, bytes: .max)

    private func message(_ text: String, for account: String = "romeo@montague.lit") -> NewOfflineStanza {
        NewOfflineStanza(account: account, stanza: text, stamp: 1)
    }

    private func content(_ stanza: NewOfflineStanza) -> String? {
        if case .stanza(let text) = stanza.content { text } else { nil }
    }

    @Test func commitsManyWaitingOperationsInFewTransactions() async throws {
        let database = try XMPPDatabase(inMemory: "group")
        let store = OfflineStore(database, quota: quota)
        let gate = WriterGate()
        let results = WriteResults()
        await gate.hold(database)
        let before = database.statistics
        for number in 0..<1000 {
            let stanza = message("<m n='\(number)'/>")
            database.submit(bytes: content(stanza)?.utf8.count ?? 0) { context in
                try store.append(stanza, in: context)
            } completion: {
                results.add($0)
            }
        }
        #expect(database.statistics.queuedOperations == 1001)
        #expect(database.statistics.queuedBytes > 8000)
        gate.release()
        await database.drain()
        let after = database.statistics
        #expect(results.successes == 1000)
        #expect(after.operations - before.operations >= 1001)
        let commits = after.commits - before.commits
        // At least 1001 / 256; how many more the time limit makes depends on the machine.
        #expect(commits >= 4 && commits <= 250, "\(commits) commits")
        #expect(try await store.count("romeo@montague.lit") == 1000)
        #expect(after.queuedBytes == 0)
    }

    @Test func commitsALoneWriteByItself() async throws {
        let database = try XMPPDatabase(inMemory: "lone")
        let store = VCardStore(database)
        let before = database.statistics.commits
        for number in 0..<10 {
            try await store.set("<vCard/>", of: "u\(number)@montague.lit")
            #expect(database.statistics.commits == before + number + 1)
        }
    }

    @Test func failingOperationHarmsNoNeighbour() async throws {
        let database = try XMPPDatabase(inMemory: "neighbours")
        let store = OfflineStore(database, quota: quota)
        let accounts = AccountStore(database)
        try await accounts.create("taken@montague.lit", credentials: [], created: 1)
        let gate = WriterGate()
        let results = WriteResults()
        await gate.hold(database)
        let before = database.statistics.commits
        let good = [message("<good n='1'/>"), message("<good n='2'/>")]
        let bad = message("<bad/>")
        database.submit {
            try store.append(good[0], in: $0)
        } completion: {
            results.add($0)
        }
        database.submit { context in
            try store.append(bad, in: context)
            try accounts.create("taken@montague.lit", credentials: [], created: 2, in: context)
        } completion: {
            results.add($0)
        }
        database.submit { context in
            try store.append(bad, in: context)
            throw CancellationError()
        } completion: {
            results.add($0)
        }
        database.submit {
            try store.append(good[1], in: $0)
        } completion: {
            results.add($0)
        }
        gate.release()
        await database.drain()
        #expect(results.failures == [.exists, .cancelled])
        #expect(results.successes == 2)
        #expect(try await store.load("romeo@montague.lit", limit: 10).map(\.stanza) == good.map { content($0) })
        #expect(try await store.usage("romeo@montague.lit").stanzas == 2)
        #expect(database.statistics.commits > before)
        #expect(database.statistics.failedCommits == 0)
    }

    @Test func writesOfManyTasksAreAllThereInEachTasksOrder() async throws {
        let database = try XMPPDatabase(inMemory: "tasks")
        let store = OfflineStore(database, quota: quota)
        let results = WriteResults()
        let (tasks, writes) = (8, 500)
        await withTaskGroup { group in
            for task in 0..<tasks {
                group.addTask {
                    for number in 0..<writes {
                        let stanza = NewOfflineStanza(account: "u\(task)@a.lit", stanza: "<m/>", stamp: Int64(number))
                        database.submit(bytes: 4) { context in
                            try store.append(stanza, in: context)
                        } completion: {
                            results.add($0)
                        }
                    }
                }
            }
        }
        await database.drain()
        #expect(results.successes == tasks * writes)
        for task in 0..<tasks {
            let stamps = try await store.load("u\(task)@a.lit", limit: .max).map(\.stamp)
            #expect(stamps == (0..<writes).map(Int64.init))
        }
    }

    @Test func answersInTheOrderOfSubmission() async throws {
        let database = try XMPPDatabase(inMemory: "answers")
        let order = Mutex<[Int]>([])
        await withCheckedContinuation { continuation in
            for number in 0..<600 {
                database.submit { _ in
                    if number % 7 == 0 { throw StorageError.notFound }
                } completion: { _ in
                    order.withLock { $0.append(number) }
                    if number == 599 { continuation.resume() }
                }
            }
        }
        #expect(order.withLock { $0 } == Array(0..<600))
    }

    @Test func refusesOperationsBeyondTheBound() async throws {
        let database = try XMPPDatabase(inMemory: "operations")
        let gate = WriterGate()
        let results = WriteResults()
        await gate.hold(database)
        for _ in 1..<StorageLimits.queuedOperations {
            database.submit { _ in
            } completion: {
                results.add($0)
            }
        }
        #expect(results.count == 0)
        database.submit { _ in
        } completion: {
            results.add($0)
        }
        #expect(results.failures == [.overloaded])
        await #expect(throws: StorageError.overloaded) { try await database.write { _ in } }
        #expect(database.statistics.refusals == 2)
        gate.release()
        while results.count < StorageLimits.queuedOperations { await Task.yield() }
        #expect(results.successes == StorageLimits.queuedOperations - 1)
        try await database.write { _ in }
    }

    @Test func refusesBytesBeyondTheBound() async throws {
        let database = try XMPPDatabase(inMemory: "bytes")
        let gate = WriterGate()
        let results = WriteResults()
        await gate.hold(database)
        database.submit(bytes: StorageLimits.queuedBytes - 1) { _ in
        } completion: {
            results.add($0)
        }
        database.submit(bytes: 2) { _ in
        } completion: {
            results.add($0)
        }
        #expect(results.failures == [.overloaded])
        database.submit(bytes: 1) { _ in
        } completion: {
            results.add($0)
        }
        gate.release()
        await database.drain()
        #expect(results.successes == 2)
        // One operation larger than the bound has its turn when nothing else waits.
        try await database.write(bytes: StorageLimits.queuedBytes * 2) { _ in }
    }
}
