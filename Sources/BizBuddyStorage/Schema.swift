//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import GRDB

/// The versions of a database, each a step in SQL; the number of steps taken is the file's `user_version`.
struct Schema {
    /// Step `n` leads from version `n` to `n + 1`.
    let steps: [String]

    /// Brings a database up to date in one transaction. Throws `StoreError.newerSchema` for a file of a later program:
    /// writing to it could lose what that program keeps there.
    func migrate(_ database: Database) throws {
        let found = try Int.fetchOne(database, sql: "PRAGMA user_version") ?? 0
        guard found <= steps.count else {
            throw StoreError.newerSchema(found: found, known: steps.count)
        }
        guard found < steps.count else { return }
        try database.inTransaction {
            for step in steps[max(0, found)...] {
                try database.execute(sql: step)
            }
            try database.execute(sql: "PRAGMA user_version = \(steps.count)")
            return .commit
        }
    }

    /// The event log and what is committed with it.
    static let service = Schema(steps: [
        """
        CREATE TABLE event (
            sequence INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            command BLOB NOT NULL
        );
        CREATE TABLE snapshot (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            sequence INTEGER NOT NULL,
            state BLOB NOT NULL
        );
        CREATE TABLE processed (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            stanza_id TEXT NOT NULL UNIQUE
        );
        CREATE TABLE outbox (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            recipient TEXT NOT NULL,
            payload BLOB NOT NULL
        );
        CREATE TABLE conversation (
            id TEXT PRIMARY KEY,
            customer TEXT NOT NULL,
            contact TEXT NOT NULL,
            closed_at INTEGER NOT NULL,
            body BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX conversation_customer ON conversation (customer, closed_at);
        """,
        contactSubscribers,
        """
        ALTER TABLE outbox ADD COLUMN at INTEGER NOT NULL DEFAULT 0;
        CREATE INDEX conversation_closed ON conversation (closed_at);
        """,
        """
        CREATE TABLE fact (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            at INTEGER NOT NULL,
            body BLOB NOT NULL
        );
        CREATE INDEX fact_at ON fact (at);
        """,
        consents,
        introductions,
        "ALTER TABLE contact_subscriber ADD COLUMN language TEXT;",
    ])

    /// The embedded customer directory.
    static let customers = Schema(steps: [
        """
        CREATE TABLE customers (
            address TEXT PRIMARY KEY,
            id TEXT NOT NULL,
            display_name TEXT NOT NULL,
            fields TEXT NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX customers_id ON customers (id);
        """,
        "CREATE INDEX customers_name ON customers (display_name COLLATE NOCASE);",
        """
        ALTER TABLE customers ADD COLUMN skeleton TEXT;
        ALTER TABLE customers ADD COLUMN name_skeleton TEXT;
        CREATE INDEX customers_skeleton ON customers (skeleton);
        CREATE INDEX customers_name_skeleton ON customers (name_skeleton);
        """,
    ])
}
