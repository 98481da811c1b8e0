//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

enum FederationOutboxSchema {
    /// Usage has a line for each domain of others, and one without a name for all of them together.
    static let sql = """
        CREATE TABLE federation_outbox (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            local TEXT NOT NULL,
            remote TEXT NOT NULL,
            stamp INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            stanza TEXT NOT NULL
        ) STRICT;
        CREATE INDEX federation_outbox_by_pair ON federation_outbox (remote, local, id);
        CREATE TABLE federation_outbox_usage (
            remote TEXT NOT NULL PRIMARY KEY,
            stanzas INTEGER NOT NULL,
            bytes INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
