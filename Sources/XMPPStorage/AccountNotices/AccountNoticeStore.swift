//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Tells the running server what another program has done to an account, so that sessions end that must.
package struct AccountNotice: Sendable, Equatable {
    package enum Change: String, Sendable, CaseIterable {
        /// It was removed, or shut out.
        case closed
        /// It has another password.
        case password
        /// A device's tokens were taken back.
        case device
    }

    /// Never given twice.
    package let id: Int64
    /// Bare JID.
    package let account: String
    package let change: Change
    /// The id of the device that it is about.
    package let device: String?
}

/// Notices from one program to another about accounts, in the order of their commits.
package struct AccountNoticeStore: Sendable {
    /// How long a notice is kept, in milliseconds: a server that starts later has no sessions to end.
    static let lifetime: Int64 = 60 * 60 * 1000

    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Leaves a notice, and forgets old ones.
    package func add(
        _ change: AccountNotice.Change, of account: String, device: String? = nil, now: Int64, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            try database.run("DELETE FROM account_notice WHERE stamp < ?", [now - Self.lifetime])
            try database.run(
                "INSERT INTO account_notice (account, change, device, stamp) VALUES (?, ?, ?, ?)",
                [account, change.rawValue, device, now])
        }
    }

    /// The id of the last notice; 0 if there was never one.
    package func last() async throws(StorageError) -> Int64 {
        try await database.read { database in
            try database.row("SELECT seq FROM sqlite_sequence WHERE name = 'account_notice'")?.value("seq") ?? 0
        }
    }

    /// The notices after one, the oldest first.
    package func after(_ id: Int64) async throws(StorageError) -> [AccountNotice] {
        try await database.read { database in
            try database.rows("SELECT * FROM account_notice WHERE id > ? ORDER BY id", [id]).compactMap { row in
                let change: String = try row.value("change")
                // One of a newer program's says nothing to this one.
                guard let change = AccountNotice.Change(rawValue: change) else { return nil }
                return AccountNotice(
                    id: try row.value("id"), account: try row.value("account"), change: change,
                    device: try row.optional("device"))
            }
        }
    }
}
