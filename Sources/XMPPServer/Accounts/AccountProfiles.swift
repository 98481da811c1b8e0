//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
package import XMPPCore
internal import XMPPStorage

/// The profiles of the accounts that stanzas have gone to lately, bounded, and read once when they are needed.
package final class AccountProfiles: Sendable {
    private let cache: RecentValues<AccountProfile>
    private let changes = Atomic<UInt64>(0)

    package init(capacity: Int) {
        cache = RecentValues(capacity: capacity)
    }

    /// The profile of a bare JID, if it is at hand. Never waits.
    package func cached(_ account: String) -> AccountProfile? { cache[account] }

    /// Moves after every change of any account: a profile that was taken out after this was asked holds as long as it
    /// stays the same.
    var generation: UInt64 { changes.load(ordering: .acquiring) }

    /// The profile of an account, read if it must be.
    package func load(_ account: JID, server: ServerCore) async throws -> AccountProfile {
        try await load(account) { try await server.readProfile($0) }
    }

    /// The same for one of many, which drive nobody else's out of memory.
    func look(_ account: JID, server: ServerCore) async throws -> AccountProfile {
        if let profile = cache[account.bareString] { return profile }
        return try await server.readProfile(account.bare)
    }

    func load(
        _ account: JID, read: @Sendable (JID) async throws -> AccountProfile
    ) async throws -> AccountProfile {
        let key = account.bareString
        if let profile = cache[key] { return profile }
        var profile = AccountProfile.absent
        for _ in 0..<Self.attempts {
            let generation = cache.generation(of: key)
            profile = try await read(account.bare)
            // Another process may make the account at any time.
            guard profile.exists else { break }
            if cache.insert(profile, for: key, ifStill: generation) { break }
        }
        return profile
    }

    /// Forgets what is known of an account: to be called after every committed change of what a profile says.
    package func invalidate(_ account: String) {
        cache.remove(account)
        changes.wrappingAdd(1, ordering: .releasing)
    }

    /// Takes a committed change into what is known, if anything is; to be called in the order of the commits.
    package func update(_ account: String, _ change: (inout AccountProfile) -> Void) {
        cache.update(account, change)
        changes.wrappingAdd(1, ordering: .releasing)
    }

    /// One would do but for a change at the same moment.
    private static let attempts = 16
}

extension Account {
    /// The account's profile, if it is at hand: kept here for as long as nobody's changes.
    func profile(_ profiles: AccountProfiles) -> AccountProfile? {
        let generation = profiles.generation
        let known = state.withLock { state in state.profile?.generation == generation ? state.profile?.value : nil }
        if let known { return known }
        guard let profile = profiles.cached(jid.bareString) else { return nil }
        state.withLock { $0.profile = (profile, generation) }
        return profile
    }
}

extension ServerCore {
    /// Reads a profile out of the stores: what the core knows, then what features add.
    func readProfile(_ account: JID) async throws -> AccountProfile {
        let hasArchive = configuration.archives(account.domain)
        guard let stored = try await accountStore.accountAndPreferences(account.bareString) else {
            return AccountProfile(exists: false, hasArchive: hasArchive)
        }
        var profile = AccountProfile(
            isDisabled: stored.account.isDisabled, hasArchive: hasArchive, archive: stored.archive)
        for loader in tables.profileLoaders { try await loader(account, &profile, self) }
        return profile
    }
}
