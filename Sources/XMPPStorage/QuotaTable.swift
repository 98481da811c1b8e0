//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// A queue table whose owners have quotas, with its table of running totals: a quota is checked by one indexed update,
/// however much the owner keeps.
struct QuotaTable {
    static let offline = QuotaTable(rows: "offline", usage: "offline_usage", owner: "account")
    static let outbox = QuotaTable(rows: "outbox", usage: "outbox_usage", owner: "component")

    private let rows: String
    private let usage: String
    private let owner: String

    init(rows: String, usage: String, owner: String) {
        self.rows = rows
        self.usage = usage
        self.owner = owner
    }

    /// Adds one stanza to the owner's total. Throws `quotaExceeded` and changes nothing if it doesn't fit.
    func charge(_ name: String, bytes: Int, quota: StorageQuota, in database: Database) throws {
        guard quota.stanzas > 0, bytes <= quota.bytes else {
            throw StorageError.quotaExceeded
        }
        let changes = try database.run(
            """
            INSERT INTO \(usage) (\(owner), stanzas, bytes) VALUES (?, 1, ?)
            ON CONFLICT (\(owner)) DO UPDATE SET stanzas = stanzas + 1, bytes = bytes + excluded.bytes
            WHERE stanzas < ? AND bytes + excluded.bytes <= ?
            """,
            [name, bytes, quota.stanzas, quota.bytes])
        guard changes > 0 else {
            throw StorageError.quotaExceeded
        }
    }

    /// Takes stanzas off the owner's total.
    func release(_ name: String, stanzas: Int, bytes: Int, in database: Database) throws {
        try database.run(
            "UPDATE \(usage) SET stanzas = stanzas - ?, bytes = bytes - ? WHERE \(owner) = ?", [stanzas, bytes, name])
        try database.run("DELETE FROM \(usage) WHERE \(owner) = ? AND stanzas <= 0", [name])
    }

    /// Deletes the owner's rows up to and with an id.
    func delete(_ name: String, through id: Int64, in database: Database) throws {
        let row = try database.row(
            """
            SELECT COUNT(*) AS stanzas, COALESCE(SUM(bytes), 0) AS bytes FROM \(rows) WHERE \(owner) = ? AND id <= ?
            """,
            [name, id])
        guard let row else { return }
        try release(name, stanzas: row.value("stanzas"), bytes: row.value("bytes"), in: database)
        try database.run("DELETE FROM \(rows) WHERE \(owner) = ? AND id <= ?", [name, id])
    }

    /// Deletes rows of the owner, as far as they are there.
    func delete(_ name: String, ids: [Int64], in database: Database) throws {
        let list = "[\(ids.map { String($0) }.joined(separator: ","))]"
        let found = "\(owner) = ? AND id IN (SELECT value FROM json_each(?))"
        let row = try database.row(
            "SELECT COUNT(*) AS stanzas, COALESCE(SUM(bytes), 0) AS bytes FROM \(rows) WHERE \(found)", [name, list])
        guard let row else { return }
        try release(name, stanzas: row.value("stanzas"), bytes: row.value("bytes"), in: database)
        try database.run("DELETE FROM \(rows) WHERE \(found)", [name, list])
    }

    /// Deletes one row of the owner, if it is there.
    func delete(_ name: String, id: Int64, in database: Database) throws {
        let row = try database.row(
            "DELETE FROM \(rows) WHERE \(owner) = ? AND id = ? RETURNING bytes", [name, id])
        guard let row else { return }
        try release(name, stanzas: 1, bytes: row.value("bytes"), in: database)
    }

    /// The owner's total.
    func usage(_ name: String, in database: Database) throws -> StorageUsage {
        let row = try database.row("SELECT stanzas, bytes FROM \(usage) WHERE \(owner) = ?", [name])
        guard let row else {
            return StorageUsage(stanzas: 0, bytes: 0)
        }
        return StorageUsage(stanzas: try row.value("stanzas"), bytes: try row.value("bytes"))
    }
}
