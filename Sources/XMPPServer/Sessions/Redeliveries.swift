//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// Accounts whose dead sessions' messages are on their way elsewhere: what comes later for such an account waits, so that
/// it does not overtake them (RFC 6120 §10.1).
final class Redeliveries: Sendable {
    private struct Pending {
        var sessions = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let accounts = Mutex<[String: Pending]>([:])
    /// There are none at all, as a rule.
    private let count = Atomic<Int>(0)

    func begin(_ account: String) {
        accounts.withLock { $0[account, default: Pending()].sessions += 1 }
        count.wrappingAdd(1, ordering: .releasing)
    }

    func end(_ account: String) {
        count.wrappingSubtract(1, ordering: .releasing)
        let waiters = accounts.withLock { accounts -> [CheckedContinuation<Void, Never>] in
            guard var pending = accounts[account] else { return [] }
            pending.sessions -= 1
            guard pending.sessions == 0 else {
                accounts[account] = pending
                return []
            }
            accounts[account] = nil
            return pending.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Whether something of the account is on its way.
    func arePending(_ account: String) -> Bool {
        guard count.load(ordering: .acquiring) > 0 else { return false }
        return accounts.withLock { $0[account] != nil }
    }

    /// Returns when nothing of the account is on its way.
    func wait(_ account: String) async {
        await withCheckedContinuation { continuation in
            let isFree = accounts.withLock { accounts in
                guard accounts[account] != nil else { return true }
                accounts[account]?.waiters.append(continuation)
                return false
            }
            if isFree { continuation.resume() }
        }
    }
}
