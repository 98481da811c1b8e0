//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// Accounts whose messages are on their way into the offline store by a ``Detour``, and where in its order those will
/// stand: nothing behind them is taken out of it before.
final class Detours: Sendable {
    private let accounts = Mutex<[String: [Int64]]>([:])
    /// There are none at all, as a rule.
    private let count = Atomic<Int>(0)

    func begin(_ account: String, at position: Int64) {
        accounts.withLock { $0[account, default: []].append(position) }
        count.wrappingAdd(1, ordering: .releasing)
    }

    func end(_ account: String, at position: Int64) {
        accounts.withLock { accounts in
            guard var pending = accounts[account], let index = pending.firstIndex(of: position) else { return }
            pending.remove(at: index)
            accounts[account] = pending.isEmpty ? nil : pending
        }
        count.wrappingSubtract(1, ordering: .releasing)
    }

    /// Whether something of the account is on its way.
    func arePending(_ account: String) -> Bool { first(account) != nil }

    /// Where the first of them will stand; nil if there is none.
    func first(_ account: String) -> Int64? {
        guard count.load(ordering: .acquiring) > 0 else { return nil }
        return accounts.withLock { $0[account]?.min() }
    }
}
