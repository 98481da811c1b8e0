//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

extension ArchiveStore {
    /// A page of an account's archive. Throws `notFound` if a message that the question names is not in the archive.
    package func page(_ account: String, _ query: ArchiveQuery) async throws(StorageError) -> ArchivePage {
        var isStable = true
        if query.text != nil { isStable = try await catchUpIndex() }
        var page = try await database.read { database in
            guard let archive = try Self.archive(account, in: database) else {
                guard query.named.isEmpty else { throw StorageError.notFound }
                return ArchivePage(entries: [], isComplete: true, count: 0)
            }
            for id in query.named where try !Self.holds(archive.number, id, in: database) {
                throw StorageError.notFound
            }
            return try ArchivePageReader(archive: archive.number, total: archive.messages, query: query, database)
                .page()
        }
        page.isStable = isStable
        return page
    }

    /// The ends of an account's archive; nil if it is empty.
    package func metadata(_ account: String) async throws(StorageError) -> ArchiveMetadata? {
        try await database.read { database in
            guard let archive = try Self.archive(account, in: database)?.number,
                let start = try Self.end(of: archive, order: "ASC", in: database),
                let end = try Self.end(of: archive, order: "DESC", in: database)
            else { return nil }
            return ArchiveMetadata(start: start, end: end)
        }
    }

    /// How much an account's archive holds.
    package func usage(_ account: String) async throws(StorageError) -> StorageUsage {
        try await database.read { database in
            let row = try database.row("SELECT messages, bytes FROM archive WHERE account = ?", [account])
            guard let row else { return StorageUsage(stanzas: 0, bytes: 0) }
            return StorageUsage(stanzas: try row.value("messages"), bytes: try row.value("bytes"))
        }
    }

    /// One message of an account's archive, or nil.
    package func stanza(_ account: String, _ id: ArchiveID) async throws(StorageError) -> StoredArchiveEntry? {
        try await stanzas(account, [id]).first
    }

    /// The messages of these names that are in an account's archive, in its order.
    package func stanzas(_ account: String, _ ids: [ArchiveID]) async throws(StorageError) -> [StoredArchiveEntry] {
        try await database.read { try Self.entries(account, ids, in: $0) }
    }

    /// What follows a message in an account's archive – all of it, without one –, oldest first. The message itself need
    /// not be there any more.
    package func after(
        _ account: String, _ id: ArchiveID?, limit: Int
    ) async throws(StorageError) -> [StoredArchiveEntry] {
        try await database.read { database in
            guard let archive = try Self.archive(account, in: database) else { return [] }
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT m.id, m.tail, m.stanza, e.outgoing
                        FROM archive_entry AS e CROSS JOIN archive_message AS m ON m.id = e.id
                        WHERE e.archive = ? AND e.id > ? ORDER BY e.id LIMIT ?
                        """), arguments: [archive.number, id?.clock ?? 0, limit])
            return try Self.entries(rows)
        }
    }

    // MARK: - SQL

    /// The messages of these names in an account's archive, for a query that reads other things as well.
    static func entries(_ account: String, _ ids: [ArchiveID], in database: Database) throws -> [StoredArchiveEntry] {
        guard let archive = try archive(account, in: database) else { return [] }
        return try entries(archive: archive.number, ids, in: database)
    }

    static func entries(archive: Int64, _ ids: [ArchiveID], in database: Database) throws -> [StoredArchiveEntry] {
        var found: [StoredArchiveEntry] = []
        for id in Set(ids).sorted() {
            let rows = try Row.fetchCursor(
                database.cachedStatement(
                    sql: """
                        SELECT m.id, m.tail, m.stanza, e.outgoing
                        FROM archive_entry AS e CROSS JOIN archive_message AS m ON m.id = e.id
                        WHERE e.archive = ? AND e.id = ? AND m.tail = ?
                        """), arguments: [archive, id.clock, id.tail])
            found += try entries(rows)
        }
        return found
    }

    /// Rows of id, tail, stanza and outgoing.
    static func entries(_ rows: RowCursor) throws -> [StoredArchiveEntry] {
        var entries: [StoredArchiveEntry] = []
        while let row = try rows.next() {
            guard let clock: Int64 = row[0], let tail: Int64 = row[1], let stanza: String = row[2],
                let outgoing: Int64 = row[3]
            else { throw StorageError.corrupt("an archived message without its columns") }
            entries.append(
                StoredArchiveEntry(
                    id: ArchiveID(clock: clock, tail: tail), stanza: stanza, isOutgoing: outgoing != 0))
        }
        return entries
    }

    static func archive(_ account: String, in database: Database) throws -> (number: Int64, messages: Int)? {
        let row = try database.row("SELECT number, messages FROM archive WHERE account = ?", [account])
        guard let row else { return nil }
        return (try row.value("number"), try row.value("messages"))
    }

    private static func holds(_ archive: Int64, _ id: ArchiveID, in database: Database) throws -> Bool {
        try database.row(
            """
            SELECT 1 FROM archive_entry AS e CROSS JOIN archive_message AS m ON m.id = e.id
            WHERE e.archive = ? AND e.id = ? AND m.tail = ?
            """,
            [archive, id.clock, id.tail]) != nil
    }

    private static func end(of archive: Int64, order: String, in database: Database) throws -> ArchiveID? {
        let row = try database.row(
            """
            SELECT m.id, m.tail FROM archive_entry AS e CROSS JOIN archive_message AS m ON m.id = e.id
            WHERE e.archive = ? ORDER BY e.id \(order) LIMIT 1
            """,
            [archive])
        guard let row else { return nil }
        return ArchiveID(clock: try row.value("id"), tail: try row.value("tail"))
    }
}
