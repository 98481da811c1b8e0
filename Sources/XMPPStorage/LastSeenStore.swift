//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// When each account's last resource went away, and with which words (XEP-0012 §4, RFC 6121 §4.5.4).
package struct LastSeenStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Notes that the account has become unavailable. Nothing is noted of an account that does not exist: its sessions end
    /// after it was removed.
    package func set(_ seen: LastSeen, of account: String, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run(
                """
                INSERT OR REPLACE INTO last_seen (account, stamp, status) SELECT jid, ?, ? FROM account WHERE jid = ?
                """,
                [seen.stamp, seen.status, account])
        }
    }

    /// Notes that the account has become unavailable.
    package func set(_ seen: LastSeen, of account: String) async throws(StorageError) {
        try await database.write { try set(seen, of: account, in: $0) }
    }

    /// When the account was last seen; nil if never.
    package func lastSeen(_ account: String) async throws(StorageError) -> LastSeen? {
        try await database.read { database in
            try database.row("SELECT * FROM last_seen WHERE account = ?", [account]).map(LastSeen.init(row:))
        }
    }
}

/// The end of an account's last presence.
package struct LastSeen: Sendable, Equatable {
    /// In milliseconds since 1970.
    package var stamp: Int64
    /// The status text of the unavailable presence.
    package var status: String?

    package init(stamp: Int64, status: String?) {
        self.stamp = stamp
        self.status = status
    }

    init(row: Row) throws {
        stamp = try row.value("stamp")
        status = try row.optional("status")
    }
}
