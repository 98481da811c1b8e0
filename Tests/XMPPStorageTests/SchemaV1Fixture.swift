//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A database of schema v1, as it was released: what later programs must be able to migrate.
enum SchemaV1Fixture {
    /// A frozen copy of the schema. A test compares it with the migration, which must never change.
    static let schema = """
        CREATE TABLE account (
            jid TEXT NOT NULL PRIMARY KEY,
            host TEXT NOT NULL,
            created INTEGER NOT NULL,
            disabled INTEGER NOT NULL DEFAULT 0
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX account_by_host ON account (host, jid);

        CREATE TABLE credential (
            account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
            mechanism TEXT NOT NULL,
            salt BLOB NOT NULL,
            iterations INTEGER NOT NULL,
            stored_key BLOB NOT NULL,
            server_key BLOB NOT NULL,
            PRIMARY KEY (account, mechanism)
        ) STRICT, WITHOUT ROWID;

        -- Counters whose values are never handed out twice.
        CREATE TABLE sequence (
            name TEXT NOT NULL PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO sequence (name, value) VALUES ('roster', 0);

        -- floor: differences are known from this version on; an older client needs the whole roster.
        CREATE TABLE roster (
            account TEXT NOT NULL PRIMARY KEY,
            version INTEGER NOT NULL,
            floor INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        -- A removed contact stays as a tombstone: removed = 1, everything else empty.
        CREATE TABLE roster_item (
            account TEXT NOT NULL REFERENCES roster (account) ON DELETE CASCADE,
            contact TEXT NOT NULL,
            version INTEGER NOT NULL,
            removed INTEGER NOT NULL DEFAULT 0,
            name TEXT,
            groups TEXT NOT NULL DEFAULT '[]',
            subscription TEXT NOT NULL DEFAULT 'none',
            ask INTEGER NOT NULL DEFAULT 0,
            approved INTEGER NOT NULL DEFAULT 0,
            pending_in INTEGER NOT NULL DEFAULT 0,
            subscribe_stanza TEXT,
            PRIMARY KEY (account, contact)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX roster_item_by_version ON roster_item (account, version);
        CREATE INDEX roster_item_removed ON roster_item (account, version) WHERE removed = 1;

        -- AUTOINCREMENT: an id is never used again, not even after its row is gone.
        CREATE TABLE offline (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            stamp INTEGER NOT NULL,
            kind INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            stanza TEXT NOT NULL
        ) STRICT;
        CREATE INDEX offline_by_account ON offline (account, id);
        CREATE INDEX offline_by_stamp ON offline (stamp);
        CREATE TABLE offline_usage (
            account TEXT NOT NULL PRIMARY KEY,
            stanzas INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE vcard (
            account TEXT NOT NULL PRIMARY KEY,
            vcard TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE presence_state (
            account TEXT NOT NULL PRIMARY KEY,
            state TEXT NOT NULL,
            since INTEGER NOT NULL,
            return_at INTEGER,
            explicit INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE last_seen (
            account TEXT NOT NULL PRIMARY KEY,
            stamp INTEGER NOT NULL,
            status TEXT
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            component TEXT NOT NULL,
            address TEXT NOT NULL,
            stamp INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            stanza TEXT NOT NULL
        ) STRICT;
        CREATE INDEX outbox_by_component ON outbox (component, id);
        CREATE TABLE outbox_usage (
            component TEXT NOT NULL PRIMARY KEY,
            stanzas INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE inbox (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            component TEXT NOT NULL,
            id TEXT NOT NULL,
            stamp INTEGER NOT NULL,
            UNIQUE (component, id)
        ) STRICT;
        CREATE INDEX inbox_by_stamp ON inbox (component, stamp);

        CREATE TABLE meta (
            key TEXT NOT NULL PRIMARY KEY,
            value BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Rows in every table.
    static let rows = """
        INSERT INTO account (jid, host, created, disabled) VALUES ('romeo@montague.lit', 'montague.lit', 1700000000000, 0);
        INSERT INTO account (jid, host, created, disabled) VALUES ('tybalt@capulet.lit', 'capulet.lit', 1700000000001, 1);
        INSERT INTO credential (account, mechanism, salt, iterations, stored_key, server_key)
            VALUES ('romeo@montague.lit', 'SCRAM-SHA-256', x'0102', 10000, x'0304', x'0506');
        UPDATE sequence SET value = 12 WHERE name = 'roster';
        INSERT INTO roster (account, version, floor) VALUES ('romeo@montague.lit', 12, 4);
        INSERT INTO roster_item (account, contact, version, name, groups, subscription, approved)
            VALUES ('romeo@montague.lit', 'juliet@capulet.lit', 11, 'Juliet', '["Lovers"]', 'both', 1);
        INSERT INTO roster_item (account, contact, version, removed)
            VALUES ('romeo@montague.lit', 'rosaline@capulet.lit', 12, 1);
        INSERT INTO offline (id, account, stamp, kind, bytes, stanza)
            VALUES (41, 'romeo@montague.lit', 1700000000002, 1, 10, '<message/>');
        INSERT INTO offline_usage (account, stanzas, bytes) VALUES ('romeo@montague.lit', 1, 10);
        INSERT INTO vcard (account, vcard) VALUES ('romeo@montague.lit', '<vCard/>');
        INSERT INTO presence_state (account, state, since, return_at, explicit)
            VALUES ('romeo@montague.lit', 'lunch', 1700000000003, 1700000003600, 1);
        INSERT INTO last_seen (account, stamp, status) VALUES ('romeo@montague.lit', 1700000000004, 'gone');
        INSERT INTO outbox (id, component, address, stamp, bytes, stanza)
            VALUES (77, 'bridge', 'support@acme.example', 1700000000005, 10, '<message/>');
        INSERT INTO outbox_usage (component, stanzas, bytes) VALUES ('bridge', 1, 10);
        INSERT INTO inbox (component, id, stamp) VALUES ('bridge', 'a1', 1700000000006);
        INSERT INTO meta (key, value) VALUES ('secret', x'CAFE');
        """

    /// The whole file as a script.
    static let script = """
        PRAGMA journal_mode = WAL;
        \(schema)
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations (identifier) VALUES ('v1');
        \(rows)
        """
}
