//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Sessions that may be resumed, what waits for their clients, and for a while what became of those that have ended.
package struct SessionStore: Sendable {
    /// Sessions of one account that are remembered after their end.
    private static let endedPerAccount = 64

    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: - Inside a write

    /// Adds a session, without what waits for it.
    package func insert(_ session: StoredSession, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            let status = session.status
            try database.run(
                """
                INSERT INTO sm_session (
                    key, id, account, resource, device, seconds, interested, carbons, archive, presence, directed,
                    written, remaining, began, roster, since, archived_rows, messages_since, copies_since
                ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    session.key, session.id, session.account, session.resource, session.device, session.seconds,
                    status.isInterested, status.hasCarbons, status.usesArchive, status.presence,
                    status.directed.joined(separator: "\n"), session.rest?.written, session.rest?.remaining,
                    session.began, session.rosterVersion, status.since, status.archivedRows, status.messagesSince,
                    status.copiesSince,
                ])
            let counters = session.counters
            context.ledger.setHandled(nil, of: session.key)
            try database.run(
                "INSERT INTO sm_counter (session, handled, acknowledged, position, recent) VALUES (?, ?, ?, ?, ?)",
                [
                    session.key, counters.handled, counters.acknowledged, counters.position, counters.recentText,
                ])
        }
    }

    /// Notes that so many of the client's stanzas have been taken care of: in the transaction of what they caused, at its
    /// end.
    package func setHandled(_ handled: UInt32, of key: Int64, in context: WriteContext) {
        context.ledger.setHandled(handled, of: key)
    }

    /// Notes what the client has acknowledged; `handled` stays as it is.
    package func setAcknowledged(
        _ counters: SessionCounters, of key: Int64, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            try database.run(
                "UPDATE sm_counter SET acknowledged = ?, position = ?, recent = ? WHERE session = ?",
                [counters.acknowledged, counters.position, counters.recentText, key])
        }
    }

    package func setStatus(_ status: SessionStatus, of key: Int64, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run(
                """
                UPDATE sm_session SET
                    interested = ?, carbons = ?, archive = ?, presence = ?, directed = ?, since = ?, archived_rows = ?,
                    messages_since = ?, copies_since = ?
                WHERE key = ?
                """,
                [
                    status.isInterested, status.hasCarbons, status.usesArchive, status.presence,
                    status.directed.joined(separator: "\n"), status.since, status.archivedRows, status.messagesSince,
                    status.copiesSince, key,
                ])
        }
    }

    /// Adds what waits for a session's client.
    package func enqueue(
        _ entries: [StoredQueueEntry], of key: Int64, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            for entry in entries {
                try database.run(
                    """
                    INSERT OR REPLACE INTO sm_queue (session, ordinal, stanza, archived, arrived, form, stored, shared)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                    [
                        key, entry.ordinal, entry.stanza, entry.archiveID?.description, entry.arrived,
                        entry.form.rawValue, entry.isStored, entry.shared,
                    ])
            }
        }
    }

    /// Removes what waited, up to and with a place in the queue.
    package func dequeue(through ordinal: Int64, of key: Int64, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run("DELETE FROM sm_queue WHERE session = ? AND ordinal <= ?", [key, ordinal])
        }
    }

    /// What waits at a place of a session's queue; nil if that is not in the store.
    package func entry(
        at ordinal: Int64, of key: Int64, in context: WriteContext
    ) throws(StorageError) -> StoredQueueEntry? {
        try context.perform { database in
            try database.row("SELECT * FROM sm_queue WHERE session = ? AND ordinal = ?", [key, ordinal])
                .map(StoredQueueEntry.init(row:))
        }
    }

    /// Puts a session to rest with its whole queue, of which `kept` and all within `ranges` is in the store; another session
    /// has had what is `taken` of the former, and of the latter all that others were given but what is `open`. Rows of the offline store that are in the queue are its own from now on.
    package func rest(
        _ session: StoredSession, queue: [StoredQueueEntry], keeping kept: [Int64] = [],
        ranges: [ClosedRange<Int64>] = [], open: [Int64] = [], taken: [Int64] = [], offline rows: [Int64] = [],
        in context: WriteContext
    ) throws(StorageError) {
        let isNew = try context.perform { database in
            for row in rows { try QuotaTable.offline.delete(session.account, id: row, in: database) }
            let places = "[\(kept.map { String($0) }.joined(separator: ","))]"
            let spans = "[\(ranges.map { "[\($0.lowerBound),\($0.upperBound)]" }.joined(separator: ","))]"
            try database.run(
                """
                DELETE FROM sm_queue WHERE session = ? AND ordinal NOT IN (SELECT value FROM json_each(?))
                AND NOT EXISTS (
                    SELECT 1 FROM json_each(?)
                    WHERE ordinal BETWEEN json_extract(value, '$[0]') AND json_extract(value, '$[1]')
                )
                """,
                [session.key, places, spans])
            let left = "[\(open.map { String($0) }.joined(separator: ","))]"
            for range in ranges {
                try database.run(
                    """
                    UPDATE sm_queue SET shared = 0 WHERE session = ? AND ordinal BETWEEN ? AND ?
                    AND shared <> 0 AND ordinal NOT IN (SELECT value FROM json_each(?))
                    """,
                    [session.key, range.lowerBound, range.upperBound, left])
            }
            for ordinal in taken {
                try database.run(
                    "UPDATE sm_queue SET shared = 0 WHERE session = ? AND ordinal = ?", [session.key, ordinal])
            }
            return try database.run(
                "UPDATE sm_session SET device = ?, written = ?, remaining = ? WHERE key = ?",
                [session.device, session.rest?.written, session.rest?.remaining, session.key]) == 0
        }
        if isNew {
            try insert(session, in: context)
        } else {
            try setStatus(session.status, of: session.key, in: context)
            setHandled(session.counters.handled, of: session.key, in: context)
            try setAcknowledged(session.counters, of: session.key, in: context)
        }
        try enqueue(queue, of: session.key, in: context)
    }

    /// From now on the queue in the store is not the whole one: the server runs, and the session lives.
    package func wake(_ key: Int64, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run("UPDATE sm_session SET written = NULL, remaining = NULL WHERE key = ?", [key])
        }
    }

    /// What came before that many milliseconds since 1970, is in no archive and must arrive.
    package func unarchived(
        before arrived: Int64, of key: Int64, in context: WriteContext
    ) throws(StorageError) -> [StoredQueueEntry] {
        try context.perform { database in
            try database.rows(
                """
                SELECT * FROM sm_queue WHERE session = ? AND archived IS NULL AND form = 0 AND NOT stored
                AND arrived < ? ORDER BY ordinal
                """, [key, arrived]
            ).map(StoredQueueEntry.init(row:))
        }
    }

    /// Removes what waits at a place of a queue.
    package func remove(_ ordinal: Int64, of key: Int64, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run("DELETE FROM sm_queue WHERE session = ? AND ordinal = ?", [key, ordinal])
        }
    }

    /// Removes what the account's archive holds of a queue that was not put to rest: it is given from there.
    package func forgetArchived(of key: Int64, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run(
                "DELETE FROM sm_queue WHERE session = ? AND (archived IS NOT NULL OR form <> 0)", [key])
        }
    }

    /// Removes a session that has ended, and remembers how many stanzas of its client were handled, if that knows the
    /// session by an `id`.
    package func end(
        _ key: Int64, id: String?, account: String, handled: UInt32, ended: Int64, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            try database.run("DELETE FROM sm_session WHERE key = ?", [key])
            guard let id else { return }
            try database.run(
                "INSERT OR REPLACE INTO sm_ended (id, account, handled, ended) VALUES (?, ?, ?, ?)",
                [id, account, handled, ended])
            try database.run(
                """
                DELETE FROM sm_ended WHERE account = ? AND id NOT IN (
                    SELECT id FROM sm_ended WHERE account = ? ORDER BY ended DESC LIMIT ?
                )
                """,
                [account, account, Self.endedPerAccount])
        }
    }

    /// Forgets sessions that ended before a time.
    package func forgetEnded(before time: Int64, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run("DELETE FROM sm_ended WHERE ended < ?", [time])
        }
    }

    // MARK: - On its own

    /// How many stanzas of a session that has ended were handled; nil if the account has had none of this name.
    package func handled(ofEnded id: String, account: String) async throws(StorageError) -> UInt32? {
        try await database.read { database in
            try database.row("SELECT handled FROM sm_ended WHERE id = ? AND account = ?", [id, account])
                .map { try $0.value("handled") }
        }
    }

    /// All sessions, those of an account together.
    package func all() async throws(StorageError) -> [StoredSession] {
        try await database.read { database in
            try database.rows(
                "SELECT * FROM sm_session JOIN sm_counter ON session = key ORDER BY account, key"
            )
            .map(StoredSession.init(row:))
        }
    }

    /// What waits for a session's client in the store, from a place on, in order.
    package func queue(
        of key: Int64, from ordinal: Int64 = .min, limit: Int
    ) async throws(StorageError) -> [StoredQueueEntry] {
        try await database.read { database in
            try database.rows(
                "SELECT * FROM sm_queue WHERE session = ? AND ordinal >= ? ORDER BY ordinal LIMIT ?",
                [key, ordinal, limit]
            )
            .map(StoredQueueEntry.init(row:))
        }
    }

    /// The same without what the account's archive holds.
    package func unarchivedQueue(
        of key: Int64, from ordinal: Int64 = .min, limit: Int
    ) async throws(StorageError) -> [StoredQueueEntry] {
        try await database.read { database in
            try database.rows(
                """
                SELECT * FROM sm_queue WHERE session = ? AND ordinal >= ? AND archived IS NULL ORDER BY ordinal LIMIT ?
                """,
                [key, ordinal, limit]
            )
            .map(StoredQueueEntry.init(row:))
        }
    }

    /// The last place of a session's queue that is in the store; nil if none is.
    package func lastPlace(of key: Int64) async throws(StorageError) -> Int64? {
        try await database.read { database in
            try Int64.fetchOne(database, sql: "SELECT MAX(ordinal) FROM sm_queue WHERE session = ?", arguments: [key])
        }
    }

    /// The highest number of a session.
    package func lastKey() async throws(StorageError) -> Int64 {
        try await database.read { database in
            try Int64.fetchOne(database, sql: "SELECT MAX(key) FROM sm_session") ?? 0
        }
    }
}

extension ArchiveID {
    /// Stands before all messages that the archive's clock gives a later value than this.
    package static func first(at clock: Int64) -> ArchiveID { ArchiveID(clock: clock, tail: 0) }
}
