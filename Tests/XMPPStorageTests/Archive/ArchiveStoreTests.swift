//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPStorage

@Suite struct ArchiveStoreTests {
    let romeo = ArchiveFixture.romeo
    let juliet = ArchiveFixture.juliet

    @Test func keepsOneMessageForBothUnderOneName() async throws {
        let fixture = try await ArchiveFixture("both")
        let entry = fixture.message("Call me but love", id: "m1")
        let id = try await fixture.store.append(entry).id
        #expect(id.milliseconds == fixture.clock.milliseconds)
        #expect(
            try await fixture.store.stanza(romeo, id)
                == StoredArchiveEntry(id: id, stanza: entry.stanza, isOutgoing: true))
        #expect(
            try await fixture.store.stanza(juliet, id)
                == StoredArchiveEntry(id: id, stanza: entry.stanza, isOutgoing: false))
        #expect(try await fixture.rows("archive_message") == 1)
        #expect(try await fixture.rows("archive_entry") == 2)
        #expect(
            try await fixture.store.usage(juliet) == StorageUsage(stanzas: 1, bytes: entry.stanza.utf8.count))
        // The clock alone is no name.
        #expect(try await fixture.store.stanza(romeo, ArchiveID(clock: id.clock, tail: id.tail ^ 1)) == nil)
        #expect(try await fixture.store.stanza("nobody@montague.lit", id) == nil)
    }

    @Test func messageToOneselfIsThereOnce() async throws {
        let fixture = try await ArchiveFixture("self")
        let id = try await fixture.store.append(fixture.message("note", to: romeo)).id
        #expect(try await fixture.store.after(romeo, nil, limit: 10).map(\.id) == [id])
        #expect(try await fixture.rows("archive_entry") == 1)
    }

    @Test func ownerWithoutAnAccountHasNoArchive() async throws {
        let fixture = try await ArchiveFixture("strangers")
        let id = try await fixture.store.append(fixture.message("hello", to: "mercutio@verona.lit")).id
        #expect(try await fixture.store.stanza(romeo, id) != nil)
        #expect(try await fixture.store.usage("mercutio@verona.lit") == StorageUsage(stanzas: 0, bytes: 0))
        let stranger = fixture.message("hello", from: "a@verona.lit", to: "b@verona.lit")
        await #expect(throws: StorageError.notFound) { try await fixture.store.append(stranger) }
        #expect(try await fixture.rows("archive_message") == 1)
    }

    @Test func namesGoUpWhateverTheClockDoes() async throws {
        let fixture = try await ArchiveFixture("steps")
        var ids: [ArchiveID] = []
        for step: Int64 in [0, 1000, -3_600_000_000, 0, 7_200_000_000, -1, -86_400_000_000] {
            fixture.clock.now += step
            ids.append(try await fixture.store.append(fixture.message("x")).id)
        }
        #expect(ids == ids.sorted())
        #expect(Set(ids.map(\.clock)).count == ids.count)
        #expect(try await fixture.store.after(juliet, nil, limit: 100).map(\.id) == ids)
    }

    @Test func namesGoUpOverARestartWithTheClockPutBack() async throws {
        let folder = try TemporaryFolder()
        let clock = TestClock()
        let path = folder.file("xmpp.sqlite")
        let first = try await ArchiveFixture(try XMPPDatabase(path: path) { clock.now }, clock: clock)
        let old = try await first.store.append(first.message("before")).id
        await first.database.close()
        clock.now -= 3_600_000_000
        let second = try await ArchiveFixture(try XMPPDatabase(path: path) { clock.now }, clock: clock)
        let new = try await second.store.append(second.message("after")).id
        #expect(new > old)
        // Nor is the name of a message given again that has gone since.
        try await second.store.purge { _ in ArchiveRetention(messages: 0) }
        #expect(try await second.rows("archive_message") == 0)
        await second.database.close()
        let third = try await ArchiveFixture(try XMPPDatabase(path: path) { clock.now }, clock: clock)
        #expect(try await third.store.append(third.message("last")).id > new)
        await third.database.close()
    }

    @Test func restoredCopyGivesNoNameOfTheOriginals() async throws {
        let folder = try TemporaryFolder()
        let original = try await ArchiveFixture(
            try XMPPDatabase(path: folder.file("xmpp.sqlite")), clock: TestClock(ArchiveClock.system()))
        try await original.store.append(original.message("kept"))
        try await original.database.backup(to: folder.file("copy.sqlite"))
        var lost: Set<Int64> = []
        for number in 0..<20 { lost.insert(try await original.store.append(original.message("\(number)")).id.clock) }
        await original.database.close()
        // The machine it is restored on is behind the time.
        let clock = TestClock(ArchiveClock.system() - 60_000_000)
        let copy = try await ArchiveFixture(
            try XMPPDatabase(path: folder.file("copy.sqlite")) { clock.now }, clock: clock)
        for number in 0..<20 {
            let id = try await copy.store.append(copy.message("\(number)")).id
            #expect(!lost.contains(id.clock))
            #expect(id.clock > lost.max() ?? 0)
        }
        await copy.database.close()
    }

    @Test func orderIsThatOfCommitsUnderConcurrency() async throws {
        let fixture = try await ArchiveFixture("concurrent")
        let ids = try await withThrowingTaskGroup(of: [ArchiveID].self) { group in
            for writer in 0..<8 {
                group.addTask {
                    var ids: [ArchiveID] = []
                    for number in 0..<50 {
                        ids.append(try await fixture.store.append(fixture.message("\(writer)/\(number)")).id)
                    }
                    return ids
                }
            }
            var all: [[ArchiveID]] = []
            for try await ids in group { all.append(ids) }
            return all
        }
        for ids in ids { #expect(ids == ids.sorted()) }
        let all = ids.flatMap(\.self)
        #expect(Set(all.map(\.clock)).count == 400)
        #expect(try await fixture.store.after(romeo, nil, limit: 1000).map(\.id) == all.sorted())
        #expect(try await fixture.store.usage(romeo).stanzas == 400)
    }

    @Test func operationThatFailsLeavesNothing() async throws {
        let fixture = try await ArchiveFixture("undone")
        let (store, entry) = (fixture.store, fixture.message("x"))
        await #expect(throws: StorageError.exists) {
            try await fixture.database.write { context in
                try store.append(entry, in: context)
                throw StorageError.exists
            }
        }
        for table in ["archive", "archive_message", "archive_entry"] {
            #expect(try await fixture.rows(table) == 0, "\(table)")
        }
    }

    // MARK: - Sent again

    @Test func sameMessageSentAgainIsNoNewOne() async throws {
        let fixture = try await ArchiveFixture("again")
        let first = try await fixture.store.append(fixture.message("hi", id: "1", originID: "o1"))
        // From the next connection of the same client, a day and a half later.
        fixture.clock.now += 129_600_000_000
        let again = fixture.message("hi", resource: "garden", id: "2", originID: "o1")
        #expect(try await fixture.store.append(again) == .duplicate(first.id))
        #expect(try await fixture.rows("archive_message") == 1)
        #expect(try await fixture.store.usage(romeo).stanzas == 1)
        // After some days it is a new one.
        fixture.clock.now += 3 * 86_400_000_000
        #expect(try await fixture.store.append(again) != .duplicate(first.id))
    }

    /// XEP-0198 §5: clients say since when what they send again has been on its way.
    @Test func delayedMessageSentAgainIsNoNewOne() async throws {
        let fixture = try await ArchiveFixture("delayed")
        let first = try await fixture.store.append(fixture.message("hi", id: "1", originID: "o1"))
        func again(_ body: String, _ child: String) -> NewArchiveEntry {
            var entry = fixture.message(body, id: "1", originID: "o1")
            entry.stanza = entry.stanza.replacing("</message>", with: child + "</message>")
            return entry
        }
        let delay = "<delay xmlns='urn:xmpp:delay' stamp='2026-11-22T12:00:00Z'/>"
        #expect(try await fixture.store.append(again("hi", delay)) == .duplicate(first.id))
        #expect(try await fixture.store.append(again("hi", delay + delay)) == .duplicate(first.id))
        #expect(try await fixture.rows("archive_message") == 1)
        #expect(try await fixture.store.append(again("hi!", delay)) != .duplicate(first.id))
        #expect(try await fixture.store.append(again("hi", "<x xmlns='urn:x'>\(delay)</x>")) != .duplicate(first.id))
        // Whichever of them came first.
        let last = try await fixture.store.append(again("hey", delay))
        #expect(try await fixture.store.append(again("hey", "")) == .duplicate(last.id))
    }

    @Test func onlyTheSameMessageIsTheSame() async throws {
        let fixture = try await ArchiveFixture("other")
        let others = [
            fixture.message("hi", originID: "o1"),
            fixture.message("hi!", originID: "o1"), fixture.message("hi", originID: "o2"),
            fixture.message("hi", from: juliet, to: romeo, originID: "o1"),
            fixture.message("hi", to: "mercutio@verona.lit", originID: "o1"), fixture.message("hi", id: "o1"),
            fixture.message("hi", id: "o1"),
        ]
        for other in others {
            guard case .stored = try await fixture.store.append(other) else {
                Issue.record("\(other.stanza) was taken for another")
                continue
            }
        }
        #expect(try await fixture.rows("archive_message") == others.count)
    }

    @Test func samePlaceInTheIndexIsNotTheSameMessage() async throws {
        let fixture = try await ArchiveFixture("collision")
        let entry = fixture.message("hi", originID: "o1")
        let first = try await fixture.store.append(entry)
        // As if another message's hash were the same.
        try await fixture.database.write { context in
            _ = try context.perform { try $0.run("UPDATE archive_entry SET peer = 'other@verona.lit'") }
        }
        #expect(try await fixture.store.append(entry) != .duplicate(first.id))
    }

    // MARK: - Deletion

    @Test func archiveGoesWithItsAccountButTheOthersStays() async throws {
        let fixture = try await ArchiveFixture("deleted")
        var last: ArchiveID?
        for number in 0..<150 { last = try await fixture.store.append(fixture.message("secret \(number)")).id }
        try await fixture.store.setPreferences(ArchivePreferences(default: .never), of: romeo)
        try await AccountStore(fixture.database).delete(romeo)
        try await AccountStore(fixture.database).create(romeo, credentials: [], created: 2)
        // Whoever has the name next sees nothing, even before anything was purged.
        #expect(try await fixture.store.after(romeo, nil, limit: 10).isEmpty)
        #expect(try await fixture.store.preferences(romeo) == ArchivePreferences())
        #expect(try await fixture.store.metadata(romeo) == nil)
        try await fixture.store.append(fixture.message("mine"))
        #expect(try await fixture.store.usage(romeo).stanzas == 1)

        #expect(try await fixture.store.purge { _ in ArchiveRetention() } == 150)
        #expect(try await fixture.store.after(juliet, nil, limit: 1000).count == 151)
        #expect(try await fixture.store.usage(romeo).stanzas == 1)
        #expect(try await fixture.rows("archive") == 2)
        try await AccountStore(fixture.database).delete(juliet)
        #expect(try await fixture.store.purge { _ in ArchiveRetention() } == 151)
        #expect(try await fixture.rows("archive_message") == 1)
        if let last { #expect(try await fixture.store.stanza(romeo, last) == nil) }
    }

    @Test func purgeTakesWhatIsOldAndWhatIsTooMuch() async throws {
        let fixture = try await ArchiveFixture("purge")
        var ids: [ArchiveID] = []
        for number in 0..<200 {
            ids.append(try await fixture.store.append(fixture.message("\(number)")).id)
            fixture.clock.now += 3_600_000_000
        }
        let writes = fixture.database.statistics.operations
        // juliet's host keeps 5 days, romeo's 30 messages.
        let removed = try await fixture.store.purge { host in
            host == "capulet.lit" ? ArchiveRetention(days: 5) : ArchiveRetention(messages: 30)
        }
        #expect(removed == 80 + 170)
        #expect(fixture.database.statistics.operations - writes == 2 + 3, "in chunks, each an operation of its own")
        #expect(try await fixture.store.after(juliet, nil, limit: 1000).map(\.id) == Array(ids[80...]))
        #expect(try await fixture.store.after(romeo, nil, limit: 1000).map(\.id) == Array(ids[170...]))
        // What is gone from both is gone.
        #expect(try await fixture.rows("archive_message") == 120)
        #expect(try await fixture.store.usage(juliet).stanzas == 120)
        let bytes = try await fixture.store.usage(romeo).bytes
        try await fixture.store.purge { _ in ArchiveRetention(bytes: bytes / 2) }
        #expect(try await fixture.store.usage(romeo).bytes <= bytes / 2)
        #expect(try await fixture.store.usage(romeo).stanzas >= 14)
        let before = fixture.database.statistics.operations
        #expect(try await fixture.store.purge { _ in ArchiveRetention(days: 365) } == 0)
        #expect(fixture.database.statistics.operations == before, "nothing to remove is nothing to write")
    }

    /// What is in the archive and waits to be delivered goes when it has been, not before.
    @Test func purgeLeavesWhatWaits() async throws {
        let fixture = try await ArchiveFixture("waiting")
        let offline = OfflineStore(fixture.database, quota: StorageQuota(stanzas: 10, bytes: 1000))
        var ids: [ArchiveID] = []
        var rows: [Int64] = []
        // More than a chunk of them, one in the middle and one at the end.
        let waiting = Set(0..<100).union([150, 249])
        for number in 0..<250 {
            let id = try await fixture.store.append(fixture.message("\(number)")).id
            ids.append(id)
            guard waiting.contains(number) else { continue }
            rows.append(
                try await offline.append(
                    NewOfflineStanza(account: juliet, content: .archived(id), stamp: id.milliseconds)))
        }
        fixture.clock.now += 3 * 86_400_000_000
        func left() async throws -> [ArchiveID] { try await fixture.store.after(juliet, nil, limit: 1000).map(\.id) }
        /// What was removed, and the writes that it took.
        func purge(_ retention: ArchiveRetention) async throws -> [Int] {
            let before = fixture.database.statistics.operations
            let removed = try await fixture.store.purge { $0 == "capulet.lit" ? retention : ArchiveRetention() }
            return [removed, fixture.database.statistics.operations - before]
        }
        let some = try await purge(ArchiveRetention(messages: 200))
        #expect(some == [50, 1], "the writer does not pass over what waits")
        #expect(try await left() == Array(ids[..<100] + ids[150...]))
        #expect(try await purge(ArchiveRetention(days: 1)) == [98, 2])
        let kept = waiting.sorted().map { ids[$0] }
        #expect(try await left() == kept)
        #expect(try await fixture.store.usage(juliet).stanzas == 102)
        for retention in [ArchiveRetention(days: 1), ArchiveRetention(messages: 1), ArchiveRetention(bytes: 1)] {
            #expect(try await purge(retention) == [0, 0])
        }
        let read = try await offline.load(juliet, limit: 1000)
        #expect(read.compactMap(\.archiveID) == kept && read.allSatisfy { !$0.stanza.isEmpty })
        // Delivered.
        try await offline.delete(juliet, Array(rows[10...]))
        #expect(try await purge(ArchiveRetention(days: 1)).first == 92)
        #expect(try await left() == Array(ids[..<10]))
        // Nobody is there any more whom it waits for.
        try await AccountStore(fixture.database).delete(juliet)
        #expect(try await purge(ArchiveRetention()).first == 10)
        #expect(try await fixture.rows("archive") == 1)
    }

    @Test func whatWaitsIsFoundByItsPlace() async throws {
        let fixture = try await ArchiveFixture("plan")
        let details = try await fixture.database.read { database in
            try database.rows(
                """
                EXPLAIN QUERY PLAN SELECT e.id FROM archive AS a CROSS JOIN archive_entry AS e ON e.archive = a.number
                WHERE a.number = 1 AND NOT EXISTS (\(ArchiveStore.waiting(account: "a.account", entry: "e.id")))
                """
            )
            .map { try $0.value("detail") as String }
        }
        #expect(details.contains { $0.contains("offline_by_account (account=? AND position=?)") }, "\(details)")
    }

    @Test func purgeStopsBetweenChunksAndIsTakenUp() async throws {
        let fixture = try await ArchiveFixture("broken off")
        for number in 0..<200 { try await fixture.store.append(fixture.message("\(number)")) }
        #expect(try await fixture.store.purge({ _ in ArchiveRetention(messages: 0) }, isCancelled: { true }) == 0)
        #expect(try await fixture.store.purge { _ in ArchiveRetention(messages: 0) } == 400)
        #expect(try await fixture.rows("archive_message") == 0)
        #expect(try await fixture.store.usage(juliet) == StorageUsage(stanzas: 0, bytes: 0))
    }

    // MARK: - Preferences

    @Test func preferencesAreKept() async throws {
        let fixture = try await ArchiveFixture("preferences")
        #expect(try await fixture.store.preferences(romeo) == ArchivePreferences(default: .always))
        let wanted = ArchivePreferences(default: .roster, always: [juliet], never: ["tybalt@capulet.lit/sword", "é@x"])
        try await fixture.store.setPreferences(wanted, of: romeo)
        #expect(try await fixture.store.preferences(romeo) == wanted)
        try await fixture.store.setPreferences(ArchivePreferences(default: .never), of: romeo)
        #expect(try await fixture.store.preferences(romeo) == ArchivePreferences(default: .never))
        #expect(try await fixture.store.preferences(juliet).default == .always)
    }

    /// XEP-0441 §2.3.
    @Test func addressesAreMatchedAsTheSpecificationSays() {
        let preferences = ArchivePreferences(
            default: .roster, always: ["a@x", "c@x/home", "d@x"], never: ["b@x", "a@x/work", "c@x", "d@x"])
        let cases: [(String, String?, Bool, Bool)] = [
            ("a@x", nil, false, true), ("a@x", "home", false, true), ("a@x", "work", false, false),
            ("b@x", "home", true, false), ("c@x", "home", false, true), ("c@x", "work", true, false),
            ("d@x", nil, true, false), ("e@x", "home", true, true), ("e@x", nil, false, false),
        ]
        for (bare, resource, isContact, isArchived) in cases {
            #expect(
                preferences.archives(bare, resource: resource, isContact: { isContact }) == isArchived,
                "\(bare)/\(resource ?? "")")
        }
        #expect(ArchivePreferences().archives("a@x", resource: nil, isContact: { false }))
        #expect(!ArchivePreferences(default: .never).archives("a@x", resource: nil, isContact: { true }))
    }
}
