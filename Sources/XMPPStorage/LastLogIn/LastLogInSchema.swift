//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The tables beside `last_seen`.
enum LastLogInSchema {
    static let sql = """
        CREATE TABLE last_log_in (
            account TEXT NOT NULL PRIMARY KEY REFERENCES account (jid) ON DELETE CASCADE,
            stamp INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """

    /// Since the third schema.
    static let presence = """
        -- Who is there, and when the server was: what is left of them after it was killed.
        CREATE TABLE presence_mark (
            account TEXT NOT NULL PRIMARY KEY REFERENCES account (jid) ON DELETE CASCADE
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE presence_alive (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 0), stamp INTEGER NOT NULL) STRICT;
        """

    /// Since the third schema. place is a block of addresses.
    static let places = """
        CREATE TABLE login_place (
            account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
            place TEXT NOT NULL,
            stamp INTEGER NOT NULL,
            PRIMARY KEY (account, place)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX login_place_by_stamp ON login_place (stamp);
        """
}
