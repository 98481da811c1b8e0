//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Broadcasts that ask for acknowledgement: to whom they went, and who has read them.
package struct BroadcastStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: - Inside a write

    /// Writes a broadcast down before it is sent, and returns its number. If there are more than `limit` broadcasts then,
    /// the oldest go. Throws `exists`, having written nothing, if there is one of this id from this address.
    package func create(
        _ broadcast: NewBroadcast, limit: Int, in context: WriteContext
    ) throws(StorageError) -> Int64 {
        try context.perform { database in
            let isNew = try database.run(
                "INSERT OR IGNORE INTO broadcast (address, id, sender, summary, sent) VALUES (?, ?, ?, ?, ?)",
                [broadcast.address, broadcast.id, broadcast.sender, broadcast.summary, broadcast.sent])
            guard isNew > 0 else { throw StorageError.exists }
            let number = database.lastInsertedRowID
            try database.run(
                """
                DELETE FROM broadcast WHERE number <= (
                    SELECT number FROM broadcast ORDER BY number DESC LIMIT 1 OFFSET ?
                )
                """,
                [limit])
            return number
        }
    }

    /// Notes to whom it goes, too. Of those with `isLocal` those are left out that are no accounts.
    package func add(
        _ recipients: [(account: String, isLocal: Bool)], to number: Int64, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            for recipient in recipients {
                if recipient.isLocal {
                    try database.run(
                        """
                        INSERT OR IGNORE INTO broadcast_recipient (broadcast, account)
                        SELECT ?, jid FROM account WHERE jid = ?
                        """,
                        [number, recipient.account])
                } else {
                    try database.run(
                        "INSERT OR IGNORE INTO broadcast_recipient (broadcast, account) VALUES (?, ?)",
                        [number, recipient.account])
                }
            }
        }
    }

    /// How far a broadcast has been read; nil if there is none of this number.
    package func progress(of number: Int64, in context: WriteContext) throws(StorageError) -> BroadcastProgress? {
        try context.perform { database in
            guard try database.row("SELECT 1 FROM broadcast WHERE number = ?", [number]) != nil else { return nil }
            return BroadcastProgress(number: number, waiting: try Self.waiting(number, in: database))
        }
    }

    /// Notes that somebody has read a broadcast from an address, and with it all that came from there before. Without an id
    /// it is the last one that went to him. Nil if it did not go to him.
    package func acknowledge(
        _ address: String, id: String?, by account: String, at time: Int64, in context: WriteContext
    ) throws(StorageError) -> [BroadcastProgress]? {
        try context.perform { database in
            let row = try database.row(
                """
                SELECT MAX(broadcast) AS last FROM broadcast_recipient JOIN broadcast ON number = broadcast
                WHERE account = ? AND address = ? AND (? IS NULL OR id = ?)
                """,
                [account, address, id, id])
            guard let last: Int64 = try row?.optional("last") else { return nil }
            let changed = try database.rows(
                """
                UPDATE broadcast_recipient SET seen = ?
                WHERE account = ? AND seen IS NULL AND broadcast <= ?
                    AND broadcast IN (SELECT number FROM broadcast WHERE address = ?)
                RETURNING broadcast
                """,
                [time, account, last, address])
            return try changed.map { row in
                let number: Int64 = try row.value("broadcast")
                return BroadcastProgress(number: number, waiting: try Self.waiting(number, in: database))
            }
        }
    }

    /// Whether somebody has a broadcast from an address that he has not acknowledged.
    package func isWaiting(
        _ address: String, for account: String, in context: WriteContext
    ) throws(StorageError) -> Bool {
        try context.perform { database in
            try database.row(
                """
                SELECT 1 FROM broadcast_recipient JOIN broadcast ON number = broadcast
                WHERE account = ? AND address = ? AND seen IS NULL LIMIT 1
                """,
                [account, address]) != nil
        }
    }

    /// Recipients who have not read it; one more as long as it is on its way.
    private static func waiting(_ number: Int64, in database: Database) throws -> Int {
        let row = try database.row(
            """
            SELECT (SELECT COUNT(*) FROM broadcast_recipient WHERE broadcast = ?1 AND seen IS NULL)
                + EXISTS (SELECT 1 FROM broadcast_job WHERE broadcast = ?1) AS n
            """, [number])
        return try row?.value("n") ?? 0
    }

    // MARK: - On its own

    /// Notes how many acknowledgements the sender has been told of.
    package func setTold(_ told: Int, of number: Int64) async throws(StorageError) {
        try await database.write { context in
            _ = try context.perform { try $0.run("UPDATE broadcast SET told = ? WHERE number = ?", [told, number]) }
        }
    }

    package func delete(_ number: Int64) async throws(StorageError) {
        try await database.write { context in
            _ = try context.perform { try $0.run("DELETE FROM broadcast WHERE number = ?", [number]) }
        }
    }

    package func broadcast(_ number: Int64) async throws(StorageError) -> StoredBroadcast? {
        try await database.read { database in
            try database.row(Self.select + " WHERE number = ?", [number]).map(StoredBroadcast.init(row:))
        }
    }

    /// An account's broadcasts, the latest first.
    package func list(sender: String, limit: Int) async throws(StorageError) -> [StoredBroadcast] {
        try await database.read { database in
            try database.rows(Self.select + " WHERE sender = ? ORDER BY number DESC LIMIT ?", [sender, limit])
                .map(StoredBroadcast.init(row:))
        }
    }

    /// Those with acknowledgements that their senders have not been told of.
    package func untold() async throws(StorageError) -> [StoredBroadcast] {
        try await database.read { database in
            try database.rows("SELECT * FROM (\(Self.select)) WHERE read > told").map(StoredBroadcast.init(row:))
        }
    }

    /// Those that were sent before a time.
    package func sent(before time: Int64) async throws(StorageError) -> [StoredBroadcast] {
        try await database.read { database in
            try database.rows(Self.select + " WHERE sent < ?", [time]).map(StoredBroadcast.init(row:))
        }
    }

    /// To whom it went, at most `limit` of those who have read it, the first ones first, and of those who have not.
    package func recipients(
        of number: Int64, haveRead: Bool, limit: Int
    ) async throws(StorageError) -> [BroadcastRecipient] {
        try await database.read { database in
            try database.rows(
                """
                SELECT account, seen FROM broadcast_recipient WHERE broadcast = ? AND (seen IS NOT NULL) = ?
                ORDER BY seen, account LIMIT ?
                """,
                [number, haveRead, limit]
            )
            .map(BroadcastRecipient.init(row:))
        }
    }

    private static let select = """
        SELECT broadcast.*,
            (SELECT COUNT(*) FROM broadcast_recipient WHERE broadcast = number) AS recipients,
            (SELECT COUNT(*) FROM broadcast_recipient WHERE broadcast = number AND seen IS NOT NULL) AS read
        FROM broadcast
        """
}
