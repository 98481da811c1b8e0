//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the second schema adds to the rows of the offline store: they can stand for a message of the account's archive.
enum OfflineSchema {
    static let sql = """
        ALTER TABLE offline ADD COLUMN archive_id INTEGER;
        ALTER TABLE offline ADD COLUMN archive_tail INTEGER;
        """
}
