//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The archives' part of the schema.
enum ArchiveSchema {
    static let sql = """
        -- An account's archive. Entries name it by number, which keeps them small. account is NULL when the account is
        -- gone and its entries wait to be purged. messages and bytes are running totals.
        CREATE TABLE archive (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT UNIQUE,
            messages INTEGER NOT NULL DEFAULT 0,
            bytes INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX archive_forsaken ON archive (number) WHERE account IS NULL;

        -- A message, once for all archives that hold it. id is the clock's value, tail the random part of the name.
        -- first and second are the archives it was put into. reference finds a message again by sender, addressee and the
        -- sender's own id: the day above, a hash below, so that only the latest days' part of the index is ever written.
        -- text is 1 if there are words to search for.
        CREATE TABLE archive_message (
            id INTEGER PRIMARY KEY,
            tail INTEGER NOT NULL,
            first INTEGER NOT NULL,
            second INTEGER,
            reference INTEGER,
            text INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            stanza TEXT NOT NULL
        ) STRICT;
        CREATE INDEX archive_message_by_reference ON archive_message (reference) WHERE reference IS NOT NULL;

        -- A message's place in one archive. peer and resource are the other side's address.
        CREATE TABLE archive_entry (
            archive INTEGER NOT NULL,
            id INTEGER NOT NULL,
            peer TEXT NOT NULL,
            resource TEXT,
            outgoing INTEGER NOT NULL,
            PRIMARY KEY (archive, id)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX archive_entry_by_peer ON archive_entry (archive, peer, id, resource, outgoing);

        -- The words of messages by archive number; no copy of the text. Filled behind the writer's back.
        CREATE VIRTUAL TABLE archive_text USING fts5 (
            owners, body, content = '', tokenize = 'unicode61 remove_diacritics 2'
        );

        -- given: the highest id of any message that has been removed. indexed: messages up to here are in archive_text.
        CREATE TABLE archive_state (
            name TEXT NOT NULL PRIMARY KEY,
            value INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO archive_state (name, value) VALUES ('given', 0), ('indexed', 0);

        CREATE TABLE archive_preferences (
            account TEXT NOT NULL PRIMARY KEY,
            fallback TEXT NOT NULL,
            always TEXT NOT NULL,
            never TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Of version 3. alias finds a message by its own id where reference is made of another origin id.
    static let alias = """
        ALTER TABLE archive_message ADD COLUMN alias INTEGER;
        CREATE INDEX archive_message_by_alias ON archive_message (alias) WHERE alias IS NOT NULL;
        """

    /// Run when a copy is opened: ids go on from now, and a little later in case another machine's clock was ahead. Ids
    /// are times, so they cannot jump far; their random part tells them from all others in any case.
    static let leap = """
        UPDATE archive_state SET value = MAX(value, CAST(strftime('%s', 'now') AS INTEGER) * 1000000) + 10000000
        WHERE name = 'given'
        """
}
