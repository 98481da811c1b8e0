//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPStorage

@Suite struct RosterStoreTests {
    let database: XMPPDatabase
    let store: RosterStore
    let romeo = "romeo@montague.lit"
    let juliet = "juliet@capulet.lit"

    init() throws {
        database = try XMPPDatabase(inMemory: "roster")
        store = RosterStore(database)
    }

    @Test func emptyRosterHasVersionZero() async throws {
        #expect(try await store.load(romeo) == StoredRoster(version: 0, items: []))
        #expect(try await store.item(juliet, of: romeo) == nil)
    }

    @Test(arguments: StoredRosterItem.Subscription.allCases)
    func itemComesBackAsItWas(subscription: StoredRosterItem.Subscription) async throws {
        let full = StoredRosterItem(
            contact: juliet, name: "Juliet \"J\" ♥", groups: ["Friends", "", "a,b\u{1F}c", "[]"],
            subscription: subscription, ask: true, approved: true, pendingIn: true,
            subscribeStanza: "<presence type='subscribe'/>")
        let bare = StoredRosterItem(contact: "a@b", subscription: subscription)
        let versions = try await store.update([
            RosterMutation(account: romeo, .put(full)), RosterMutation(account: romeo, .put(bare)),
        ])
        #expect(try await store.load(romeo) == StoredRoster(version: versions[1], items: [bare, full]))
        #expect(try await store.item(juliet, of: romeo) == full)
        #expect(try await store.load(juliet).items.isEmpty)
    }

    @Test func putReplacesTheWholeItem() async throws {
        try await store.update(romeo, .put(StoredRosterItem(contact: juliet, name: "J", groups: ["A"], ask: true)))
        let later = StoredRosterItem(contact: juliet, subscription: .both)
        try await store.update(romeo, .put(later))
        #expect(try await store.load(romeo).items == [later])
    }

    @Test func removingAStrangerIsNotFoundAndChangesNothing() async throws {
        let version = try await store.update(romeo, .put(StoredRosterItem(contact: juliet)))
        await #expect(throws: StorageError.notFound) { try await store.update(romeo, .remove(contact: "x@y")) }
        try await store.update(romeo, .remove(contact: juliet))
        await #expect(throws: StorageError.notFound) { try await store.update(romeo, .remove(contact: juliet)) }
        let roster = try await store.load(romeo)
        #expect(roster.items.isEmpty)
        #expect(roster.version > version)
    }

    @Test func versionsGrowThroughRemovalAndReturn() async throws {
        let accounts = AccountStore(database)
        try await accounts.create(romeo, credentials: [], created: 1)
        var versions: [Int64] = []
        versions.append(try await store.update(romeo, .put(StoredRosterItem(contact: juliet))))
        versions.append(try await store.update(romeo, .remove(contact: juliet)))
        versions.append(try await store.update(romeo, .put(StoredRosterItem(contact: juliet))))
        try await accounts.delete(romeo)
        try await accounts.create(romeo, credentials: [], created: 2)
        versions.append(try await store.update(romeo, .put(StoredRosterItem(contact: juliet))))
        #expect(versions == versions.sorted())
        #expect(Set(versions).count == versions.count)
        // The old account's client is not taken for the new one's.
        let change = try await store.changes(romeo, since: versions[1])
        #expect(
            change == .whole(StoredRoster(version: versions[3], items: [StoredRosterItem(contact: juliet)])))
    }

    @Test func tellsOnlyTheDifferencesSinceAVersion() async throws {
        let item = StoredRosterItem(contact: juliet)
        let nurse = StoredRosterItem(contact: "nurse@capulet.lit", groups: ["Staff"])
        let first = try await store.update(romeo, .put(item))
        let second = try await store.update(romeo, .put(nurse))
        let third = try await store.update(romeo, .remove(contact: juliet))
        #expect(
            try await store.changes(romeo, since: first)
                == .differences(
                    version: third,
                    [
                        RosterDifference(version: second, change: .put(nurse)),
                        RosterDifference(version: third, change: .remove(contact: juliet)),
                    ]))
        #expect(try await store.changes(romeo, since: third) == .differences(version: third, []))
    }

    @Test(arguments: [-1, 0, 1_000_000] as [Int64])
    func tellsTheWholeRosterForAnUnknownVersion(version: Int64) async throws {
        // Another account's change first, so that version 0 is before this roster's time.
        try await store.update("other@montague.lit", .put(StoredRosterItem(contact: juliet)))
        try await store.update(romeo, .put(StoredRosterItem(contact: juliet)))
        let roster = try await store.load(romeo)
        #expect(try await store.changes(romeo, since: version) == .whole(roster))
    }

    @Test func forgetsTheOldestRemovalsBeyondTheBound() async throws {
        let before = try await store.update(romeo, .put(StoredRosterItem(contact: juliet)))
        let surplus = 3
        var removals: [Int64] = []
        for number in 0..<(StorageLimits.rememberedRemovals + surplus) {
            let contact = "stranger\(number)@x.lit"
            let versions = try await store.update([
                RosterMutation(account: romeo, .put(StoredRosterItem(contact: contact))),
                RosterMutation(account: romeo, .remove(contact: contact)),
            ])
            removals.append(versions[1])
        }
        let roster = try await store.load(romeo)
        #expect(try await store.changes(romeo, since: before) == .whole(roster))
        let floor = removals[surplus - 1]
        #expect(try await store.changes(romeo, since: floor - 1) == .whole(roster))
        guard case .differences(let version, let differences) = try await store.changes(romeo, since: floor) else {
            Issue.record("the floor itself is known")
            return
        }
        #expect(version == roster.version)
        #expect(differences.count == StorageLimits.rememberedRemovals)
    }

    @Test func bothEndsOfASubscriptionChangeTogether() async throws {
        try await store.update([
            RosterMutation(account: romeo, .put(StoredRosterItem(contact: juliet, subscription: .to))),
            RosterMutation(account: juliet, .put(StoredRosterItem(contact: romeo, subscription: .from))),
        ])
        #expect(try await store.item(juliet, of: romeo)?.subscription == .to)
        #expect(try await store.item(romeo, of: juliet)?.subscription == .from)
    }

    @Test func neitherEndChangesWhenOneFails() async throws {
        let old = StoredRosterItem(contact: juliet, subscription: .none)
        let version = try await store.update(romeo, .put(old))
        await #expect(throws: StorageError.notFound) {
            try await store.update([
                RosterMutation(account: romeo, .put(StoredRosterItem(contact: juliet, subscription: .both))),
                RosterMutation(account: juliet, .remove(contact: romeo)),
            ])
        }
        #expect(try await store.load(romeo) == StoredRoster(version: version, items: [old]))
        #expect(try await store.load(juliet).version == 0)
    }

    @Test func readsWhatTheSameWriteHasWritten() async throws {
        let (store, romeo, juliet) = (store, romeo, juliet)
        let seen = try await database.write { context in
            try store.apply(RosterMutation(account: romeo, .put(StoredRosterItem(contact: juliet))), in: context)
            var item = try store.item(juliet, of: romeo, in: context) ?? StoredRosterItem(contact: "missing")
            item.subscription = .both
            try store.apply(RosterMutation(account: romeo, .put(item)), in: context)
            return (try store.count(romeo, in: context), try store.load(romeo, in: context))
        }
        #expect(seen.0 == 1)
        #expect(seen.1.items == [StoredRosterItem(contact: juliet, subscription: .both)])
        #expect(try await store.load(romeo) == seen.1)
    }
}
