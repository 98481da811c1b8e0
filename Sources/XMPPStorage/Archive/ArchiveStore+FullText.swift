//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The archive's full text (XEP-0431): an index that follows the messages in batches, and is brought up to date before it
/// is asked.
extension ArchiveStore {
    /// Messages that one write operation puts into the index: about a millisecond of the writer's time.
    static let indexBatch = 64

    /// Batches that a search waits for: about a quarter of a second.
    package static let batchesBeforeSearch = 256
    /// Batches in a row while others wait for the writer.
    static let batchesBesideOthers = 16

    /// Puts the next messages into the index; returns how many messages it has looked at, 0 when the index is up to date.
    @discardableResult
    package func indexNext(in context: WriteContext) throws(StorageError) -> Int {
        try context.perform { database in
            let rows = try database.rows(
                """
                SELECT id, text, first, second, stanza FROM archive_message
                WHERE id > (SELECT value FROM archive_state WHERE name = 'indexed') ORDER BY id LIMIT ?
                """,
                [Self.indexBatch])
            guard let last = rows.last else { return 0 }
            for row in rows where try row.value("text") {
                guard let body = ArchivedText(try row.value("stanza"))?.body else { continue }
                try database.run(
                    "INSERT INTO archive_text (rowid, owners, body) VALUES (?, ?, ?)",
                    [row.value("id") as Int64, Self.owners(row), body])
            }
            try database.run(
                "UPDATE archive_state SET value = ? WHERE name = 'indexed'", [last.value("id") as Int64])
            return rows.count
        }
    }

    /// Brings the index up to date with what is committed now; false if that would take too long.
    @discardableResult
    package func catchUpIndex(batches: Int = ArchiveStore.batchesBeforeSearch) async throws(StorageError) -> Bool {
        for _ in 0..<batches {
            guard try await isIndexBehind() else { return true }
            if try await database.write({ try indexNext(in: $0) }) < Self.indexBatch { return true }
        }
        return try await !isIndexBehind()
    }

    /// Follows the messages for as long as nobody else waits for the writer, and some way if somebody does.
    package func followWithIndex() async throws(StorageError) {
        var batches = 0
        while try await isIndexBehind() {
            if try await database.write({ try indexNext(in: $0) }) < Self.indexBatch { return }
            batches += 1
            if batches >= Self.batchesBesideOthers, database.statistics.queuedOperations > 0 { return }
        }
    }

    private func isIndexBehind() async throws(StorageError) -> Bool {
        try await database.read { database in
            try database.row(
                """
                SELECT 1 FROM archive_message
                WHERE id > (SELECT value FROM archive_state WHERE name = 'indexed') LIMIT 1
                """) != nil
        }
    }

    /// Takes a message's words out of the index, where they are in it. The index holds no text: it has to be told what
    /// it was given.
    static func removeText(of row: Row, in database: Database) throws {
        let id: Int64 = try row.value("id")
        let indexed: Int64? = try database.row("SELECT value FROM archive_state WHERE name = 'indexed'")?.value("value")
        guard id <= indexed ?? 0, let body = ArchivedText(try row.value("stanza"))?.body else { return }
        try database.run(
            "INSERT INTO archive_text (archive_text, rowid, owners, body) VALUES ('delete', ?, ?, ?)",
            [id, owners(row), body])
    }

    /// The archives that a message was put into, as words of the index.
    private static func owners(_ row: Row) throws -> String {
        let first: Int64 = try row.value("first")
        guard let second: Int64 = try row.optional("second") else { return "\(first)" }
        return "\(first) \(second)"
    }

    /// What is asked of the index for words in one archive: every word must occur. Whatever people write is quoted,
    /// so it can never be taken for the index's own language; nil if it holds no word.
    static func match(_ text: String, archive: Int64) -> String? {
        let words = text.split { !($0.isLetter || $0.isNumber) }.prefix(maximumWords)
        guard !words.isEmpty else { return nil }
        let quoted = words.map { "\"" + $0 + "\"" }.joined(separator: " AND ")
        return "owners : \"\(archive)\" AND body : (\(quoted))"
    }

    /// Words of a search beyond this many are passed over.
    private static let maximumWords = 16
}
