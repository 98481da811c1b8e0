//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What other programs, such as the command line, have done to accounts while the server may have been running.
enum AccountNoticeSchema {
    static let sql = """
        CREATE TABLE account_notice (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            account TEXT NOT NULL,
            change TEXT NOT NULL,
            device TEXT,
            stamp INTEGER NOT NULL
        ) STRICT;
        """
}
