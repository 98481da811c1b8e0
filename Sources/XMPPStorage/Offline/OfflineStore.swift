//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Stanzas kept for accounts without an available resource (XEP-0160), in the order they arrived, within a quota.
package struct OfflineStore: Sendable {
    let database: XMPPDatabase
    /// What each account may keep.
    package let quota: StorageQuota
    /// What a row takes that refers to an archive, in bytes.
    private static let referenceBytes = 64

    package init(_ database: XMPPDatabase, quota: StorageQuota) {
        self.database = database
        self.quota = quota
    }

    // MARK: - Inside a write

    /// Keeps a stanza and returns its row's id. Throws `quotaExceeded`, having written nothing: an operation that keeps
    /// one stanza for many may catch that and go on.
    @discardableResult
    package func append(_ stanza: NewOfflineStanza, in context: WriteContext) throws(StorageError) -> Int64 {
        let position = position(of: stanza)
        return try context.perform { database in
            let bytes: Int
            let text: String
            let archiveID: ArchiveID?
            switch stanza.content {
            case .stanza(let stanza): (bytes, text, archiveID) = (stanza.utf8.count, stanza, nil)
            case .archived(let id): (bytes, text, archiveID) = (Self.referenceBytes, "", id)
            }
            try QuotaTable.offline.charge(stanza.account, bytes: bytes, quota: quota, in: database)
            try database.run(
                """
                INSERT INTO offline (account, stamp, kind, bytes, stanza, archive_id, archive_tail, position)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    stanza.account, stanza.stamp, Int64(stanza.kind), bytes, text, archiveID?.clock, archiveID?.tail,
                    position,
                ])
            return database.lastInsertedRowID
        }
    }

    /// When a stanza came for its account, by the clock of the archive.
    private func position(of stanza: NewOfflineStanza) -> Int64 {
        if case .archived(let id) = stanza.content { return id.clock }
        let (time, isTooLarge) = stanza.stamp.multipliedReportingOverflow(by: 1000)
        return stanza.isLeft && !isTooLarge ? time : database.archiveClock.next(arrived: stanza.stamp)
    }

    /// Removes stanzas of an account by their ids, usually after they have been delivered.
    package func delete(_ account: String, _ ids: [Int64], in context: WriteContext) throws(StorageError) {
        guard !ids.isEmpty else { return }
        try context.perform { database in
            try QuotaTable.offline.delete(account, ids: ids, in: database)
        }
    }

    /// Removes what is older than a time, of all accounts; returns how many stanzas.
    @discardableResult
    package func deleteExpired(before stamp: Int64, in context: WriteContext) throws(StorageError) -> Int {
        try context.perform { database in
            let charged = try database.rows(
                """
                SELECT account, COUNT(*) AS stanzas, SUM(bytes) AS bytes FROM offline WHERE stamp < ? GROUP BY account
                """,
                [stamp])
            for row in charged {
                try QuotaTable.offline.release(
                    row.value("account"), stanzas: row.value("stanzas"), bytes: row.value("bytes"), in: database)
            }
            return try database.run("DELETE FROM offline WHERE stamp < ?", [stamp])
        }
    }

    // MARK: - On its own

    /// Keeps a stanza and returns its row's id. Throws `quotaExceeded`.
    @discardableResult
    package func append(_ stanza: NewOfflineStanza) async throws(StorageError) -> Int64 {
        try await database.write(bytes: stanza.byteCount) { try append(stanza, in: $0) }
    }

    /// The account's oldest stanzas behind a place, oldest first. What a row refers to is read with it; a row whose
    /// message has left the archive is there without one.
    package func load(
        _ account: String, after place: OfflinePlace? = nil, limit: Int
    ) async throws(StorageError) -> [StoredOfflineStanza] {
        try await database.read { database in
            let rows = try database.rows(
                """
                SELECT * FROM offline WHERE account = ? AND (position, id) > (?, ?) ORDER BY position, id LIMIT ?
                """,
                [account, place?.position ?? .min, place?.id ?? .min, limit]
            )
            .map(StoredOfflineStanza.init(row:))
            let ids = rows.compactMap(\.archiveID)
            guard !ids.isEmpty else { return rows }
            let archived = try ArchiveStore.entries(account, ids, in: database)
            let texts = Dictionary(archived.map { ($0.id, $0.stanza) }) { first, _ in first }
            return rows.map { row in
                guard let id = row.archiveID else { return row }
                var row = row
                row.stanza = texts[id] ?? ""
                return row
            }
        }
    }

    /// The newest row there has been of whatever account, 0 if there was none.
    package func newest() async throws(StorageError) -> Int64 {
        try await database.read { database in
            try database.row("SELECT seq FROM sqlite_sequence WHERE name = 'offline'")?["seq"] ?? 0
        }
    }

    /// Removes stanzas of an account by their ids.
    package func delete(_ account: String, _ ids: [Int64]) async throws(StorageError) {
        try await database.write(bytes: ids.count * 8) { try delete(account, ids, in: $0) }
    }

    /// Removes what is older than a time, of all accounts; returns how many stanzas.
    @discardableResult
    package func deleteExpired(before stamp: Int64) async throws(StorageError) -> Int {
        try await database.write { try deleteExpired(before: stamp, in: $0) }
    }

    /// How much the account keeps.
    package func usage(_ account: String) async throws(StorageError) -> StorageUsage {
        try await database.read { try QuotaTable.offline.usage(account, in: $0) }
    }

    /// How many stanzas the account keeps.
    package func count(_ account: String) async throws(StorageError) -> Int {
        try await usage(account).stanzas
    }
}
