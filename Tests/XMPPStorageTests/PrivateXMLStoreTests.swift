//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct PrivateXMLStoreTests {
    private let database: XMPPDatabase
    private let store: PrivateXMLStore
    private let romeo = "romeo@montague.lit"

    init() async throws {
        database = try XMPPDatabase(inMemory: "private")
        store = PrivateXMLStore(database, quota: StorageQuota(stanzas: 3, bytes: 100))
        try await AccountStore(database).create(romeo, credentials: [], created: 1)
    }

    private func entry(_ name: String, _ xml: String) -> PrivateXMLEntry {
        PrivateXMLEntry(name: name, namespace: "urn:a", xml: xml)
    }

    @Test func keepsReplacesAndRemoves() async throws {
        #expect(try await store.xml("a", "urn:a", of: romeo) == nil)
        try await store.set([entry("a", "<a/>"), entry("b", "<b/>")], of: romeo)
        try await store.set([entry("a", "<a x='ä'/>")], of: romeo)
        #expect(try await store.xml("a", "urn:a", of: romeo) == "<a x='ä'/>")
        #expect(try await store.xml("a", "urn:b", of: romeo) == nil)
        try await store.set([entry("b", "")], of: romeo)
        #expect(try await store.all(of: romeo) == [entry("a", "<a x='ä'/>")])
    }

    @Test func refusesMoreThanTheQuotaAndKeepsWhatWasThere() async throws {
        try await store.set([entry("a", "<a/>")], of: romeo)
        // In bytes, not in characters.
        let long = String(repeating: "ä", count: 51)
        await #expect(throws: StorageError.quotaExceeded) { try await store.set([entry("a", long)], of: romeo) }
        await #expect(throws: StorageError.quotaExceeded) {
            try await store.set(["b", "c", "d"].map { entry($0, "<x/>") }, of: romeo)
        }
        #expect(try await store.all(of: romeo) == [entry("a", "<a/>")])
    }

    @Test func belongsToAnAccountAndGoesWithIt() async throws {
        await #expect(throws: StorageError.notFound) {
            try await store.set([entry("a", "<a/>")], of: "nobody@montague.lit")
        }
        try await store.set([entry("a", "<a/>")], of: romeo)
        let accounts = AccountStore(database)
        try await accounts.delete(romeo)
        try await accounts.create(romeo, credentials: [], created: 2)
        #expect(try await store.all(of: romeo) == [])
    }
}

@Suite struct LastLogInStoreTests {
    private let database: XMPPDatabase
    private let store: LastLogInStore
    private let romeo = "romeo@montague.lit"

    init() async throws {
        database = try XMPPDatabase(inMemory: "log-in")
        store = LastLogInStore(database)
        try await AccountStore(database).create(romeo, credentials: [], created: 1)
    }

    private func set(_ stamp: Int64, of account: String) async throws {
        try await database.write { try store.set(stamp, of: account, in: $0) }
    }

    @Test func keepsTheLatest() async throws {
        #expect(try await store.lastLogIn(romeo) == nil)
        try await set(5, of: romeo)
        try await set(3, of: romeo)
        #expect(try await store.lastLogIn(romeo) == 5)
        try await set(7, of: romeo)
        #expect(try await store.lastLogIn(romeo) == 7)
    }

    @Test func knowsNothingOfAccountsThatAreGone() async throws {
        try await set(5, of: "nobody@montague.lit")
        #expect(try await store.lastLogIn("nobody@montague.lit") == nil)
        try await set(5, of: romeo)
        try await AccountStore(database).delete(romeo)
        try await set(6, of: romeo)
        try await LastSeenStore(database).set(LastSeen(stamp: 6, status: nil), of: romeo)
        #expect(try await store.lastLogIn(romeo) == nil)
        #expect(try await LastSeenStore(database).lastSeen(romeo) == nil)
    }
}

@Suite struct VCardPhotoTests {
    private let store: VCardStore
    private let database: XMPPDatabase

    init() throws {
        database = try XMPPDatabase(inMemory: "photo")
        store = VCardStore(database)
    }

    @Test func keepsHashesBesideTheCards() async throws {
        try await store.set("<vCard/>", photo: "aa", of: "a@acme.example")
        try await store.set("<vCard/>", photo: "", of: "b@acme.example")
        try await store.set("<vCard/>", of: "c@acme.example")
        let first = try await store.photos(after: "", limit: 1)
        #expect(first.map(\.account) == ["a@acme.example"] && first.map(\.photo) == ["aa"])
        #expect(try await store.photos(after: "a@acme.example", limit: 5).map(\.photo) == [""])
        #expect(try await store.unexamined(limit: 5).map(\.account) == ["c@acme.example"])
        // A card from elsewhere is looked at anew.
        try await store.set("<vCard><FN>A</FN></vCard>", of: "a@acme.example")
        #expect(try await store.unexamined(limit: 5).map(\.account) == ["a@acme.example", "c@acme.example"])
        try await store.set(nil, photo: "", of: "a@acme.example")
        #expect(try await store.photos(after: "", limit: 5).map(\.account) == ["b@acme.example"])
    }
}
