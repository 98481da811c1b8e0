//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// When each account logged in last, in milliseconds since 1970. Written when the session ends: of one that is still
/// there its account knows.
package struct LastLogInStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Notes a log-in, unless there was a later one. Nothing is noted of an account that does not exist.
    package func set(_ stamp: Int64, of account: String, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run(
                """
                INSERT INTO last_log_in (account, stamp) SELECT jid, ? FROM account WHERE jid = ?
                ON CONFLICT (account) DO UPDATE SET stamp = MAX(stamp, excluded.stamp)
                """,
                [stamp, account])
        }
    }

    /// When the account logged in last; nil if never, or only in a session that has not ended.
    package func lastLogIn(_ account: String) async throws(StorageError) -> Int64? {
        try await database.read { database in
            try database.row("SELECT stamp FROM last_log_in WHERE account = ?", [account])?.value("stamp")
        }
    }
}
