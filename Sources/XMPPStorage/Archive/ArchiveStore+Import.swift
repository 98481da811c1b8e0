//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Messages of another server's archive, which keep their times.
extension ArchiveStore {
    /// Puts a message into one archive at its time, behind those of the same millisecond. It is no duplicate of anything:
    /// where both sides have their archives here, each has its own copy. Returns false if there is no such account.
    @discardableResult
    package func insert(_ entry: NewArchiveEntry, in context: WriteContext) throws(StorageError) -> Bool {
        try context.perform { database in
            guard let owner = entry.owners.first else { return false }
            let bytes = entry.stanza.utf8.count
            guard let number = try context.ledger.archive(of: owner.account, in: database) else { return false }
            context.ledger.add(bytes, to: number)
            let id = ArchiveID(clock: try Self.freeClock(at: entry.arrived, in: database))
            let keys = entry.keys(at: id.clock)
            try database.run(
                """
                INSERT INTO archive_message (id, tail, first, second, reference, alias, text, bytes, stanza)
                VALUES (?, ?, ?, NULL, ?, ?, ?, ?, ?)
                """,
                [id.clock, id.tail, number, keys.reference, keys.alias, entry.body != nil, bytes, entry.stanza])
            try database.run(
                "INSERT INTO archive_entry (archive, id, peer, resource, outgoing) VALUES (?, ?, ?, ?, ?)",
                [number, id.clock, owner.peer, owner.resource, owner.isOutgoing])
            // The index goes on from the latest message: what is put in before that has to be told to it.
            if let body = entry.body {
                try database.run(
                    """
                    INSERT INTO archive_text (rowid, owners, body)
                    SELECT ?, ?, ? FROM archive_state WHERE name = 'indexed' AND value >= ?
                    """,
                    [id.clock, "\(number)", body, id.clock])
            }
            return true
        }
    }

    /// The name of a message that came at a time, in milliseconds since 1970, and is in an account's archive, where none of
    /// what waits for the account refers to it yet.
    package func undelivered(
        _ account: String, stanza: String, arrived: Int64, in context: WriteContext
    ) throws(StorageError) -> ArchiveID? {
        let (start, isTooLarge) = arrived.multipliedReportingOverflow(by: 1000)
        guard !isTooLarge else { return nil }
        return try context.perform { database in
            let row = try database.row(
                """
                SELECT m.id, m.tail FROM archive_entry AS e CROSS JOIN archive_message AS m ON m.id = e.id
                WHERE e.archive = (SELECT number FROM archive WHERE account = ?) AND e.id BETWEEN ? AND ?
                    AND m.stanza = ?
                    AND NOT EXISTS (
                        SELECT 1 FROM offline AS o
                        WHERE o.account = ? AND o.position = e.id AND o.archive_id = e.id)
                ORDER BY e.id LIMIT 1
                """,
                [account, start, start + 999, stanza, account])
            return try row.map { ArchiveID(clock: try $0.value("id"), tail: try $0.value("tail")) }
        }
    }

    /// A value of the clock that no message has, at a time or as soon after it as can be, behind those of its millisecond.
    private static func freeClock(at milliseconds: Int64, in database: Database) throws -> Int64 {
        let (product, isTooLarge) = milliseconds.multipliedReportingOverflow(by: 1000)
        let start = isTooLarge ? 0 : max(0, product)
        let last = try database.row(
            "SELECT MAX(id) AS last FROM archive_message WHERE id BETWEEN ? AND ?", [start, start + 999])
        guard var next: Int64 = try last?.optional("last") else { return start }
        repeat { next += 1 } while try database.row("SELECT 1 FROM archive_message WHERE id = ?", [next]) != nil
        return next
    }
}
