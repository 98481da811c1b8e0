//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The part of the schema that ``BlockingStore`` owns.
enum BlockingSchema {
    static let sql = """
        -- Addresses as they are matched: bare, full, or a domain.
        CREATE TABLE blocked (
            account TEXT NOT NULL,
            jid TEXT NOT NULL,
            PRIMARY KEY (account, jid)
        ) STRICT, WITHOUT ROWID;
        """
}

/// Whom each account does not want to hear from (XEP-0191). Addresses are written as JIDs are.
package struct BlockingStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: - Inside a write

    /// Adds addresses; those that are there already stay. Throws `quotaExceeded`, and the caller's operation with it, if
    /// the account would have more than `limit`.
    package func block(
        _ addresses: [String], of account: String, limit: Int, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            var added = 0
            for address in addresses {
                added += try database.run(
                    "INSERT OR IGNORE INTO blocked (account, jid) VALUES (?, ?)", [account, address])
            }
            guard added > 0 else { return }
            let row = try database.row("SELECT COUNT(*) AS n FROM blocked WHERE account = ?", [account])
            guard let count: Int = try row?.value("n"), count <= limit else { throw StorageError.quotaExceeded }
        }
    }

    /// Takes addresses off the list; those that are not on it are no matter.
    package func unblock(_ addresses: [String], of account: String, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            for address in addresses {
                try database.run("DELETE FROM blocked WHERE account = ? AND jid = ?", [account, address])
            }
        }
    }

    /// Empties the account's list.
    package func unblockAll(of account: String, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run("DELETE FROM blocked WHERE account = ?", [account])
        }
    }

    /// The account's list as the running transaction sees it, in the order of the addresses.
    package func list(_ account: String, in context: WriteContext) throws(StorageError) -> [String] {
        try context.perform { try Self.list(account, in: $0) }
    }

    /// Whether any of the addresses is on the account's list, as the running transaction sees it.
    package func contains(
        anyOf addresses: [String], of account: String, in context: WriteContext
    ) throws(StorageError) -> Bool {
        try context.perform { database in
            for address in addresses
            where try database.row("SELECT 1 FROM blocked WHERE account = ? AND jid = ?", [account, address]) != nil {
                return true
            }
            return false
        }
    }

    // MARK: - On its own

    /// The account's list, in the order of the addresses.
    package func list(_ account: String) async throws(StorageError) -> [String] {
        try await database.read { try Self.list(account, in: $0) }
    }

    private static func list(_ account: String, in database: Database) throws -> [String] {
        var addresses: [String] = []
        for row in try database.rows("SELECT jid FROM blocked WHERE account = ? ORDER BY jid", [account]) {
            addresses.append(try row.value("jid"))
        }
        return addresses
    }
}
