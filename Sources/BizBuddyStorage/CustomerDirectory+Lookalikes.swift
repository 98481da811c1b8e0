//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import GRDB

/// Addresses and names that are easily taken for those of somebody who is known.
extension CustomerDirectory {
    /// A customer for whom somebody else could be taken.
    package struct Lookalike: Hashable, Sendable {
        package let customerID: String
        package let displayName: String
        /// Whether it is the address that looks alike, or the name.
        package let isAddress: Bool
    }

    /// Known customers whose address or name looks like these, and is not the same. Nothing follows from it but a warning.
    static func lookalikes(of address: String, name: String?, _ database: Database) throws -> [Lookalike] {
        func find(_ condition: String, _ arguments: StatementArguments, isAddress: Bool) throws -> [Lookalike] {
            let find = try database.cachedStatement(
                sql: """
                    SELECT DISTINCT id, display_name FROM customers WHERE \(condition)
                    ORDER BY id LIMIT \(Limits.suggestions)
                    """)
            return try Row.fetchAll(find, arguments: arguments).map {
                Lookalike(
                    customerID: try $0.decode(forColumn: "id"), displayName: try $0.decode(forColumn: "display_name"),
                    isAddress: isAddress)
            }
        }
        let addresses = try find(
            "skeleton = ? AND address <> ?", [Skeleton(of: address).text, address], isAddress: true)
        guard let name, name.count >= Limits.shortestName else { return addresses }
        return try addresses
            + find(
                "name_skeleton = ? AND display_name <> ? COLLATE NOCASE", [Skeleton(of: name).text, name],
                isAddress: false)
    }

    static func write(
        _ address: String, _ id: String, _ name: String, _ fields: String, _ database: Database
    ) throws {
        let insert = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO customers (address, id, display_name, fields, skeleton, name_skeleton)
                VALUES (?, ?, ?, ?, ?, ?)
                """)
        try insert.execute(arguments: [
            address, id, name, fields, Skeleton(of: address).text, Skeleton(of: name).text,
        ])
    }

    /// Of records that were written before there were any.
    static func addSkeletons(_ database: Database) throws {
        let update = try database.makeStatement(
            sql: "UPDATE customers SET skeleton = ?, name_skeleton = ? WHERE address = ?")
        while true {
            let rows = try Row.fetchAll(
                database, sql: "SELECT address, display_name FROM customers WHERE skeleton IS NULL LIMIT 1000")
            guard !rows.isEmpty else { return }
            for row in rows {
                let address: String = try row.decode(forColumn: "address")
                let name: String = try row.decode(forColumn: "display_name")
                try update.execute(arguments: [Skeleton(of: address).text, Skeleton(of: name).text, address])
            }
        }
    }
}
