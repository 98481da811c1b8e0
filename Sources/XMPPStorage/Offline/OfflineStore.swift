//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Stanzas kept for accounts without an available resource (XEP-0160), in the order they arrived, within a quota.
package struct OfflineStore: Sendable {
    let database: XMPPDatabase
    /// What each account may keep, beside what its archive holds.
    package let quota: StorageQuota
    /// Rows of one account that refer to its archive: what is more is to be found there only.
    package var references = StorageLimits.offlineReferences

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
            case .stanza(let content):
                (bytes, text, archiveID) = (content.utf8.count, content, nil)
                try QuotaTable.offline.charge(stanza.account, bytes: bytes, quota: quota, in: database)
            case .archived(let id):
                (bytes, text, archiveID) = (0, "", id)
                guard quota.stanzas > 0 else { throw StorageError.quotaExceeded }
                try QuotaTable.offline.chargeReference(stanza.account, limit: references, in: database)
            }
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

    /// Removes what is older than a time and in its account's archive, of all accounts; returns how many stanzas. What is
    /// nowhere else stays.
    @discardableResult
    package func deleteExpired(before stamp: Int64, in context: WriteContext) throws(StorageError) -> Int {
        try context.perform { database in
            try QuotaTable.offline.delete(where: "stamp < ? AND archive_id IS NOT NULL", [stamp], in: database)
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

    /// Removes what is older than a time and in its account's archive, of all accounts; returns how many stanzas.
    @discardableResult
    package func deleteExpired(before stamp: Int64) async throws(StorageError) -> Int {
        try await database.write { try deleteExpired(before: stamp, in: $0) }
    }

    /// How much the account keeps of its quota.
    package func usage(_ account: String) async throws(StorageError) -> StorageUsage {
        try await database.read { try QuotaTable.offline.usage(account, in: $0) }
    }

    /// How many stanzas wait for the account, with those that its archive holds.
    package func count(_ account: String) async throws(StorageError) -> Int {
        try await database.read {
            try QuotaTable.offline.usage(account, in: $0).stanzas + QuotaTable.offline.references(account, in: $0)
        }
    }
}
