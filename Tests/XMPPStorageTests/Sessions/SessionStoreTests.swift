//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

@Suite struct SessionStoreTests {
    let database: XMPPDatabase
    let store: SessionStore
    let romeo = "romeo@montague.lit"

    init() throws {
        database = try XMPPDatabase(inMemory: "sessions")
        store = SessionStore(database)
    }

    private func session(_ key: Int64, account: String? = nil) -> StoredSession {
        StoredSession(
            key: key, id: "id-\(key)", account: account ?? romeo, resource: "orchard", device: "d", seconds: 600,
            began: key + 5,
            status: SessionStatus(
                isInterested: true, hasCarbons: true, usesArchive: false, presence: "<presence/>",
                directed: ["a@b.example", "room@c.example/me"], since: 1 << 52, archivedRows: 77,
                messagesSince: 1 << 53, copiesSince: 1 << 54),
            counters: SessionCounters(handled: .max, acknowledged: 7, position: 1 << 50, recent: [3, 1 << 51]))
    }

    private func entry(_ ordinal: Int64) -> StoredQueueEntry {
        StoredQueueEntry(
            ordinal: ordinal, stanza: "<message id='\(ordinal)'/>",
            archiveID: ordinal.isMultiple(of: 2) ? ArchiveID(clock: ordinal, tail: 5) : nil, arrived: ordinal * 10,
            isStored: ordinal.isMultiple(of: 3), shared: ordinal.isMultiple(of: 4) ? ordinal : nil)
    }

    @Test func keepsSessionsAsTheyAre() async throws {
        let plain = StoredSession(
            key: 2, id: "x", account: "a@b.example", resource: "r", device: nil, seconds: 1, status: SessionStatus(),
            counters: SessionCounters(), rest: SessionRest(written: 3, remaining: 9))
        try await database.write { context in
            try store.insert(session(1), in: context)
            try store.insert(plain, in: context)
        }
        #expect(try await store.all() == [plain, session(1)])
        #expect(try await store.lastKey() == 2)
    }

    @Test func changesWhatChanges() async throws {
        var expected = session(1)
        expected.rest = nil
        try await database.write { context in
            try store.insert(session(1), in: context)
            store.setHandled(4_000_000_000, of: 1, in: context)
            try store.setAcknowledged(
                SessionCounters(handled: 1, acknowledged: 8, position: 9, recent: []), of: 1, in: context)
            try store.setStatus(SessionStatus(usesArchive: true), of: 1, in: context)
            // Nobody's.
            store.setHandled(1, of: 99, in: context)
        }
        expected.counters = SessionCounters(handled: 4_000_000_000, acknowledged: 8, position: 9, recent: [])
        expected.status = SessionStatus(usesArchive: true)
        #expect(try await store.all() == [expected])
    }

    @Test func keepsQueuesInOrder() async throws {
        let reference = StoredQueueEntry(
            ordinal: 21, form: .copied, stanza: "", archiveID: ArchiveID(clock: 4, tail: 4), arrived: 9)
        try await database.write { context in
            try store.insert(session(1), in: context)
            try store.insert(session(2, account: "x@y.example"), in: context)
            try store.enqueue([entry(30), entry(10)], of: 1, in: context)
            try store.enqueue([entry(20)], of: 1, in: context)
            try store.enqueue([entry(20)], of: 2, in: context)
            try store.enqueue([reference], of: 2, in: context)
        }
        #expect(try await store.queue(of: 1, limit: 10) == [entry(10), entry(20), entry(30)])
        #expect(try await store.queue(of: 1, from: 20, limit: 1) == [entry(20)])
        try await database.write { try store.dequeue(through: 20, of: 1, in: $0) }
        #expect(try await store.queue(of: 1, limit: 10) == [entry(30)])
        #expect(try await store.queue(of: 2, limit: 10) == [entry(20), reference])
    }

    /// A server that died makes the rest of a queue out of the archive.
    @Test func readsWhatNoArchiveHolds() async throws {
        try await database.write { context in
            try store.insert(session(1), in: context)
            try store.enqueue([entry(10), entry(11), entry(13), entry(14)], of: 1, in: context)
        }
        #expect(try await store.unarchivedQueue(of: 1, limit: 9) == [entry(11), entry(13)])
        #expect(try await store.unarchivedQueue(of: 1, from: 12, limit: 1) == [entry(13)])
        #expect(try await store.lastPlace(of: 1) == 14)
        #expect(try await store.lastPlace(of: 2) == nil)
    }

    /// Ends of a long queue stay where they are; what nobody has looked at is a row.
    @Test func leavesRangesWhereTheyAre() async throws {
        let missed = StoredQueueEntry(
            missedAfter: ArchiveID(clock: 3, tail: 0), through: ArchiveID(clock: 9, tail: 7), ordinal: -4, arrived: 5)
        try await database.write { context in
            try store.insert(session(1), in: context)
            try store.enqueue((1...9).map { entry($0) }, of: 1, in: context)
            try store.rest(
                session(1), queue: [missed], keeping: [1], ranges: [3...5, 8...8], open: [8], in: context)
        }
        let rows = try await store.queue(of: 1, limit: 20)
        #expect(rows.map(\.ordinal) == [-4, 1, 3, 4, 5, 8])
        #expect(rows.map(\.shared) == [nil, nil, nil, 0, nil, 8])
        #expect(rows.first?.missed?.after == ArchiveID(clock: 3, tail: 0))
        #expect(rows.first?.missed?.through == ArchiveID(clock: 9, tail: 7))
        #expect(rows.dropFirst().allSatisfy { $0.missed == nil })
    }

    /// After a crash the archive gives what it holds.
    @Test func forgetsWhatTheArchiveHolds() async throws {
        let name = StoredQueueEntry(
            ordinal: 14, form: .copied, stanza: "", archiveID: ArchiveID(clock: 3, tail: 0), arrived: 5)
        try await database.write { context in
            for key in Int64(1)...2 {
                try store.insert(session(key), in: context)
                try store.enqueue((10...13).map { entry($0) } + [name], of: key, in: context)
            }
            try store.forgetArchived(of: 1, in: context)
        }
        #expect(try await store.queue(of: 1, limit: 9) == [entry(11), entry(13)])
        #expect(try await store.queue(of: 2, limit: 9).count == 5)
    }

    @Test func putsToRestAndWakes() async throws {
        var resting = session(1)
        resting.rest = SessionRest(written: 1, remaining: 55)
        let offline = OfflineStore(database, quota: StorageQuota(stanzas: 9, bytes: 1000))
        let taken = try await offline.append(NewOfflineStanza(account: romeo, stanza: "<m/>", stamp: 1))
        let left = try await offline.append(NewOfflineStanza(account: romeo, stanza: "<n/>", stamp: 1))
        let session = resting
        try await database.write { context in
            try store.insert(self.session(1), in: context)
            try store.enqueue([entry(1)], of: 1, in: context)
            try store.enqueue([entry(4)], of: 1, in: context)
            try store.enqueue([entry(8)], of: 1, in: context)
            try store.rest(
                session, queue: [entry(5), entry(6)], keeping: [4, 8], taken: [4], offline: [taken, 4711], in: context)
        }
        #expect(try await store.all() == [session])
        var had = entry(4)
        had.shared = 0
        #expect(try await store.queue(of: 1, limit: 10) == [had, entry(5), entry(6), entry(8)])
        #expect(try await offline.load(romeo, limit: 9).map(\.id) == [left])
        #expect(try await offline.count(romeo) == 1)
        try await database.write { try store.wake(1, in: $0) }
        #expect(try await store.all().map(\.rest) == [nil])
    }

    @Test func remembersTheEndForAWhile() async throws {
        try await database.write { context in
            for key in Int64(1)...70 {
                try store.insert(session(key), in: context)
                try store.enqueue([entry(1)], of: key, in: context)
                try store.end(
                    key, id: "id-\(key)", account: romeo, handled: UInt32(key), ended: key, in: context)
            }
        }
        #expect(try await store.all().isEmpty)
        #expect(try await store.queue(of: 70, limit: 1).isEmpty)
        #expect(try await store.handled(ofEnded: "id-70", account: romeo) == 70)
        #expect(try await store.handled(ofEnded: "id-70", account: "other@montague.lit") == nil)
        // No more than so many of one account.
        #expect(try await store.handled(ofEnded: "id-6", account: romeo) == nil)
        #expect(try await store.handled(ofEnded: "id-7", account: romeo) == 7)
        try await database.write { try store.forgetEnded(before: 70, in: $0) }
        #expect(try await store.handled(ofEnded: "id-69", account: romeo) == nil)
        #expect(try await store.handled(ofEnded: "id-70", account: romeo) == 70)
    }

    @Test func goWithTheirAccount() async throws {
        let accounts = AccountStore(database)
        try await accounts.create(romeo, credentials: [], created: 1)
        try await database.write { context in
            try store.insert(session(1), in: context)
            try store.enqueue([entry(1)], of: 1, in: context)
        }
        try await accounts.delete(romeo)
        #expect(try await store.all().isEmpty)
        #expect(try await store.queue(of: 1, limit: 1).isEmpty)
    }

    /// A copy's sessions have gone on elsewhere since.
    @Test func areNotPartOfARestoredBackup() async throws {
        let folder = try TemporaryFolder()
        let path = folder.file("x.sqlite")
        let first = try XMPPDatabase(path: path)
        try await first.write { try SessionStore(first).insert(session(1), in: $0) }
        await first.close()
        try DatabaseFile.execute(Schema.markAsCopy, onFile: path, check: true)
        let copy = try XMPPDatabase(path: path)
        #expect(try await SessionStore(copy).all().isEmpty)
        await copy.close()
    }
}
