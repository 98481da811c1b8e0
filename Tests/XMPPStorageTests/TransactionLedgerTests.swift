//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

@Suite struct TransactionLedgerTests {
    private let romeo = ArchiveFixture.romeo
    private let juliet = ArchiveFixture.juliet

    /// What an archive is said to hold, and what it holds.
    private func totals(_ fixture: ArchiveFixture, _ account: String) async throws -> (said: [Int], held: [Int]) {
        try await fixture.database.read { database in
            let row = try database.row(
                """
                SELECT messages, a.bytes AS said, COUNT(m.id) AS held, COALESCE(SUM(m.bytes), 0) AS size
                FROM archive AS a LEFT JOIN archive_entry AS e ON archive = number LEFT JOIN archive_message AS m USING (id)
                WHERE account = '\(account)' GROUP BY number
                """)
            guard let row else { return ([], []) }
            return (
                [try row.value("messages"), try row.value("said")], [try row.value("held"), try row.value("size")]
            )
        }
    }

    @Test func addsUpWhatSucceedsAndNothingElse() async throws {
        let fixture = try await ArchiveFixture("sums")
        let (store, gate, results) = (fixture.store, WriterGate(), WriteResults())
        await gate.hold(fixture.database)
        let before = fixture.database.statistics.commits
        for number in 0..<100 {
            let entry = fixture.message(String(repeating: "x", count: number))
            fixture.database.submit(isUndoable: number % 2 == 0) { context in
                try store.append(entry, in: context)
                if number % 10 == 0 { throw StorageError.exists }
            } completion: {
                results.add($0)
            }
        }
        gate.release()
        await fixture.database.drain()
        #expect(results.successes == 90)
        #expect(fixture.database.statistics.commits - before < 90, "groups, or nothing was added up")
        for account in [romeo, juliet] {
            let totals = try await totals(fixture, account)
            #expect(totals.said == totals.held && totals.said.first == 90, "\(totals)")
        }
    }

    @Test func sumsAreThereBeforeTheyAreNeeded() async throws {
        let fixture = try await ArchiveFixture("settled")
        let entries = (0..<5).map { fixture.message("\($0)") }
        let store = fixture.store
        let seen = try await fixture.database.write { context in
            for entry in entries { try store.append(entry, in: context) }
            return try context.perform { database in
                try context.ledger.settle(database)
                return try database.row("SELECT messages FROM archive WHERE account = '\(ArchiveFixture.romeo)'")
                    .map { try $0.value("messages") as Int }
            }
        }
        #expect(seen == 5)
        #expect(try await totals(fixture, romeo).said.first == 5)
    }

    @Test func whoFailsTakesBackOnlyHisOwnEvenAfterSettling() async throws {
        let fixture = try await ArchiveFixture("back")
        let (store, gate, results) = (fixture.store, WriterGate(), WriteResults())
        let entry = fixture.message("x")
        await gate.hold(fixture.database)
        for isFailing in [false, true, false] {
            fixture.database.submit { context in
                try store.append(entry, in: context)
                guard isFailing else { return }
                try context.perform { try context.ledger.settle($0) }
                try store.append(entry, in: context)
                throw StorageError.exists
            } completion: {
                results.add($0)
            }
        }
        gate.release()
        await fixture.database.drain()
        #expect(results.failures == [.exists])
        let totals = try await totals(fixture, juliet)
        #expect(totals.said == totals.held && totals.said.first == 2, "\(totals)")
    }

    @Test func accountThatIsMadeAnewInTheSameTransactionHasANewArchive() async throws {
        let fixture = try await ArchiveFixture("anew")
        let (store, accounts) = (fixture.store, AccountStore(fixture.database))
        let entry = fixture.message("x")
        try await fixture.database.write { context in
            try store.append(entry, in: context)
            try accounts.delete(ArchiveFixture.romeo, in: context)
            try store.append(entry, in: context)
            try accounts.create(ArchiveFixture.romeo, credentials: [], created: 2, in: context)
            try store.append(entry, in: context)
        }
        #expect(try await store.usage(romeo).stanzas == 1)
        #expect(try await store.usage(juliet).stanzas == 3)
        #expect(try await fixture.rows("archive") == 3)
    }

    @Test func archiveThatAnotherProcessHasClosedIsUsedNoMore() async throws {
        let folder = try TemporaryFolder()
        let clock = TestClock()
        let ours = try XMPPDatabase(path: folder.file("x.sqlite"), clock: { clock.now })
        let fixture = try await ArchiveFixture(ours, clock: clock)
        try await fixture.store.append(fixture.message("before"))
        let other = try XMPPDatabase(path: folder.file("x.sqlite"), clock: { clock.now })
        try await AccountStore(other).delete(romeo)
        try await AccountStore(other).create(romeo, credentials: [], created: 2)
        try await fixture.store.append(fixture.message("after"))
        #expect(try await fixture.store.after(romeo, nil, limit: 10).count == 1)
        #expect(try await fixture.store.usage(romeo).stanzas == 1)
        await ours.close()
        await other.close()
    }

    @Test func operationThatCannotBeUndoneHarmsNobodyIfItHasChangedNothing() async throws {
        let fixture = try await ArchiveFixture("nothing")
        let (store, gate, results) = (fixture.store, WriterGate(), WriteResults())
        let good = fixture.message("x")
        let bad = fixture.message("x", from: "nobody@montague.lit", to: "nobody@capulet.lit")
        await gate.hold(fixture.database)
        for entry in [good, bad, good] {
            fixture.database.submit(isUndoable: false) { context in
                try store.append(entry, in: context)
            } completion: {
                results.add($0)
            }
        }
        gate.release()
        await fixture.database.drain()
        #expect(results.failures == [.notFound])
        #expect(try await store.usage(romeo).stanzas == 2)
    }

    @Test func operationThatCannotBeUndoneTakesItsGroupWithIt() async throws {
        let fixture = try await ArchiveFixture("group")
        let (store, gate, results) = (fixture.store, WriterGate(), WriteResults())
        let entry = fixture.message("x")
        await gate.hold(fixture.database)
        for isFailing in [false, true] {
            fixture.database.submit(isUndoable: !isFailing) { context in
                try store.append(entry, in: context)
                if isFailing { throw StorageError.exists }
            } completion: {
                results.add($0)
            }
        }
        gate.release()
        await fixture.database.drain()
        #expect(results.successes == 0 && results.count == 2)
        #expect(try await fixture.rows("archive_message") == 0)
        try await store.append(entry)
        let totals = try await totals(fixture, romeo)
        #expect(totals.said == totals.held && totals.said.first == 1)
    }

    @Test func lastCountOfASessionIsWritten() async throws {
        let database = try XMPPDatabase(inMemory: "handled")
        let (store, gate, results) = (SessionStore(database), WriterGate(), WriteResults())
        let session = StoredSession(
            key: 1, id: "id", account: romeo, resource: "orchard", device: nil, seconds: 60, status: SessionStatus(),
            counters: SessionCounters(handled: 0, acknowledged: 0, position: 0, recent: []))
        try await database.write { try store.insert(session, in: $0) }
        await gate.hold(database)
        for count in 1...20 {
            database.submit { context in
                store.setHandled(UInt32(count), of: 1, in: context)
                if count > 15 { throw StorageError.exists }
            } completion: {
                results.add($0)
            }
        }
        gate.release()
        await database.drain()
        #expect(results.successes == 15)
        #expect(try await store.all().map(\.counters.handled) == [15])
    }
}
