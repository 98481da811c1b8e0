//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Sessions that may be resumed (XEP-0198 §5), so that they survive the end of the process.
enum SessionSchema {
    /// `sm_counter` holds what changes with every stanza: its rows are small, so that writing one is cheap.
    static let sql = """
        CREATE TABLE sm_session (
            key INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            account TEXT NOT NULL,
            resource TEXT NOT NULL,
            device TEXT,
            seconds INTEGER NOT NULL,
            interested INTEGER NOT NULL,
            carbons INTEGER NOT NULL,
            archive INTEGER NOT NULL,
            presence TEXT,
            directed TEXT NOT NULL,
            written INTEGER,
            remaining INTEGER
        ) STRICT;
        CREATE INDEX sm_session_account ON sm_session (account);
        CREATE TABLE sm_counter (
            session INTEGER PRIMARY KEY REFERENCES sm_session (key) ON DELETE CASCADE,
            handled INTEGER NOT NULL,
            acknowledged INTEGER NOT NULL,
            position INTEGER NOT NULL,
            recent TEXT NOT NULL
        ) STRICT;
        CREATE TABLE sm_queue (
            session INTEGER NOT NULL REFERENCES sm_session (key) ON DELETE CASCADE,
            ordinal INTEGER NOT NULL,
            stanza TEXT NOT NULL,
            archived TEXT,
            arrived INTEGER NOT NULL,
            PRIMARY KEY (session, ordinal)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE sm_ended (
            id TEXT PRIMARY KEY,
            account TEXT NOT NULL,
            handled INTEGER NOT NULL,
            ended INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX sm_ended_account ON sm_ended (account, ended);
        CREATE INDEX sm_ended_time ON sm_ended (ended);

        """

    /// What the fifth schema adds. Of a session: since when it has been there, since when it has been given messages as it
    /// is now, both by the archive's clock, and which rows of the offline store it has read in the archive. Of what waits:
    /// how its stanza is to be had (0: it is here; 1: it is the archive's message; 2: a copy of that; 3: it stands for a part
    /// of the archive), whether nobody misses it if it doesn't arrive, and a number that it has in common with what other
    /// sessions were given of the same message, 0 once one of them has had it.
    static let entitlement = """
        ALTER TABLE sm_session ADD COLUMN began INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sm_session ADD COLUMN since INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sm_session ADD COLUMN archived_rows INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sm_queue ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sm_queue ADD COLUMN stored INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sm_queue ADD COLUMN shared INTEGER;
        """

    /// What the sixth schema adds: the first messages for the bare JID, and the first copies, that a session can have been
    /// given, by the archive's clock; 0 if that is not known.
    static let beginnings = """
        ALTER TABLE sm_session ADD COLUMN messages_since INTEGER NOT NULL DEFAULT 0;
        ALTER TABLE sm_session ADD COLUMN copies_since INTEGER NOT NULL DEFAULT 0;
        """

    /// What the eighth schema adds: the version of the account's roster when the session began to be kept.
    static let rosterVersions = "ALTER TABLE sm_session ADD COLUMN roster INTEGER NOT NULL DEFAULT 0;"
}
