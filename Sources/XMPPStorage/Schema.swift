//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The schema's history. A released migration is never changed: it is SQL and names no type of ours.
///
/// Tables are STRICT, so that a column holds what it says. Times are milliseconds since 1970. Accounts are bare JIDs.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("v1") { database in
            try database.execute(sql: SchemaV1.sql)
        }
        migrator.registerMigration("v2") { database in
            for part in SchemaV2.parts { try database.execute(sql: part) }
        }
        migrator.registerMigration("v3") { database in
            for part in SchemaV3.parts { try database.execute(sql: part) }
        }
        migrator.registerMigration("v4") { database in
            for part in SchemaV4.parts { try database.execute(sql: part) }
        }
        migrator.registerMigration("v5") { database in
            for part in SchemaV5.parts { try database.execute(sql: part) }
        }
        migrator.registerMigration("v6") { database in
            for part in SchemaV6.parts { try database.execute(sql: part) }
        }
        migrator.registerMigration("v7") { database in
            for part in SchemaV7.parts { try database.execute(sql: part) }
        }
        migrator.registerMigration("v8") { database in
            for part in SchemaV8.parts { try database.execute(sql: part) }
        }
        return migrator
    }

    /// Run on a finished backup, so that a server that opens it knows it for a copy.
    static let markAsCopy = "INSERT OR REPLACE INTO meta (key, value) VALUES ('backup-copy', x'01')"

    /// How far the counters jump when a copy is opened: more than a server hands out between a backup and a disaster.
    private static let leap: Int64 = 1_000_000_000

    /// If this file was a backup, jumps all counters past whatever the lost original has handed out since.
    ///
    /// Otherwise a roster version or an outbox id would be given a second time with another meaning: a client would keep
    /// a wrong roster, and a component would drop a new stanza as one it has seen. Sessions have gone on since the backup:
    /// their counters hold no longer.
    static func leapIfRestored(_ database: Database) throws {
        try database.execute(sql: "DELETE FROM meta WHERE key = 'backup-copy'")
        guard database.changesCount > 0 else { return }
        try database.execute(
            sql: """
                UPDATE sqlite_sequence SET seq = seq + \(leap) WHERE name IN ('outbox', 'offline');
                INSERT INTO sqlite_sequence (name, seq) SELECT name, \(leap) FROM (
                    SELECT 'outbox' AS name UNION ALL SELECT 'offline'
                ) WHERE name NOT IN (SELECT name FROM sqlite_sequence);
                DELETE FROM sm_session;
                DELETE FROM sm_ended;
                UPDATE sequence SET value = value + \(leap);
                UPDATE roster SET
                    version = (SELECT value FROM sequence WHERE name = 'roster'),
                    floor = (SELECT value FROM sequence WHERE name = 'roster');
                """)
        try database.execute(sql: ArchiveSchema.leap)
    }
}
