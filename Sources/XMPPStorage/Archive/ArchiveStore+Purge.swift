//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// What an account's archive may hold.
package struct ArchiveRetention: Sendable, Equatable {
    /// Days until a message goes; nil for ever.
    package var days: Int?
    /// Most messages; nil for any number.
    package var messages: Int?
    /// Most bytes of messages; nil for any number.
    package var bytes: Int?

    package init(days: Int? = nil, messages: Int? = nil, bytes: Int? = nil) {
        self.days = days
        self.messages = messages
        self.bytes = bytes
    }

    /// What came before this goes, by the archive's clock.
    func cutoff(_ now: Int64) -> Int64 {
        days.map { now - Int64($0) * 86_400_000_000 } ?? .min
    }
}

/// Takes out of the archives what is too old or too much, oldest first, and what deleted accounts have left. What waits
/// in the offline store to be delivered stays until it has been.
///
/// Every chunk is a write operation of its own of about a millisecond, so nothing that waits for the writer notices it; a
/// round that is broken off is taken up by the next.
extension ArchiveStore {
    /// Messages that one write operation removes.
    static let purgeChunk = 64
    /// Archives that one query looks at.
    private static let archivesPerLook = 100

    /// One round through all archives, each by what `retention` says of its host; returns how many entries were removed.
    /// `isCancelled` is asked between chunks.
    @discardableResult
    package func purge(
        _ retention: @escaping @Sendable (_ host: String) -> ArchiveRetention,
        isCancelled: @Sendable () -> Bool = { false }
    ) async throws(StorageError) -> Int {
        var removed = 0
        var number: Int64 = 0
        let now = database.archiveClock.microseconds
        while !isCancelled() {
            let archives = try await archives(after: number)
            guard let last = archives.last else { break }
            for archive in archives {
                let limits = archive.host.map(retention)
                guard archive.isTooLarge(limits, now: now) else { continue }
                var next: Int64? = archive.oldest ?? 0
                while let start = next, !isCancelled() {
                    let chunk = try await database.write {
                        try Self.purgeChunk(archive.number, from: start, limits, now: now, in: $0)
                    }
                    removed += chunk.removed
                    next = nil
                    guard let last = chunk.last else { break }
                    // What has no owner is taken from the beginning, to the end.
                    next = limits == nil ? 0 : try await delivered(archive.number, after: last)
                }
            }
            number = last.number
        }
        return removed
    }

    /// Leaves an account's archive without an owner: nobody finds it any more, and the purger takes it away.
    static func forsake(_ account: String, in database: Database, _ ledger: TransactionLedger) throws {
        ledger.forget(account)
        try database.run("UPDATE archive SET account = NULL WHERE account = ?", [account])
    }

    /// The highest clock's value ever given.
    static func lastClock(_ database: Database) throws -> Int64 {
        let row = try database.row(
            """
            SELECT MAX(value, (SELECT COALESCE(MAX(id), 0) FROM archive_message)) AS last
            FROM archive_state WHERE name = 'given'
            """)
        return try row?.value("last") ?? 0
    }

    private struct Archive: Sendable {
        let number: Int64
        /// Nil if the account is gone.
        let host: String?
        let messages: Int
        let bytes: Int
        /// Its first message that does not wait to be delivered.
        let oldest: Int64?

        /// Whether there is anything to remove.
        func isTooLarge(_ limits: ArchiveRetention?, now: Int64) -> Bool {
            guard let limits else { return true }
            guard let oldest else { return false }
            return messages > limits.messages ?? .max || bytes > limits.bytes ?? .max || oldest < limits.cutoff(now)
        }
    }

    /// What a chunk's write has done.
    private struct Chunk: Sendable {
        var removed = 0
        /// The last entry that was looked at; nil if nothing that has to go can be behind it.
        var last: Int64?
    }

    /// Finds what waits for an account and is an entry of its archive. A row that refers to an entry stands where that
    /// stands, so this is one look into an index.
    static func waiting(account: String, entry: String) -> String {
        "SELECT 1 FROM offline AS o WHERE o.account = \(account) AND o.position = \(entry) AND o.archive_id = \(entry)"
    }

    /// An archive's first entry behind another that does not wait to be delivered. What waits is passed over here, and
    /// not by the writer.
    private func delivered(_ archive: Int64, after last: Int64) async throws(StorageError) -> Int64? {
        try await database.read { database in
            try database.row(
                """
                SELECT e.id FROM archive AS a CROSS JOIN archive_entry AS e ON e.archive = a.number
                WHERE a.number = ? AND e.id > ? AND NOT EXISTS (\(Self.waiting(account: "a.account", entry: "e.id")))
                ORDER BY e.id LIMIT 1
                """,
                [archive, last])?.value("id")
        }
    }

    private func archives(after number: Int64) async throws(StorageError) -> [Archive] {
        try await database.read { database in
            try database.rows(
                """
                SELECT a.number, a.account, a.messages, a.bytes,
                    (SELECT e.id FROM archive_entry AS e
                     WHERE e.archive = a.number AND NOT EXISTS (\(Self.waiting(account: "a.account", entry: "e.id")))
                     ORDER BY e.id LIMIT 1) AS oldest
                FROM archive AS a WHERE a.number > ? ORDER BY a.number LIMIT ?
                """,
                [number, Self.archivesPerLook]
            )
            .map { row in
                let account: String? = try row.optional("account")
                return Archive(
                    number: try row.value("number"), host: account.map(AccountStore.host(of:)),
                    messages: try row.value("messages"), bytes: try row.value("bytes"),
                    oldest: try row.optional("oldest"))
            }
        }
    }

    /// Removes the next entries of an archive, from one on, that have to go.
    private static func purgeChunk(
        _ archive: Int64, from start: Int64, _ limits: ArchiveRetention?, now: Int64, in context: WriteContext
    ) throws(StorageError) -> Chunk {
        try context.perform { database in
            try context.ledger.settle(database)
            let row = try database.row("SELECT account, messages, bytes FROM archive WHERE number = ?", [archive])
            guard let row else { return Chunk() }
            var (messages, bytes): (Int, Int) = (try row.value("messages"), try row.value("bytes"))
            let account: String? = try row.optional("account")
            let isForsaken = account == nil
            // An account may have gone since the round began.
            guard isForsaken || limits != nil else { return Chunk() }
            let entries = try database.rows(
                """
                SELECT m.id, m.text, m.first, m.second, m.bytes, m.stanza,
                    EXISTS (\(waiting(account: "?", entry: "e.id"))) AS waits
                FROM archive_entry AS e CROSS JOIN archive_message AS m ON m.id = e.id
                WHERE e.archive = ? AND e.id >= ? ORDER BY e.id LIMIT ?
                """,
                // What has no owner any more waits for nobody.
                [account, archive, isForsaken ? 0 : start, purgeChunk])
            let oldest = limits?.cutoff(now) ?? .min
            var chunk = Chunk()
            var isEnough = entries.count < purgeChunk
            for entry in entries {
                let id: Int64 = try entry.value("id")
                let isTooMuch = messages > limits?.messages ?? .max || bytes > limits?.bytes ?? .max
                guard isForsaken || isTooMuch || id < oldest else {
                    isEnough = true
                    break
                }
                chunk.last = id
                if try entry.value("waits") { continue }
                try remove(entry, from: archive, in: database)
                messages -= 1
                bytes -= try entry.value("bytes") as Int
                chunk.removed += 1
            }
            if isEnough { chunk.last = nil }
            if isForsaken, entries.count < purgeChunk {
                try database.run("DELETE FROM archive WHERE number = ?", [archive])
            } else if chunk.removed > 0 {
                try database.run(
                    "UPDATE archive SET messages = ?, bytes = ? WHERE number = ?", [messages, bytes, archive])
            }
            return chunk
        }
    }

    /// Removes an entry, and the message if no other archive holds it.
    private static func remove(_ entry: Row, from archive: Int64, in database: Database) throws {
        let id: Int64 = try entry.value("id")
        try database.run("DELETE FROM archive_entry WHERE archive = ? AND id = ?", [archive, id])
        let (first, second): (Int64, Int64?) = (try entry.value("first"), try entry.optional("second"))
        let other = first == archive ? second : first
        if let other, try database.row("SELECT 1 FROM archive_entry WHERE archive = ? AND id = ?", [other, id]) != nil {
            return
        }
        if try entry.value("text") {
            try removeText(of: entry, in: database)
        }
        try database.run("DELETE FROM archive_message WHERE id = ?", [id])
        try database.run("UPDATE archive_state SET value = MAX(value, ?) WHERE name = 'given'", [id])
    }
}
