//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct AccountStoreTests {
    let database: XMPPDatabase
    let store: AccountStore
    let sha1 = StoredCredential(
        mechanism: "SCRAM-SHA-1", salt: [0, 255, 1], iterations: 4096, storedKey: [9, 8], serverKey: [7])
    let sha256 = StoredCredential(
        mechanism: "SCRAM-SHA-256", salt: [1, 2], iterations: 10_000, storedKey: [3, 4], serverKey: [5, 6])

    init() throws {
        database = try XMPPDatabase(inMemory: "accounts")
        store = AccountStore(database)
    }

    @Test func createdAccountHasItsCredentials() async throws {
        try await store.create("romeo@montague.lit", credentials: [sha256, sha1], created: 1_700_000_000_123)
        let account = try #require(try await store.account("romeo@montague.lit"))
        #expect(account.account == "romeo@montague.lit")
        #expect(account.host == "montague.lit")
        #expect(account.created == 1_700_000_000_123)
        #expect(!account.isDisabled)
        #expect(try await store.exists("romeo@montague.lit"))
        #expect(try await store.credentials("romeo@montague.lit") == [sha1, sha256])
    }

    @Test func refusesToCreateAnAccountTwice() async throws {
        try await store.create("romeo@montague.lit", credentials: [sha1], created: 1)
        await #expect(throws: StorageError.exists) {
            try await store.create("romeo@montague.lit", credentials: [sha256], created: 2)
        }
        #expect(try await store.credentials("romeo@montague.lit") == [sha1])
    }

    @Test func replacesCredentials() async throws {
        try await store.create("romeo@montague.lit", credentials: [sha1], created: 1)
        try await store.setCredentials([sha256], of: "romeo@montague.lit")
        #expect(try await store.credentials("romeo@montague.lit") == [sha256])
        try await store.setCredentials([], of: "romeo@montague.lit")
        #expect(try await store.credentials("romeo@montague.lit").isEmpty)
    }

    @Test func keepsTheOldCredentialsWhenNewOnesFail() async throws {
        try await store.create("romeo@montague.lit", credentials: [sha1], created: 1)
        // The same mechanism twice breaks the primary key at the second row.
        await #expect(throws: StorageError.self) {
            try await store.setCredentials([sha256, sha256], of: "romeo@montague.lit")
        }
        #expect(try await store.credentials("romeo@montague.lit") == [sha1])
    }

    @Test func saysNotFoundForStrangers() async throws {
        await #expect(throws: StorageError.notFound) { try await store.setCredentials([], of: "tybalt@capulet.lit") }
        await #expect(throws: StorageError.notFound) { try await store.setDisabled(true, of: "tybalt@capulet.lit") }
        await #expect(throws: StorageError.notFound) { try await store.delete("tybalt@capulet.lit") }
        #expect(try await store.credentials("tybalt@capulet.lit").isEmpty)
        #expect(try await !store.exists("tybalt@capulet.lit"))
    }

    @Test func disablesAndEnables() async throws {
        try await store.create("romeo@montague.lit", credentials: [], created: 1)
        try await store.setDisabled(true, of: "romeo@montague.lit")
        #expect(try await store.account("romeo@montague.lit")?.isDisabled == true)
        try await store.setDisabled(false, of: "romeo@montague.lit")
        #expect(try await store.account("romeo@montague.lit")?.isDisabled == false)
    }

    @Test func listsOneHostInPages() async throws {
        for name in ["c", "a", "b"] {
            try await store.create("\(name)@montague.lit", credentials: [], created: 1)
        }
        try await store.create("a@capulet.lit", credentials: [], created: 1)
        #expect(try await store.count(host: "montague.lit") == 3)
        let first = try await store.list(host: "montague.lit", limit: 2).map(\.account)
        #expect(first == ["a@montague.lit", "b@montague.lit"])
        let rest = try await store.list(host: "montague.lit", after: first.last).map(\.account)
        #expect(rest == ["c@montague.lit"])
        #expect(try await store.list(host: "verona.lit").isEmpty)
    }

    @Test func deletionRemovesEverythingOfTheAccountAndNothingElse() async throws {
        let quota = StorageQuota(stanzas: 10, bytes: 1000)
        let roster = RosterStore(database)
        let offline = OfflineStore(database, quota: quota)
        let vCards = VCardStore(database)
        let states = PresenceStateStore(database)
        let lastSeen = LastSeenStore(database)
        for account in ["romeo@montague.lit", "juliet@capulet.lit"] {
            try await store.create(account, credentials: [sha1], created: 1)
            try await roster.update(account, .put(StoredRosterItem(contact: "nurse@capulet.lit")))
            try await offline.append(NewOfflineStanza(account: account, stanza: "<message/>", stamp: 1))
            try await vCards.set("<vCard/>", of: account)
            try await states.set(StoredPresenceState(stateID: "lunch", since: 1, isExplicit: true), of: account)
            try await lastSeen.set(LastSeen(stamp: 1, status: nil), of: account)
        }
        try await store.delete("romeo@montague.lit")

        #expect(try await !store.exists("romeo@montague.lit"))
        #expect(try await store.credentials("romeo@montague.lit").isEmpty)
        #expect(try await roster.load("romeo@montague.lit") == StoredRoster(version: 0, items: []))
        #expect(try await offline.load("romeo@montague.lit", limit: 10).isEmpty)
        #expect(try await offline.count("romeo@montague.lit") == 0)
        #expect(try await vCards.vCard(of: "romeo@montague.lit") == nil)
        #expect(try await states.state(of: "romeo@montague.lit") == nil)
        #expect(try await lastSeen.lastSeen("romeo@montague.lit") == nil)

        #expect(try await store.credentials("juliet@capulet.lit") == [sha1])
        #expect(try await roster.load("juliet@capulet.lit").items.count == 1)
        #expect(try await offline.count("juliet@capulet.lit") == 1)
        #expect(try await vCards.vCard(of: "juliet@capulet.lit") == "<vCard/>")
        #expect(try await states.loadAll().keys.sorted() == ["juliet@capulet.lit"])
        #expect(try await lastSeen.lastSeen("juliet@capulet.lit") == LastSeen(stamp: 1, status: nil))
    }

    @Test func deletionOfAnAccountLeavesNoRowBehind() async throws {
        try await store.create("romeo@montague.lit", credentials: [sha1], created: 1)
        let roster = RosterStore(database)
        try await roster.update("romeo@montague.lit", .put(StoredRosterItem(contact: "nurse@capulet.lit")))
        try await roster.update("romeo@montague.lit", .remove(contact: "nurse@capulet.lit"))
        try await store.delete("romeo@montague.lit")
        try await store.create("romeo@montague.lit", credentials: [], created: 2)
        #expect(try await store.credentials("romeo@montague.lit").isEmpty)
        #expect(try await roster.changes("romeo@montague.lit", since: 0) == .whole(StoredRoster(version: 0, items: [])))
    }
}
