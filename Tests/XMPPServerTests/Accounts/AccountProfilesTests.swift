//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization
import Testing
import XMPPCore

@testable import XMPPServer

@Suite struct AccountProfilesTests {
    private let romeo: JID

    init() throws {
        romeo = try JID("romeo@montague.lit")
    }

    /// Counts how often the store was asked.
    private final class Store: Sendable {
        let reads = Mutex(0)
        let profile = Mutex(AccountProfile())

        func read() -> AccountProfile {
            reads.withLock { $0 += 1 }
            return profile.withLock { $0 }
        }
    }

    @Test func readsAProfileOnce() async throws {
        let profiles = AccountProfiles(capacity: 100)
        let store = Store()
        #expect(profiles.cached(romeo.bareString) == nil)
        for _ in 0..<3 { #expect(try await profiles.load(romeo) { _ in store.read() }.exists) }
        #expect(profiles.cached(romeo.bareString) == AccountProfile())
        #expect(store.reads.withLock { $0 } == 1)
    }

    @Test func readsAgainAfterAChange() async throws {
        let profiles = AccountProfiles(capacity: 100)
        let store = Store()
        _ = try await profiles.load(romeo) { _ in store.read() }
        store.profile.withLock { $0.isDisabled = true }
        profiles.invalidate(romeo.bareString)
        #expect(profiles.cached(romeo.bareString) == nil)
        #expect(try await profiles.load(romeo) { _ in store.read() }.isDisabled)
    }

    @Test func doesNotKeepWhatChangedWhileItWasRead() async throws {
        let profiles = AccountProfiles(capacity: 100)
        let store = Store()
        let romeo = romeo
        let profile = try await profiles.load(romeo) { _ in
            let read = store.read()
            if store.reads.withLock({ $0 }) == 1 {
                store.profile.withLock { $0.isDisabled = true }
                profiles.invalidate(romeo.bareString)
            }
            return read
        }
        #expect(profile.isDisabled)
        #expect(profiles.cached(romeo.bareString)?.isDisabled == true)
        #expect(store.reads.withLock { $0 } == 2)
    }

    @Test func takesAChangeWithoutReading() async throws {
        let profiles = AccountProfiles(capacity: 100)
        let store = Store()
        _ = try await profiles.load(romeo) { _ in store.read() }
        let tybalt = try JID("tybalt@capulet.lit")
        profiles.update(romeo.bareString) { $0.blocked.insert(tybalt) }
        #expect(profiles.cached(romeo.bareString)?.blocked.blocks(tybalt) == true)
        #expect(store.reads.withLock { $0 } == 1)
    }

    @Test func anAccountSeesEveryChangeOfItsProfile() async throws {
        let profiles = AccountProfiles(capacity: 100)
        let store = Store()
        let account = Account(romeo, roster: Roster(version: 0, items: [:]))
        #expect(account.profile(profiles) == nil)
        _ = try await profiles.load(romeo) { _ in store.read() }
        for _ in 0..<2 { #expect(account.profile(profiles) == AccountProfile()) }
        let tybalt = try JID("tybalt@capulet.lit")
        profiles.update(romeo.bareString) { $0.blocked.insert(tybalt) }
        for _ in 0..<2 { #expect(account.profile(profiles)?.blocked.blocks(tybalt) == true) }
        profiles.invalidate(romeo.bareString)
        #expect(account.profile(profiles) == nil)
        #expect(store.reads.withLock { $0 } == 1)
    }

    @Test func anAccountKeepsItsProfileWhenOthersPushItOut() async throws {
        let profiles = AccountProfiles(capacity: 16)
        let account = Account(romeo, roster: Roster(version: 0, items: [:]))
        _ = try await profiles.load(romeo) { _ in AccountProfile() }
        #expect(account.profile(profiles) != nil)
        for number in 0..<1000 {
            _ = try await profiles.load(try JID("user\(number)@montague.lit")) { _ in AccountProfile() }
        }
        #expect(profiles.cached(romeo.bareString) == nil)
        #expect(account.profile(profiles) == AccountProfile())
    }

    @Test func copiesOfAProfileChangeApart() throws {
        let original = AccountProfile()
        var copy = original
        copy.hasArchive = true
        copy.blocked.insert(romeo)
        #expect(!original.hasArchive && original.blocked.isEmpty)
        #expect(copy.hasArchive && copy.blocked.blocks(romeo))
        #expect(copy != original && copy == AccountProfile(hasArchive: true, blocked: BlockList([romeo])))
    }

    @Test func remembersNobodyWhoIsNotThere() async throws {
        let profiles = AccountProfiles(capacity: 100)
        for _ in 0..<2 { #expect(try await !profiles.load(romeo) { _ in .absent }.exists) }
        #expect(profiles.cached(romeo.bareString) == nil)
    }

    @Test func keepsNoMoreThanItsCapacity() async throws {
        let cache = RecentValues<Int>(capacity: 64)
        for number in 0..<10_000 {
            #expect(cache.insert(number, for: "key-\(number)", ifStill: cache.generation(of: "key-\(number)")))
            #expect(cache["key-\(number)"] == number)
        }
        #expect(cache.count <= 64)
    }

    @Test func keepsWhatIsAskedForOften() async throws {
        let cache = RecentValues<Int>(capacity: 1600)
        #expect(cache.insert(7, for: "often", ifStill: cache.generation(of: "often")))
        for number in 0..<10_000 {
            _ = cache.insert(number, for: "key-\(number)", ifStill: cache.generation(of: "key-\(number)"))
            #expect(cache["often"] == 7)
        }
    }

    @Test func forgetsWhatIsRemoved() async throws {
        let cache = RecentValues<Int>(capacity: 160)
        for number in 0..<100 { _ = cache.insert(number, for: "key-\(number)", ifStill: 0) }
        for number in stride(from: 0, to: 100, by: 2) { cache.remove("key-\(number)") }
        for number in 0..<100 where number % 2 == 0 { #expect(cache["key-\(number)"] == nil) }
    }
}
