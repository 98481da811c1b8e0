//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The ids of stanzas that components and servers of ours elsewhere have sent, so that one sent again after a broken
/// connection acts only once.
package struct ComponentInbox: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Whether an id is remembered.
    package func contains(_ component: String, id: String) async throws(StorageError) -> Bool {
        try await database.read { database in
            try database.row("SELECT 1 FROM inbox WHERE component = ? AND id = ?", [component, id]) != nil
        }
    }

    /// Remembers an id; false if it was there already. Call it in the write that carries the stanza's effects: then both
    /// happen or neither.
    package func insertIfNew(
        _ component: String, id: String, stamp: Int64, in context: WriteContext
    ) throws(StorageError) -> Bool {
        try context.perform { database in
            try database.run(
                "INSERT OR IGNORE INTO inbox (component, id, stamp) VALUES (?, ?, ?)", [component, id, stamp]) > 0
        }
    }

    /// Forgets ids of a component that are older than `stamp` (milliseconds since 1970), and the oldest beyond
    /// `keeping`; returns how many.
    @discardableResult
    package func prune(
        _ component: String, before stamp: Int64, keeping: Int, in context: WriteContext
    ) throws(StorageError) -> Int {
        try context.perform { database in
            let old = try database.run("DELETE FROM inbox WHERE component = ? AND stamp < ?", [component, stamp])
            let surplus = try database.run(
                """
                DELETE FROM inbox WHERE component = ?1 AND number <= (
                    SELECT number FROM inbox WHERE component = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2
                )
                """,
                [component, max(keeping, 0)])
            return old + surplus
        }
    }

    /// Remembers an id; false if it was there already.
    package func insertIfNew(_ component: String, id: String, stamp: Int64) async throws(StorageError) -> Bool {
        try await database.write { try insertIfNew(component, id: id, stamp: stamp, in: $0) }
    }

    /// Forgets ids of a component that are older than `stamp`, and the oldest beyond `keeping`; returns how many.
    @discardableResult
    package func prune(_ component: String, before stamp: Int64, keeping: Int) async throws(StorageError) -> Int {
        try await database.write { try prune(component, before: stamp, keeping: keeping, in: $0) }
    }

    /// The latest ids of a component, oldest first.
    package func latest(_ component: String, limit: Int) async throws(StorageError) -> [String] {
        try await database.read { database in
            try database.rows(
                "SELECT id FROM inbox WHERE component = ? ORDER BY number DESC LIMIT ?", [component, limit]
            )
            .reversed().map { try $0.value("id") }
        }
    }

    /// Those whose names begin like this and for whom ids are remembered.
    package func components(beginningWith prefix: String) async throws(StorageError) -> [String] {
        try await database.read { database in
            try database.rows(
                "SELECT DISTINCT component FROM inbox WHERE substr(component, 1, length(?1)) = ?1", [prefix]
            )
            .map { try $0.value("component") }
        }
    }

    /// How many ids of a component are remembered.
    package func count(_ component: String) async throws(StorageError) -> Int {
        try await database.read { database in
            try database.row("SELECT COUNT(*) AS n FROM inbox WHERE component = ?", [component])?.value("n") ?? 0
        }
    }
}
