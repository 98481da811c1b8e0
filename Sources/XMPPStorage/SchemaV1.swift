//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The first schema.
enum SchemaV1 {
    static let sql = """
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
}
