//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization
package import XMPPCore

/// The accounts that have sessions, by bare JID, in shards so that loops seldom meet.
package final class AccountRegistry: Sendable {
    private static let shardCount = 64

    private final class Shard: Sendable {
        let accounts = Mutex<[String: Account]>([:])
    }

    private let shards: [Shard]

    package init() {
        shards = (0..<Self.shardCount).map { _ in Shard() }
    }

    private func shard(_ key: String) -> Shard {
        shards[Int(UInt(bitPattern: key.hashValue) % UInt(Self.shardCount))]
    }

    /// The account of a bare JID, if it is online.
    package func online(_ bare: JID) -> Account? {
        let key = bare.bareString
        return shard(key).accounts.withLock { $0[key] }
    }

    /// Adds a session to its account, which comes online with this roster if it wasn't.
    ///
    /// `hasOffline` is asked once nobody can store anything for the account without finding the session.
    ///
    /// - Returns: the account, and the session that had the same resource and must go. `replacing` is told of that before
    ///   anybody can find that it is no longer the account's.
    func add(
        _ handle: SessionHandle, roster: Roster, device: String? = nil, isUnsettled: Bool = false,
        emptySince: Int64? = nil, hasOffline: () -> Bool = { false },
        replacing: (SessionHandle) -> Void = { _ in }
    ) -> (account: Account, replaced: SessionHandle?) {
        let bare = handle.jid.bare
        var session = BoundSession(handle)
        session.device = device
        session.isUnsettled = isUnsettled
        session.emptySince = emptySince
        return shard(bare.bareString).accounts.withLock { accounts in
            if let account = accounts[bare.bareString] {
                let result = account.add(session, hasOffline: hasOffline, replacing)
                if result.added {
                    handle.join(account)
                    return (account, result.replaced)
                }
            }
            let account = Account(bare, roster: roster)
            handle.join(account)
            _ = account.add(session, hasOffline: hasOffline, replacing)
            accounts[bare.bareString] = account
            return (account, nil)
        }
    }

    /// Removes a session; the account goes with its last one.
    func remove(_ handle: SessionHandle) {
        let key = handle.jid.bareString
        shard(key).accounts.withLock { accounts in
            guard let account = accounts[key], account.remove(handle) else { return }
            accounts[key] = nil
        }
    }

    /// All accounts that are online: for broadcasts and statistics.
    package var all: [Account] {
        shards.flatMap { shard in shard.accounts.withLock { Array($0.values) } }
    }

    /// Sessions that wait for their clients.
    package var detachedCount: Int {
        all.reduce(0) { count, account in count + account.sessions.count(where: \.isDetached) }
    }

    /// Sessions that are bound.
    package var sessionCount: Int {
        all.reduce(0) { $0 + $1.sessions.count }
    }
}
