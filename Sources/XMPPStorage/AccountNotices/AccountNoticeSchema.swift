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
            stamp INTEGER NOT NULL
        ) STRICT;
        """

    /// Since the third schema: the device that a change is about.
    static let device = "ALTER TABLE account_notice ADD COLUMN device TEXT;"
}
