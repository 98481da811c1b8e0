//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The table beside `last_seen`.
enum LastLogInSchema {
    static let sql = """
        CREATE TABLE last_log_in (
            account TEXT NOT NULL PRIMARY KEY REFERENCES account (jid) ON DELETE CASCADE,
            stamp INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
}
