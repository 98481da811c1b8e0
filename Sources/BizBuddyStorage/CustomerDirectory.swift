//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import FoundationEssentials
import GRDB

/// The embedded source of customer records: one row for each address a customer writes from.
package final class CustomerDirectory: Sendable {
    /// Name of this source in records.
    package static let source = "directory"

    private let path: String
    let database: DatabasePool

    /// Opens or creates the file. Throws `StoreError`.
    package init(path: String) throws {
        self.path = path
        database = try DatabaseFile.openPool(path, schema: .customers)
        let isOld = try database.read { try Bool.fetchOne($0, sql: "SELECT 1 FROM customers WHERE skeleton IS NULL") }
        if isOld != nil { try database.write { try Self.addSkeletons($0) } }
    }

    /// The record registered for an address, which must be canonical as customers' addresses are everywhere.
    package func lookup(_ address: String) async throws -> CustomerRecord? {
        try await database.read { try Self.lookup(address, $0) }
    }

    private static func lookup(_ address: String, _ database: Database) throws -> CustomerRecord? {
        let find = try database.cachedStatement(sql: "SELECT id, display_name, fields FROM customers WHERE address = ?")
        return try Row.fetchOne(find, arguments: [address]).map { row in
            CustomerRecord(
                customerID: try row.decode(forColumn: "id"), displayName: try row.decode(forColumn: "display_name"),
                source: Self.source, match: .exact,
                fields: try Self.decodeFields(row.decode(forColumn: "fields")))
        }
    }

    /// What is known of somebody who writes from some addresses, the first now, and goes by a name: the records; if there
    /// are none, people of that name as possibilities, and those whom the address or the name is easily taken for.
    package func find(_ addresses: [String], name: String?) async throws -> (records: [CustomerRecord], [Lookalike]) {
        try await database.read { database in
            var records: [CustomerRecord] = []
            for address in addresses {
                guard let record = try Self.lookup(address, database) else { continue }
                if !records.contains(where: { $0.customerID == record.customerID }) { records.append(record) }
            }
            guard records.isEmpty, let address = addresses.first else { return (records, []) }
            if let name { records = try Self.named(name, database) }
            return (records, try Self.lookalikes(of: address, name: name, database))
        }
    }

    /// People of a name, whatever they write from, as possibilities.
    private static func named(_ name: String, _ database: Database) throws -> [CustomerRecord] {
        guard name.count >= Limits.shortestName else { return [] }
        return try Row.fetchAll(
            database,
            sql: """
                SELECT DISTINCT id, display_name FROM customers WHERE display_name = ? COLLATE NOCASE
                ORDER BY id LIMIT ?
                """, arguments: [name, Limits.suggestions]
        ).map {
            CustomerRecord(
                customerID: try $0.decode(forColumn: "id"), displayName: try $0.decode(forColumn: "display_name"),
                source: Self.source, match: .guessed, fields: [])
        }
    }

    /// Addresses of the customers who have one of these, in the spelling of the directory: the company gave them one
    /// number.
    package func addresses(with addresses: [String]) async throws -> [String] {
        try await database.read { database in
            var found: [String] = []
            for address in addresses {
                found += try String.fetchAll(
                    database,
                    sql: """
                        SELECT address FROM customers WHERE id = (SELECT id FROM customers WHERE address = ?)
                        ORDER BY address LIMIT ?
                        """, arguments: [address, Limits.addressesOfPerson])
            }
            return found
        }
    }

    /// Deletes the records of some addresses, and what is left of them in the file and in its log. Returns how many.
    package func erase(_ addresses: [String]) async throws -> Int {
        let count = try await database.writeWithoutTransaction { database in
            try database.execute(sql: "PRAGMA secure_delete = ON")
            var count = 0
            try database.inTransaction {
                for address in addresses {
                    try database.execute(sql: "DELETE FROM customers WHERE address = ?", arguments: [address])
                    count += database.changesCount
                }
                return .commit
            }
            return count
        }
        try await database.writeWithoutTransaction { database in
            _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        return count
    }

    /// Adds a record or replaces it, as one row of an import would.
    package func upsert(_ record: CustomerRecord, at address: String) async throws {
        let fields = try Self.encodeFields(record.fields)
        try await database.write { database in
            try Self.write(address, record.customerID, record.displayName, fields, database)
        }
    }

    /// Addresses in the directory.
    package func count() async throws -> Int {
        try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM customers") ?? 0 }
    }

    /// Imports a file; see `importCSV(bytes:columns:dryRun:canonical:)`.
    @concurrent
    package func importCSV(
        path: String, columns: CustomerColumns = CustomerColumns(), dryRun: Bool = false,
        canonical: @escaping @Sendable (String) -> String? = CustomerDirectory.plainAddress
    ) async throws -> ImportReport {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        if let size = attributes?[.size] as? Int, size > Limits.customerFile {
            throw ImportError.tooLarge(limit: Limits.customerFile)
        }
        guard let data = FileManager.default.contents(atPath: path) else {
            throw ImportError.unreadable(path)
        }
        return try await importCSV(bytes: Array(data), columns: columns, dryRun: dryRun, canonical: canonical)
    }

    /// Adds and replaces records by address, in one transaction; wrong rows are left out and reported.
    ///
    /// The first line names the columns; those `columns` does not name become fields of the record, in their order.
    /// `canonical` turns an address into its canonical form, nil if it is none. A dry run reports and changes nothing.
    package func importCSV(
        bytes: [UInt8], columns: CustomerColumns = CustomerColumns(), dryRun: Bool = false,
        canonical: @escaping @Sendable (String) -> String? = CustomerDirectory.plainAddress
    ) async throws -> ImportReport {
        guard bytes.count <= Limits.customerFile else {
            throw ImportError.tooLarge(limit: Limits.customerFile)
        }
        var reader = CSVReader(bytes)
        guard case .row(_, let names)? = reader.next() else { throw ImportError.noHeader }
        let header = try CustomerHeader(names, columns: columns)
        let rows = reader
        return try await database.writeWithoutTransaction { database in
            var report = ImportReport()
            try database.inTransaction(.immediate) {
                report = try Self.importRows(rows, header, canonical, database)
                return dryRun ? .rollback : .commit
            }
            return report
        }
    }

    /// An address without resource in lower case; good enough where no XMPP library is at hand.
    package static func plainAddress(_ text: String) -> String? {
        let address = text.split(whereSeparator: \.isWhitespace)
        guard address.count == 1, let only = address.first else { return nil }
        let parts = only.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !only.contains("/") else { return nil }
        return only.lowercased()
    }

    private static func importRows(
        _ rows: CSVReader, _ header: CustomerHeader, _ canonical: (String) -> String?, _ database: Database
    ) throws -> ImportReport {
        var rows = rows
        var report = ImportReport()
        var lines: [String: Int] = [:]
        while let item = rows.next() {
            report.rows += 1
            switch item {
            case .malformed(let line, let reason): report.fail(line, reason)
            case .row(let line, let values):
                guard values.count == header.count else {
                    report.fail(line, "\(values.count) columns where the header has \(header.count)")
                    continue
                }
                guard let address = canonical(values[header.address]) else {
                    report.fail(line, "\"\(values[header.address].prefix(100))\" is not an address")
                    continue
                }
                if let earlier = lines.updateValue(line, forKey: address) {
                    report.fail(line, "\(address) is in line \(earlier) already")
                    lines[address] = earlier
                    continue
                }
                try upsert(address, values, header, line, &report, database)
            }
        }
        return report
    }

    private static func upsert(
        _ address: String, _ values: [String], _ header: CustomerHeader, _ line: Int, _ report: inout ImportReport,
        _ database: Database
    ) throws {
        let id = values[header.customerID]
        let name = values[header.displayName]
        guard !id.isEmpty else { return report.fail(line, "no customer id") }
        guard !name.isEmpty else { return report.fail(line, "no name") }
        let fields = try encodeFields(
            header.extras.filter { !values[$0.index].isEmpty }
                .map { CustomerRecord.Field(key: $0.key, label: $0.label, value: values[$0.index]) })

        let find = try database.cachedStatement(
            sql: "SELECT id, display_name, fields FROM customers WHERE address = ?")
        let existing = try Row.fetchOne(find, arguments: [address])
        if let existing, existing["id"] == id, existing["display_name"] == name, existing["fields"] == fields {
            report.unchanged += 1
            return
        }
        try write(address, id, name, fields, database)
        if existing == nil {
            report.inserted += 1
        } else {
            report.updated += 1
        }
    }

    private static func encodeFields(_ fields: [CustomerRecord.Field]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return String(decoding: try encoder.encode(fields), as: UTF8.self)
    }

    private static func decodeFields(_ text: String) throws -> [CustomerRecord.Field] {
        do {
            return try JSONDecoder().decode([CustomerRecord.Field].self, from: Data(text.utf8))
        } catch {
            throw StoreError.damaged("the fields of a customer: \(error)")
        }
    }

    /// Copies the directory while it is in use.
    @concurrent
    package func backup(to copy: String) async throws {
        try DatabaseFile.backup(path, to: copy)
    }

    package func close() throws {
        try database.close()
    }
}
