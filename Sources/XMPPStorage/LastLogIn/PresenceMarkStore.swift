//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Which accounts were there, as of once a minute: if the server is killed, it knows afterwards when they were last seen.
package struct PresenceMarkStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Notes that accounts are there, as long as they are not unmarked.
    package func mark(_ accounts: [String], in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            for account in accounts {
                try database.run(
                    "INSERT OR IGNORE INTO presence_mark (account) SELECT jid FROM account WHERE jid = ?", [account])
            }
        }
    }

    package func unmark(_ account: String, in context: WriteContext) throws(StorageError) {
        _ = try context.perform { try $0.run("DELETE FROM presence_mark WHERE account = ?", [account]) }
    }

    /// Notes that the server is there, in milliseconds since 1970.
    package func setAlive(_ now: Int64, in context: WriteContext) throws(StorageError) {
        _ = try context.perform { database in
            try database.run(
                """
                INSERT INTO presence_alive (id, stamp) VALUES (0, ?)
                ON CONFLICT (id) DO UPDATE SET stamp = excluded.stamp
                """, [now])
        }
    }

    /// After a start: accounts that are marked, and not among those that are there, were last seen when the server was.
    ///
    /// - Returns: those that stay marked.
    package func settle(present: Set<String>) async throws(StorageError) -> Set<String> {
        try await database.write { context in
            try context.perform { database in
                var marked: Set<String> = []
                let stamp: Int64? = try database.row("SELECT stamp FROM presence_alive")?.value("stamp")
                for row in try database.rows("SELECT account FROM presence_mark") {
                    let account: String = try row.value("account")
                    guard !present.contains(account) else {
                        marked.insert(account)
                        continue
                    }
                    try database.run("DELETE FROM presence_mark WHERE account = ?", [account])
                    guard let stamp else { continue }
                    try database.run(
                        """
                        INSERT INTO last_seen (account, stamp, status) VALUES (?, ?, NULL)
                        ON CONFLICT (account) DO UPDATE SET stamp = excluded.stamp, status = NULL
                        WHERE stamp < excluded.stamp
                        """,
                        [account, stamp])
                }
                return marked
            }
        }
    }
}
