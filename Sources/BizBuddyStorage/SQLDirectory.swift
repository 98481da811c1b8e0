//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import Foundation
import GRDB

/// A table of somebody else's in an SQLite file, asked with a question of the operator's. Read only.
package final class SQLDirectory: Sendable {
    /// Records of one answer.
    static let maximumRows = 5
    static let maximumColumns = 64

    package let name: String
    private let path: String
    private let query: String

    /// The question has the parameters `:value`, `:scheme`, `:domain` and `:address`; its columns `customer_id` and `name`
    /// say who it is, the others become fields. Nothing is opened before somebody is looked for.
    package init(name: String, path: String, query: String) {
        self.name = name
        self.path = path
        self.query = query
    }

    /// Everybody who is found under any of the addresses. Ends SQLite's work when the task is cancelled.
    package func lookup(_ addresses: [CanonicalAddress]) async throws -> [CustomerRecord] {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        let database = try DatabaseQueue(path: path, configuration: configuration)
        defer { try? database.close() }
        let name = name
        let query = query
        return try await database.read { database in
            let statement = try database.makeStatement(sql: query)
            let known = Set(["value", "scheme", "domain", "address"])
            var found: [CustomerRecord] = []
            for address in addresses.prefix(Self.maximumRows) {
                let values: [String: (any DatabaseValueConvertible)?] = [
                    "value": address.value, "scheme": address.scheme, "domain": address.domain,
                    "address": address.key,
                ]
                let wanted = values.filter { known.contains($0.key) && query.contains(":\($0.key)") }
                let rows = try Row.fetchCursor(statement, arguments: StatementArguments(wanted))
                while found.count < Self.maximumRows, let row = try rows.next() {
                    guard let record = Self.record(row, name) else { continue }
                    if !found.contains(where: { $0.customerID == record.customerID }) { found.append(record) }
                }
            }
            return found
        }
    }

    private static func record(_ row: Row, _ source: String) -> CustomerRecord? {
        var id: String?
        var name: String?
        var fields: [CustomerRecord.Field] = []
        for (column, value) in row.prefix(maximumColumns) {
            guard let text = text(of: value), !text.isEmpty else { continue }
            switch column.lowercased() {
            case "customer_id", "customer": id = text
            case "name", "display_name": name = text
            default:
                let key = column.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: "_")
                let label = column.split { $0 == "_" || $0.isWhitespace }.joined(separator: " ")
                fields.append(
                    CustomerRecord.Field(
                        key: key, label: label.prefix(1).uppercased() + label.dropFirst(), value: text))
            }
        }
        guard let id else { return nil }
        return CustomerRecord(customerID: id, displayName: name ?? id, source: source, match: .exact, fields: fields)
    }

    private static func text(of value: DatabaseValue) -> String? {
        let text: String
        switch value.storage {
        case .null, .blob: return nil
        case .int64(let number): text = String(number)
        case .double(let number): text = String(number)
        case .string(let string): text = string
        }
        // XML cannot carry control characters, and a card is no place for a book.
        let scalars = text.unicodeScalars.prefix(Limits.fieldLength).map { scalar -> Unicode.Scalar in
            scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value) || (0xFFFE...0xFFFF).contains(scalar.value)
                ? " " : scalar
        }
        return String(String.UnicodeScalarView(scalars))
    }
}
