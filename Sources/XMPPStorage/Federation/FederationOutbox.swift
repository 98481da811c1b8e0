//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Stanzas for other servers that wait until those have them: a durable queue for each pair of domains.
package struct FederationOutbox: Sendable {
    private static let usageTable = QuotaTable(
        rows: "federation_outbox", usage: "federation_outbox_usage", owner: "remote")
    /// The owner of everything.
    private static let all = ""

    let database: XMPPDatabase
    /// What may wait for one domain of others.
    package let quota: StorageQuota
    /// What may wait for all of them together.
    package let total: StorageQuota
    /// What may wait of one account of ours.
    package let share: StorageQuota

    package init(
        _ database: XMPPDatabase, quota: StorageQuota, total: StorageQuota,
        share: StorageQuota = StorageQuota(stanzas: .max, bytes: .max)
    ) {
        self.database = database
        self.quota = quota
        self.total = total
        self.share = share
    }

    /// The part of what may wait for all together that is there for domains that can be reached only, so that others cannot
    /// take it all.
    private static let reserve = 0.25

    /// Puts a stanza at the end of its queue and returns its id. Throws `quotaExceeded`, having written nothing.
    /// `leavesReserve`: the domain cannot be reached for now.
    package func append(
        _ new: NewFederationStanza, leavesReserve: Bool = false, in context: WriteContext
    ) throws(StorageError) -> Int64 {
        try context.perform { database in
            let bytes = new.stanza.utf8.count
            let share = leavesReserve ? 1 - Self.reserve : 1
            let total = StorageQuota(
                stanzas: Int(Double(total.stanzas) * share), bytes: Int(Double(total.bytes) * share))
            try charge(new, bytes, total: total, in: database)
            try database.run(
                "INSERT INTO federation_outbox (local, remote, stamp, bytes, stanza, sender, mark) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [new.local, new.remote, new.stamp, bytes, new.stanza, new.sender, new.mark])
            return database.lastInsertedRowID
        }
    }

    package func append(
        _ new: NewFederationStanza, leavesReserve: Bool = false
    ) async throws(StorageError) -> Int64 {
        try await database.write(bytes: new.stanza.utf8.count) {
            try append(new, leavesReserve: leavesReserve, in: $0)
        }
    }

    /// Puts several at the end, in one transaction; nil for those for which there is no room.
    package func append(
        _ new: [NewFederationStanza], leavesReserve: Bool
    ) async throws(StorageError) -> [Int64?] {
        try await database.write(bytes: new.reduce(0) { $0 + $1.stanza.utf8.count }) { context in
            var rows: [Int64?] = []
            for stanza in new {
                do throws(StorageError) {
                    rows.append(try append(stanza, leavesReserve: leavesReserve, in: context))
                } catch {
                    guard error == .quotaExceeded else { throw error }
                    rows.append(nil)
                }
            }
            return rows
        }
    }

    /// Whose usage a sender's is.
    private static func owner(_ sender: String) -> String { "@" + sender }

    /// Adds one stanza to what waits for the domain, of the sender and for all: lines of one statement, as this is done for
    /// each message that leaves.
    private func charge(
        _ new: NewFederationStanza, _ bytes: Int, total: StorageQuota, in database: Database
    ) throws {
        guard quota.stanzas > 0, total.stanzas > 0, share.stanzas > 0 else { throw StorageError.quotaExceeded }
        let charged = try database.rows(
            """
            INSERT INTO federation_outbox_usage (remote, stanzas, bytes)
            SELECT column1, 1, ?2 FROM (VALUES (?1), (''), (?7))
            WHERE column1 IS NOT NULL AND ?2 <= CASE column1 WHEN '' THEN ?6 WHEN ?7 THEN ?9 ELSE ?4 END
            ON CONFLICT (remote) DO UPDATE SET stanzas = stanzas + 1, bytes = bytes + excluded.bytes
            WHERE stanzas < CASE remote WHEN '' THEN ?5 WHEN ?7 THEN ?8 ELSE ?3 END
                AND bytes + excluded.bytes <= CASE remote WHEN '' THEN ?6 WHEN ?7 THEN ?9 ELSE ?4 END
            RETURNING remote
            """,
            [
                new.remote, bytes, quota.stanzas, quota.bytes, total.stanzas, total.bytes, new.sender.map(Self.owner),
                share.stanzas, share.bytes,
            ])
        guard charged.count < (new.sender == nil ? 2 : 3) else { return }
        for row in charged {
            try Self.usageTable.release(row.value("remote"), stanzas: 1, bytes: bytes, in: database)
        }
        throw StorageError.quotaExceeded
    }

    /// Removes what the other server has taken over, or what has waited too long; ids that are not there are passed over.
    package func remove(_ ids: [Int64]) async throws(StorageError) {
        guard !ids.isEmpty else { return }
        let list = "[" + ids.map(String.init).joined(separator: ",") + "]"
        try await database.write { context in
            try context.perform { database in
                let rows = try database.rows(
                    """
                    DELETE FROM federation_outbox WHERE id IN (SELECT value FROM json_each(?))
                    RETURNING remote, bytes, sender
                    """, [list])
                var removed: [String: (stanzas: Int, bytes: Int)] = [:]
                for row in rows {
                    let bytes: Int = try row.value("bytes")
                    let sender: String? = try row.optional("sender")
                    for owner in [try row.value("remote"), Self.all] + (sender.map { [Self.owner($0)] } ?? []) {
                        removed[owner, default: (0, 0)].stanzas += 1
                        removed[owner, default: (0, 0)].bytes += bytes
                    }
                }
                for (owner, usage) in removed {
                    try Self.usageTable.release(owner, stanzas: usage.stanzas, bytes: usage.bytes, in: database)
                }
            }
        }
    }

    /// The next stanzas of a pair after an id, oldest first.
    package func pending(
        local: String, remote: String, after id: Int64 = 0, limit: Int
    ) async throws(StorageError) -> [StoredFederationStanza] {
        try await database.read { database in
            try database.rows(
                """
                SELECT id, stamp, stanza, mark FROM federation_outbox WHERE remote = ? AND local = ? AND id > ?
                ORDER BY id LIMIT ?
                """, [remote, local, id, limit]
            )
            .map(StoredFederationStanza.init(row:))
        }
    }

    /// The pairs for which something waits.
    package func pairs() async throws(StorageError) -> [(local: String, remote: String)] {
        try await database.read { database in
            try database.rows("SELECT DISTINCT remote, local FROM federation_outbox").map { row in
                (local: try row.value("local"), remote: try row.value("remote"))
            }
        }
    }

    /// The domains for which most waits.
    package func largest(_ limit: Int) async throws(StorageError) -> [(remote: String, usage: StorageUsage)] {
        try await database.read { database in
            try database.rows(
                """
                SELECT remote, stanzas, bytes FROM federation_outbox_usage
                WHERE remote <> ? AND remote NOT GLOB '@*' ORDER BY stanzas DESC, remote LIMIT ?
                """, [Self.all, limit]
            )
            .map { row in
                (
                    remote: try row.value("remote"),
                    usage: StorageUsage(stanzas: try row.value("stanzas"), bytes: try row.value("bytes"))
                )
            }
        }
    }

    /// How much waits for a domain; with nil for all together.
    package func usage(_ remote: String?) async throws(StorageError) -> StorageUsage {
        try await database.read { try Self.usageTable.usage(remote ?? Self.all, in: $0) }
    }

    /// How much waits of an account of ours.
    package func usage(ofSender sender: String) async throws(StorageError) -> StorageUsage {
        try await database.read { try Self.usageTable.usage(Self.owner(sender), in: $0) }
    }
}

/// A stanza to queue for another server.
package struct NewFederationStanza: Sendable, Equatable {
    package var local: String
    package var remote: String
    /// The stanza, serialised.
    package var stanza: String
    /// When it came, in milliseconds since 1970.
    package var stamp: Int64
    /// The account of ours that has written it, by its bare address; nil if it is of a service.
    package var sender: String?

    /// By which the other server knows it again, where it has been sent before.
    package var mark: String?

    package init(
        local: String, remote: String, stanza: String, stamp: Int64, sender: String? = nil, mark: String? = nil
    ) {
        self.sender = sender
        self.mark = mark
        self.local = local
        self.remote = remote
        self.stanza = stanza
        self.stamp = stamp
    }
}

/// A stanza that waits for another server.
package struct StoredFederationStanza: Sendable, Equatable {
    /// Increases with every stanza queued.
    package let id: Int64
    /// When it came, in milliseconds since 1970.
    package let stamp: Int64
    /// The stanza, serialised.
    package let stanza: String
    /// By which the other server knows it again, where that does not follow from the row.
    package let mark: String?

    init(row: Row) throws {
        id = try row.value("id")
        stamp = try row.value("stamp")
        stanza = try row.value("stanza")
        mark = try row.optional("mark")
    }
}
