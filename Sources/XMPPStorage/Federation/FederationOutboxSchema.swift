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

    /// The account of ours that a stanza is from; NULL where it is of a service. Its usage has a line of its own, with an @ before
    /// its name, which no domain has. What waited before is nobody's.
    static let senders = """
        ALTER TABLE federation_outbox ADD COLUMN sender TEXT;
        """

    /// By which the other server knows a stanza again that had been sent before it was written; NULL where that follows from the
    /// row.
    static let marks = """
        ALTER TABLE federation_outbox ADD COLUMN mark TEXT;
        """
}
