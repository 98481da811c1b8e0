//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import GRDB

/// Which customers were given the company's contacts: outside of the event log, for no decision of the queue rests on it.
extension ServiceStore {
    /// By the customer's bare address.
    package func introductions() async throws -> [String: Set<Introduction>] {
        try await database.read { database in
            var result: [String: Set<Introduction>] = [:]
            let rows = try Row.fetchCursor(database, sql: "SELECT customer, way FROM introduction")
            while let row = try rows.next() {
                guard let way = Introduction(rawValue: try row.decode(forColumn: "way")) else { continue }
                result[try row.decode(forColumn: "customer"), default: []].insert(way)
            }
            return result
        }
    }

    /// Notes that a customer was given the contacts. Doing it twice does no harm.
    package func setIntroduced(_ customer: CustomerAddress, by way: Introduction, at moment: Instant) async throws {
        _ = try await withCheckedThrowingContinuation { continuation in
            writer.submit(
                GroupCommitWriter.Job(
                    body: { database in
                        try database.cachedStatement(
                            sql: "INSERT OR IGNORE INTO introduction (customer, way, at) VALUES (?, ?, ?)"
                        ).execute(arguments: [customer.rawValue, way.rawValue, moment.milliseconds])
                        return 0
                    },
                    completion: { continuation.resume(with: $0) }))
        }
    }
}

extension Schema {
    /// Step of ``service``.
    static let introductions = """
        CREATE TABLE introduction (
            customer TEXT NOT NULL,
            way TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (customer, way)
        ) WITHOUT ROWID;
        """
}
