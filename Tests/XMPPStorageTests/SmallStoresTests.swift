//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

/// vCards, presence states, last seen, component ids and meta values.
@Suite struct SmallStoresTests {
    let database: XMPPDatabase
    let romeo = "romeo@montague.lit"

    init() throws {
        database = try XMPPDatabase(inMemory: "small")
    }

    @Test func vCardIsSetReplacedAndRemoved() async throws {
        let store = VCardStore(database)
        #expect(try await store.vCard(of: romeo) == nil)
        try await store.set("<vCard><FN>Romeo</FN></vCard>", of: romeo)
        try await store.set("<vCard><FN>Ромео</FN></vCard>", of: romeo)
        #expect(try await store.vCard(of: romeo) == "<vCard><FN>Ромео</FN></vCard>")
        try await store.set(nil, of: romeo)
        #expect(try await store.vCard(of: romeo) == nil)
    }

    @Test func presenceStateComesBackAsItWas() async throws {
        let store = PresenceStateStore(database)
        let lunch = StoredPresenceState(stateID: "lunch", since: 1000, returnAt: 5000, isExplicit: true)
        let desk = StoredPresenceState(stateID: "desk", since: 2000, returnAt: nil, isExplicit: false)
        try await store.set(desk, of: romeo)
        try await store.set(lunch, of: romeo)
        try await store.set(desk, of: "juliet@capulet.lit")
        #expect(try await store.state(of: romeo) == lunch)
        #expect(try await store.loadAll() == [romeo: lunch, "juliet@capulet.lit": desk])
        try await store.set(nil, of: romeo)
        #expect(try await store.state(of: romeo) == nil)
    }

    @Test func lastSeenComesBackAsItWas() async throws {
        let store = LastSeenStore(database)
        try await AccountStore(database).create(romeo, credentials: [], created: 1)
        #expect(try await store.lastSeen(romeo) == nil)
        try await store.set(LastSeen(stamp: 1, status: "gone"), of: romeo)
        #expect(try await store.lastSeen(romeo) == LastSeen(stamp: 1, status: "gone"))
        try await store.set(LastSeen(stamp: 2, status: nil), of: romeo)
        #expect(try await store.lastSeen(romeo) == LastSeen(stamp: 2, status: nil))
    }

    @Test func componentStanzaIsNewOnlyOnce() async throws {
        let inbox = ComponentInbox(database)
        #expect(try await inbox.insertIfNew("bridge", id: "1", stamp: 1))
        #expect(try await !inbox.insertIfNew("bridge", id: "1", stamp: 2))
        #expect(try await inbox.insertIfNew("gateway", id: "1", stamp: 1))
        #expect(try await inbox.insertIfNew("bridge", id: "2", stamp: 1))
    }

    @Test func componentIDIsForgottenWithItsFailedOperation() async throws {
        let inbox = ComponentInbox(database)
        await #expect(throws: StorageError.notFound) {
            try await database.write { context in
                _ = try inbox.insertIfNew("bridge", id: "1", stamp: 1, in: context)
                throw StorageError.notFound
            }
        }
        #expect(try await inbox.insertIfNew("bridge", id: "1", stamp: 1))
    }

    @Test func inboxIsPrunedByAgeAndCount() async throws {
        let inbox = ComponentInbox(database)
        for number in 1...10 {
            _ = try await inbox.insertIfNew("bridge", id: "\(number)", stamp: Int64(number))
        }
        _ = try await inbox.insertIfNew("gateway", id: "1", stamp: 1)
        #expect(try await inbox.prune("bridge", before: 4, keeping: 100) == 3)
        #expect(try await inbox.prune("bridge", before: 0, keeping: 2) == 5)
        #expect(try await inbox.count("bridge") == 2)
        #expect(try await inbox.count("gateway") == 1)
        #expect(try await inbox.insertIfNew("bridge", id: "8", stamp: 11))
        #expect(try await !inbox.insertIfNew("bridge", id: "9", stamp: 11))
        #expect(try await inbox.prune("bridge", before: 0, keeping: 0) == 3)
    }

    @Test func inboxTellsTheLatestOfThoseWhoseNamesBeginAlike() async throws {
        let inbox = ComponentInbox(database)
        for number in 1...5 {
            _ = try await inbox.insertIfNew("s2s acme.example a.example", id: "\(number)", stamp: 1)
        }
        _ = try await inbox.insertIfNew("s2s acme.example b.example", id: "1", stamp: 1)
        _ = try await inbox.insertIfNew("s2x", id: "1", stamp: 1)
        #expect(
            try await inbox.components(beginningWith: "s2s ")
                == ["s2s acme.example a.example", "s2s acme.example b.example"])
        #expect(try await inbox.latest("s2s acme.example a.example", limit: 3) == ["3", "4", "5"])
    }

    @Test func firstSecretStays() async throws {
        let meta = MetaStore(database)
        let first = [UInt8](repeating: 7, count: 32)
        #expect(try await meta.value(for: "secret") == nil)
        #expect(try await meta.value(for: "secret", orStore: first) == first)
        #expect(try await meta.value(for: "secret", orStore: [1, 2, 3]) == first)
        #expect(try await meta.value(for: "secret") == first)
        try await meta.set([], for: "secret")
        #expect(try await meta.value(for: "secret") == [])
        try await meta.set(nil, for: "secret")
        #expect(try await meta.value(for: "secret") == nil)
    }
}
