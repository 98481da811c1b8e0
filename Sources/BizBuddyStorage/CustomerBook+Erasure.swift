//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import GRDB

/// Forgetting somebody.
extension CustomerBook {
    /// What is left of somebody who was erased: the name that the audit log knows, and nothing else.
    package struct Tombstone: Hashable, Sendable {
        package let actor: String
        /// Milliseconds since 1970.
        package let at: Int64
    }

    package func tombstone(of person: String) async throws -> Tombstone? {
        try await database.read { database in
            try Row.fetchOne(database, sql: "SELECT actor, at FROM tombstone WHERE person = ?", arguments: [person])
                .map { Tombstone(actor: $0["actor"], at: $0["at"]) }
        }
    }

    /// Deletes everybody who is behind some addresses, with all that was noted of them, and what is left of it in the
    /// file and in its log.
    ///
    /// - Returns: how many notes went.
    package func erase(_ addresses: [CanonicalAddress], actor: String, at: Int64) async throws -> Int {
        let notes = try await database.write { database in
            var people: [String] = []
            for address in addresses {
                guard let owner = try Self.owner(of: address, database) else { continue }
                for member in try Self.members(of: try Self.root(of: owner, database), database)
                where !people.contains(member) {
                    people.append(member)
                }
            }
            var notes = 0
            for person in people { notes += try Self.erase(person, actor, at, database) }
            for address in addresses.map(\.description) {
                try Self.forget(address, database)
            }
            return notes
        }
        try await database.writeWithoutTransaction { database in
            _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
        return notes
    }

    /// What an address has, whoever's it is.
    private static func forget(_ address: String, _ database: Database) throws {
        for table in ["code", "attempt", "request"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE address = ?", arguments: [address])
        }
    }

    private static func erase(_ person: String, _ actor: String, _ at: Int64, _ database: Database) throws -> Int {
        let addresses = try String.fetchAll(
            database, sql: "SELECT address FROM address WHERE person = ?", arguments: [person])
        for address in addresses {
            try forget(address, database)
        }
        try database.execute(sql: "DELETE FROM note WHERE person = ?", arguments: [person])
        let notes = database.changesCount
        for table in ["address", "tag", "preference"] {
            try database.execute(sql: "DELETE FROM \(table) WHERE person = ?", arguments: [person])
        }
        // Events tell who vouched for what, with addresses in it.
        try database.execute(
            sql: "DELETE FROM link_event WHERE person = ? OR other = ?", arguments: [person, person])
        try database.execute(sql: "DELETE FROM person WHERE id = ?", arguments: [person])
        try database.execute(
            sql: "INSERT OR REPLACE INTO tombstone (person, actor, at) VALUES (?, ?, ?)",
            arguments: [person, actor, at])
        return notes
    }
}
