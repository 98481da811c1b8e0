//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The tables of ``BroadcastStore``, ``BroadcastJobStore`` and ``StandingMessageStore``.
enum BroadcastSchema {
    static let sql = """
        -- id: of the copies, unique among those from an address. told: acknowledgements that the sender has been told of.
        CREATE TABLE broadcast (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            address TEXT NOT NULL,
            id TEXT NOT NULL,
            sender TEXT NOT NULL,
            summary TEXT NOT NULL,
            sent INTEGER NOT NULL,
            told INTEGER NOT NULL DEFAULT 0,
            UNIQUE (address, id)
        ) STRICT;
        CREATE INDEX broadcast_by_sender ON broadcast (sender, number);
        CREATE INDEX broadcast_by_sent ON broadcast (sent);

        CREATE TABLE broadcast_recipient (
            broadcast INTEGER NOT NULL REFERENCES broadcast (number) ON DELETE CASCADE,
            account TEXT NOT NULL,
            seen INTEGER,
            PRIMARY KEY (broadcast, account)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX broadcast_recipient_by_account ON broadcast_recipient (account, broadcast);

        -- A message of the day; seen goes with it.
        CREATE TABLE standing_message (
            host TEXT NOT NULL PRIMARY KEY,
            sender TEXT NOT NULL,
            text TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE standing_message_seen (
            host TEXT NOT NULL REFERENCES standing_message (host) ON DELETE CASCADE,
            account TEXT NOT NULL,
            PRIMARY KEY (host, account)
        ) STRICT, WITHOUT ROWID;
        """

    /// Since the third schema.
    static let jobs = """
        -- A broadcast on its way. accounts, hosts: to whom, one a line; done, host, last: how far it has got, first through
        -- the accounts, then through those of each host. broadcast: if it asks for acknowledgement.
        CREATE TABLE broadcast_job (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            stanza TEXT NOT NULL,
            sender TEXT NOT NULL,
            kept INTEGER NOT NULL,
            accounts TEXT NOT NULL,
            hosts TEXT NOT NULL,
            done INTEGER NOT NULL DEFAULT 0,
            host INTEGER NOT NULL DEFAULT 0,
            last TEXT NOT NULL DEFAULT '',
            broadcast INTEGER REFERENCES broadcast (number) ON DELETE SET NULL
        ) STRICT;
        CREATE INDEX broadcast_job_by_broadcast ON broadcast_job (broadcast);
        """
}
