//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

/// Messages that come from another server's archive.
@Suite struct ArchiveImportTests {
    private let database: XMPPDatabase
    private let store: ArchiveStore
    private let romeo = "romeo@montague.lit"
    private let juliet = "juliet@capulet.lit"

    init() async throws {
        database = try XMPPDatabase(inMemory: "archive-import")
        store = ArchiveStore(database)
        for account in [romeo, juliet] {
            try await AccountStore(database).create(account, credentials: [], created: 1)
        }
    }

    private func entry(_ body: String, at time: Int64, of account: String? = nil) -> NewArchiveEntry {
        NewArchiveEntry(
            stanza: "<message from='\(juliet)' to='\(romeo)' xmlns='jabber:client'><body>\(body)</body></message>",
            owners: [.init(account: account ?? romeo, peer: juliet, isOutgoing: account == juliet)], sender: juliet,
            body: body, originID: "same", arrived: time)
    }

    private func insert(_ entries: [NewArchiveEntry]) async throws {
        let taken = try await database.write { context in
            var taken = 0
            for entry in entries where try store.insert(entry, in: context) { taken += 1 }
            return taken
        }
        #expect(taken == entries.count)
    }

    @Test func keepsTimesAndOrder() async throws {
        try await store.append(entry("now", at: 2_000_000_000))
        try await insert([entry("one", at: 1000), entry("two", at: 1000), entry("three", at: 1001)])
        let all = try await store.after(romeo, nil, limit: 10)
        #expect(all.map(\.id.milliseconds).prefix(3) == [1000, 1000, 1001])
        let bodies = ["one", "two", "three", "now"]
        #expect(zip(all, bodies).allSatisfy { $0.stanza.contains(">\($1)<") } && all.count == 4)
        #expect(try await store.usage(romeo).stanzas == 4)
    }

    @Test func givesEachSideItsOwnCopy() async throws {
        try await insert([entry("one", at: 1000), entry("one", at: 1000, of: juliet)])
        #expect(try await store.after(romeo, nil, limit: 10).count == 1)
        #expect(try await store.after(juliet, nil, limit: 10).map(\.isOutgoing) == [true])
        let stranger = entry("x", at: 1, of: "nobody@capulet.lit")
        let isTaken = try await database.write { try store.insert(stranger, in: $0) }
        #expect(!isTaken)
    }

    /// XEP-0424: what was brought along is taken back in each side's archive, by its id or its origin id.
    @Test func isTakenBack() async throws {
        let now = ArchiveClock.system() / 1000
        func sent(_ body: String, id: String, in archives: [String], at time: Int64) -> NewArchiveEntry {
            NewArchiveEntry(
                stanza: "<message from='\(juliet)' to='\(romeo)' id='\(id)' xmlns='jabber:client'><body>\(body)</body>"
                    + "<origin-id xmlns='urn:xmpp:sid:0' id='o\(id)'/></message>",
                owners: archives.map {
                    .init(account: $0, peer: $0 == romeo ? juliet : romeo, isOutgoing: $0 == juliet)
                },
                sender: juliet, body: body, originID: "o\(id)", messageID: id, arrived: time)
        }
        for (id, target) in [("1", "1"), ("2", "o2")] {
            try await insert([romeo, juliet].map { sent("secret", id: id, in: [$0], at: now - 86_400_000) })
            var retraction = sent("back", id: "r" + id, in: [juliet, romeo], at: now)
            retraction.retraction = .init(id: target, tombstone: "<retracted xmlns='urn:xmpp:message-retract:1'/>")
            try await store.append(retraction)
        }
        for account in [romeo, juliet] {
            let all = try await store.after(account, nil, limit: 10)
            #expect(all.count == 4)
            #expect(all.prefix(2).allSatisfy { $0.stanza.contains("<retracted ") && !$0.stanza.contains("secret") })
        }
    }

    @Test func isFoundByItsWords() async throws {
        try await store.append(entry("balcony", at: 2_000_000_000))
        try await store.catchUpIndex()
        // Before and after what the index has reached.
        try await insert([entry("nightingale", at: 1000)])
        try await store.append(entry("lark", at: 3_000_000_000))
        try await store.catchUpIndex()
        for word in ["balcony", "nightingale", "lark"] {
            var query = ArchiveQuery(limit: 10)
            query.text = word
            #expect(try await store.page(romeo, query).entries.count == 1, "\(word)")
        }
    }
}
