//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct OfflineStoreTests {
    let database: XMPPDatabase
    let store: OfflineStore
    let romeo = "romeo@montague.lit"

    init() throws {
        database = try XMPPDatabase(inMemory: "offline")
        store = OfflineStore(database, quota: StorageQuota(stanzas: 3, bytes: 30))
    }

    private func stanza(_ text: String, stamp: Int64 = 1, for account: String? = nil) -> NewOfflineStanza {
        NewOfflineStanza(account: account ?? romeo, stanza: text, stamp: stamp, kind: 7)
    }

    @Test func loadsInOrderWithIDs() async throws {
        let ids = [
            try await store.append(stanza("<a/>", stamp: 300)), try await store.append(stanza("<b>é</b>", stamp: 200)),
            try await store.append(stanza("<c/>", stamp: 100)),
        ]
        let loaded = try await store.load(romeo, limit: 10)
        #expect(loaded.map(\.id) == ids)
        #expect(loaded.map(\.stanza) == ["<a/>", "<b>é</b>", "<c/>"])
        #expect(loaded.map(\.stamp) == [300, 200, 100])
        #expect(loaded.map(\.kind) == [7, 7, 7])
        #expect(try await store.load(romeo, limit: 2).map(\.id) == Array(ids[..<2]))
        #expect(try await store.load(romeo, after: loaded[1].place, limit: 2).map(\.id) == [ids[2]])
        #expect(try await store.usage(romeo) == StorageUsage(stanzas: 3, bytes: 17))
    }

    /// What a session leaves stands where it stood when it came; the rest in the order in which it was written, whatever
    /// the system's clock says.
    @Test func putsWhatIsLeftWhereItStood() async throws {
        let second = try await store.append(stanza("<b/>", stamp: 2000))
        let third = try await store.append(stanza("<c/>", stamp: 1500))
        let left = NewOfflineStanza(account: romeo, content: .stanza("<a/>"), stamp: 1999, isLeft: true)
        let first = try await store.append(left)
        let loaded = try await store.load(romeo, limit: 9)
        #expect(loaded.map(\.id) == [first, second, third])
        #expect(loaded.map(\.place) == loaded.map(\.place).sorted())
        #expect(try await store.load(romeo, after: loaded[0].place, limit: 1).map(\.id) == [second])
        try await store.delete(romeo, [first, third, 999])
        #expect(try await store.load(romeo, limit: 9).map(\.id) == [second])
        #expect(try await store.usage(romeo) == StorageUsage(stanzas: 1, bytes: 4))
    }

    @Test func deletesByIDsAndNeverReusesThem() async throws {
        let first = try await store.append(stanza("<a/>"))
        let second = try await store.append(stanza("<b/>"))
        try await store.append(stanza("<x/>", for: "other@montague.lit"))
        try await store.delete(romeo, [first])
        #expect(try await store.load(romeo, limit: 10).map(\.id) == [second])
        try await store.delete(romeo, [first, second])
        #expect(try await store.count(romeo) == 0)
        #expect(try await store.count("other@montague.lit") == 1)
        // Nobody removes what is another's.
        let others = try await store.load("other@montague.lit", limit: 9).map(\.id)
        try await store.delete(romeo, others)
        #expect(try await store.count("other@montague.lit") == 1)
        try await store.delete("other@montague.lit", others)
        #expect(try await store.append(stanza("<c/>")) > second)
    }

    /// Stanzas of these sizes fit within 3 stanzas and 30 bytes, or the last one doesn't.
    @Test(arguments: [
        ([10, 10, 10], true), ([30], true), ([31], false), ([10, 10, 11], false), ([1, 1, 1], true),
        ([1, 1, 1, 1], false), ([29, 1], true), ([29, 2], false),
    ])
    func quotaIsExact(sizes: [Int], fits: Bool) async throws {
        for size in sizes.dropLast() {
            try await store.append(stanza(String(repeating: "x", count: size)))
        }
        let last = stanza(String(repeating: "x", count: sizes.last ?? 0))
        if fits {
            try await store.append(last)
            #expect(try await store.usage(romeo) == StorageUsage(stanzas: sizes.count, bytes: sizes.reduce(0, +)))
        } else {
            await #expect(throws: StorageError.quotaExceeded) { try await store.append(last) }
            #expect(try await store.load(romeo, limit: 10).count == sizes.count - 1)
            #expect(try await store.count(romeo) == sizes.count - 1)
            // Space freed is space to use.
            try await store.delete(romeo, try await store.load(romeo, limit: 10).map(\.id))
            if (sizes.last ?? 0) <= 30 {
                try await store.append(last)
            }
        }
    }

    @Test func quotaOfNothingRefusesEverything() async throws {
        let none = OfflineStore(database, quota: StorageQuota(stanzas: 0, bytes: 100))
        await #expect(throws: StorageError.quotaExceeded) { try await none.append(stanza("<a/>")) }
        #expect(try await none.count(romeo) == 0)
    }

    @Test func quotaCountsBytesOfUTF8() async throws {
        await #expect(throws: StorageError.quotaExceeded) {
            try await store.append(stanza(String(repeating: "é", count: 16)))
        }
    }

    @Test func oneWriteServesManyAccountsAndPassesOverFullOnes() async throws {
        let full = "full@montague.lit"
        for _ in 0..<3 {
            try await store.append(stanza("<a/>", for: full))
        }
        let (store, romeo) = (store, romeo)
        let commits = database.statistics.commits
        let refused = try await database.write { context in
            var refused: [String] = []
            for account in (0..<100).map({ "u\($0)@montague.lit" }) + [full, romeo] {
                do throws(StorageError) {
                    try store.append(NewOfflineStanza(account: account, stanza: "<b/>", stamp: 2), in: context)
                } catch {
                    guard error == .quotaExceeded else { throw error }
                    refused.append(account)
                }
            }
            return refused
        }
        #expect(refused == [full])
        #expect(database.statistics.commits == commits + 1)
        #expect(try await store.count("u99@montague.lit") == 1)
        #expect(try await store.count(full) == 3)
        #expect(try await store.load(romeo, limit: 1).map(\.stanza) == ["<b/>"])
    }

    private func reference(_ clock: Int64, stamp: Int64 = 1, for account: String? = nil) -> NewOfflineStanza {
        NewOfflineStanza(account: account ?? romeo, content: .archived(ArchiveID.first(at: clock)), stamp: stamp)
    }

    /// What is nowhere else waits for ever.
    @Test func expiryTakesOnlyWhatIsArchived() async throws {
        let other = "other@montague.lit"
        try await store.append(stanza("<a/>", stamp: 10))
        try await store.append(reference(1, stamp: 10))
        try await store.append(reference(2, stamp: 20))
        try await store.append(reference(3, stamp: 10, for: other))
        #expect(try await store.deleteExpired(before: 20) == 2)
        #expect(try await store.load(romeo, limit: 9).map(\.stamp) == [20, 10])
        #expect(try await store.usage(romeo) == StorageUsage(stanzas: 1, bytes: 4))
        #expect(try await [store.count(romeo), store.count(other)] == [2, 0])
        #expect(try await store.deleteExpired(before: 20) == 0)
    }

    /// What the archive holds takes nobody's room, and has a bound of its own.
    @Test func countsReferencesByThemselves() async throws {
        var store = store
        store.references = 5
        for clock in Int64(1)...5 { try await store.append(reference(clock)) }
        for _ in 0..<3 { try await store.append(stanza("<a/>")) }
        for excess in [reference(6), stanza("<a/>")] {
            let store = store
            await #expect(throws: StorageError.quotaExceeded) { try await store.append(excess) }
        }
        try await store.append(reference(6, for: "other@montague.lit"))
        #expect(try await store.usage(romeo) == StorageUsage(stanzas: 3, bytes: 12))
        #expect(try await store.count(romeo) == 8)
        let ids = try await store.load(romeo, limit: 9).map(\.id)
        try await store.delete(romeo, Array(ids[...1]))
        for clock in Int64(6)...7 { try await store.append(reference(clock)) }
        try await store.delete(romeo, ids)
        #expect(try await store.usage(romeo) == StorageUsage(stanzas: 0, bytes: 0))
        #expect(try await store.count(romeo) == 2)
        try await store.delete(romeo, store.load(romeo, limit: 9).map(\.id))
        #expect(try await store.count(romeo) == 0)
    }
}
