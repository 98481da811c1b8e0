//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Which columns of a customer file mean what; names are compared in any case.
package struct CustomerColumns: Hashable, Sendable {
    package var address = "address"
    package var displayName = "name"
    package var customerID = "customer"
    /// What agents read instead of a column's name, by column.
    package var labels: [String: String] = [:]

    package init() {}
}

/// What an import did, or with a dry run would do.
package struct ImportReport: Hashable, Sendable, Codable {
    package struct RowError: Hashable, Sendable, Codable {
        /// The line of the file on which the row begins, from 1.
        package let line: Int
        package let reason: String
    }

    /// Rows below the header, good and bad.
    package internal(set) var rows = 0
    package internal(set) var inserted = 0
    package internal(set) var updated = 0
    /// In the directory already, exactly so.
    package internal(set) var unchanged = 0
    /// Rows that were left out; the first thousand of them are in `errors`.
    package internal(set) var failed = 0
    package internal(set) var errors: [RowError] = []

    mutating func fail(_ line: Int, _ reason: String) {
        failed += 1
        if errors.count < Limits.reportedErrors {
            errors.append(RowError(line: line, reason: reason))
        }
    }
}

/// Why a customer file as a whole cannot be imported.
package enum ImportError: Error, Equatable, CustomStringConvertible {
    case unreadable(String)
    case tooLarge(limit: Int)
    case noHeader
    case missingColumn(String)
    case duplicateColumn(String)

    package var description: String {
        switch self {
        case .unreadable(let path): "\(path) cannot be read"
        case .tooLarge(let limit): "the file is larger than \(limit) bytes"
        case .noHeader: "the first line must name the columns"
        case .missingColumn(let name): "there is no column \"\(name)\""
        case .duplicateColumn(let name): "the column \"\(name)\" appears twice"
        }
    }
}

/// The header of a customer file, understood.
struct CustomerHeader {
    /// A column that becomes a field of the record.
    struct Extra {
        let index: Int
        let key: String
        let label: String
    }

    let count: Int
    let address: Int
    let displayName: Int
    let customerID: Int
    let extras: [Extra]

    init(_ names: [String], columns: CustomerColumns) throws(ImportError) {
        let keys = names.map(Self.key)
        var seen: Set<String> = []
        for key in keys where !key.isEmpty && !seen.insert(key).inserted {
            throw .duplicateColumn(key)
        }
        func index(_ name: String) throws(ImportError) -> Int {
            guard let index = keys.firstIndex(of: Self.key(name)) else { throw .missingColumn(name) }
            return index
        }
        let address = try index(columns.address)
        let displayName = try index(columns.displayName)
        let customerID = try index(columns.customerID)
        var labels: [String: String] = [:]
        for (name, label) in columns.labels {
            labels[Self.key(name)] = label
        }
        extras = keys.indices.filter { ![address, displayName, customerID].contains($0) && !keys[$0].isEmpty }
            .map { Extra(index: $0, key: keys[$0], label: labels[keys[$0]] ?? Self.label(names[$0])) }
        self.address = address
        self.displayName = displayName
        self.customerID = customerID
        count = names.count
    }

    /// "Open orders" → "open_orders".
    private static func key(_ name: String) -> String {
        name.split(whereSeparator: \.isWhitespace).joined(separator: "_").lowercased()
    }

    /// "open_orders" → "Open orders".
    private static func label(_ name: String) -> String {
        let words = name.split { $0.isWhitespace || $0 == "_" }.joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
