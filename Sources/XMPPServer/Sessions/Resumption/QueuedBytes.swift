//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// What the queues of each account's sessions have on disk, in bytes; those that have nothing there are not in it.
final class QueuedBytes: Sendable {
    private let accounts = Mutex<[String: [Int64: Int]]>([:])

    /// Notes what one session has there; `key` is its number in the store.
    func set(_ bytes: Int, of key: Int64, _ account: String) {
        accounts.withLock { accounts in
            guard bytes > 0 || accounts[account] != nil else { return }
            accounts[account, default: [:]][key] = bytes > 0 ? bytes : nil
            if accounts[account]?.isEmpty == true { accounts[account] = nil }
        }
    }

    /// What an account's sessions have there together.
    func total(of account: String) -> Int {
        accounts.withLock { $0[account]?.values.reduce(0, +) ?? 0 }
    }
}
