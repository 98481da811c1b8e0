//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// A queue table whose owners have quotas, with its table of running totals: a quota is checked by one indexed update,
/// however much the owner keeps.
struct QuotaTable {
    static let offline = QuotaTable(
        rows: "offline", usage: "offline_usage", owner: "account", reference: "archive_id", references: "archived")
    static let outbox = QuotaTable(rows: "outbox", usage: "outbox_usage", owner: "component")

    private let rows: String
    private let usage: String
    private let owner: String
    /// The column that is set in rows which only refer to a stanza that is kept elsewhere, and that of their total.
    private let reference: (column: String, total: String)?

    init(rows: String, usage: String, owner: String) {
        self.rows = rows
        self.usage = usage
        self.owner = owner
        reference = nil
    }

    init(rows: String, usage: String, owner: String, reference: String, references: String) {
        self.rows = rows
        self.usage = usage
        self.owner = owner
        self.reference = (reference, references)
    }

    /// What rows take, and how many only refer to something.
    private var sums: String {
        let references = reference.map { "COUNT(\($0.column))" } ?? "0"
        return """
            COUNT(*) - \(references) AS stanzas, COALESCE(SUM(bytes), 0) AS bytes, \(references) AS reference_rows
            """
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

    /// Adds a row that only refers to something to the owner's total. Throws `quotaExceeded` and changes nothing if there
    /// are as many as the limit.
    func chargeReference(_ name: String, limit: Int, in database: Database) throws {
        guard let total = reference?.total else { return }
        let changes = try database.run(
            """
            INSERT INTO \(usage) (\(owner), stanzas, bytes, \(total)) VALUES (?, 0, 0, 1)
            ON CONFLICT (\(owner)) DO UPDATE SET \(total) = \(total) + 1 WHERE \(total) < ?
            """,
            [name, limit])
        guard changes > 0 else {
            throw StorageError.quotaExceeded
        }
    }

    /// Takes stanzas off the owner's total, and rows that only referred to something.
    func release(_ name: String, stanzas: Int, bytes: Int, references: Int = 0, in database: Database) throws {
        try database.run(
            "UPDATE \(usage) SET stanzas = stanzas - ?, bytes = bytes - ? WHERE \(owner) = ?", [stanzas, bytes, name])
        guard let total = reference?.total else {
            try database.run("DELETE FROM \(usage) WHERE \(owner) = ? AND stanzas <= 0", [name])
            return
        }
        if references > 0 {
            try database.run("UPDATE \(usage) SET \(total) = \(total) - ? WHERE \(owner) = ?", [references, name])
        }
        try database.run("DELETE FROM \(usage) WHERE \(owner) = ? AND stanzas <= 0 AND \(total) <= 0", [name])
    }

    /// Deletes rows that meet a condition, of all owners; returns how many.
    func delete(where condition: String, _ arguments: StatementArguments, in database: Database) throws -> Int {
        let found = try database.rows(
            "SELECT \(owner) AS name, \(sums) FROM \(rows) WHERE \(condition) GROUP BY \(owner)", arguments)
        for row in found { try release(row.value("name"), row, in: database) }
        return try database.run("DELETE FROM \(rows) WHERE \(condition)", arguments)
    }

    private func release(_ name: String, _ sums: Row, in database: Database) throws {
        try release(
            name, stanzas: sums.value("stanzas"), bytes: sums.value("bytes"), references: sums.value("reference_rows"),
            in: database)
    }

    /// Deletes the owner's rows up to and with an id.
    func delete(_ name: String, through id: Int64, in database: Database) throws {
        let row = try database.row(
            "SELECT \(sums) FROM \(rows) WHERE \(owner) = ? AND id <= ?", [name, id])
        guard let row else { return }
        try release(name, row, in: database)
        try database.run("DELETE FROM \(rows) WHERE \(owner) = ? AND id <= ?", [name, id])
    }

    /// Deletes rows of the owner, as far as they are there.
    func delete(_ name: String, ids: [Int64], in database: Database) throws {
        let list = "[\(ids.map { String($0) }.joined(separator: ","))]"
        let found = "\(owner) = ? AND id IN (SELECT value FROM json_each(?))"
        let row = try database.row("SELECT \(sums) FROM \(rows) WHERE \(found)", [name, list])
        guard let row else { return }
        try release(name, row, in: database)
        try database.run("DELETE FROM \(rows) WHERE \(found)", [name, list])
    }

    /// Deletes one row of the owner, if it is there.
    func delete(_ name: String, id: Int64, in database: Database) throws {
        let row = try database.row("SELECT \(sums) FROM \(rows) WHERE \(owner) = ? AND id = ?", [name, id])
        guard let row else { return }
        try release(name, row, in: database)
        try database.run("DELETE FROM \(rows) WHERE \(owner) = ? AND id = ?", [name, id])
    }

    /// The owner's total.
    func usage(_ name: String, in database: Database) throws -> StorageUsage {
        let row = try database.row("SELECT stanzas, bytes FROM \(usage) WHERE \(owner) = ?", [name])
        guard let row else {
            return StorageUsage(stanzas: 0, bytes: 0)
        }
        return StorageUsage(stanzas: try row.value("stanzas"), bytes: try row.value("bytes"))
    }

    /// How many of the owner's rows only refer to something.
    func references(_ name: String, in database: Database) throws -> Int {
        guard let total = reference?.total else { return 0 }
        return try database.row("SELECT \(total) AS total FROM \(usage) WHERE \(owner) = ?", [name])?.value("total")
            ?? 0
    }
}
