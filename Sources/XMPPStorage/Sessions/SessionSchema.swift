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
}
