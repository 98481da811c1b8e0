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

    /// What the fourth schema adds: the rows' order is that in which their stanzas came for the account, by the clock of
    /// the archive. What a session leaves when it ends is older than its row.
    static let position = """
        ALTER TABLE offline ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
        UPDATE offline SET position = COALESCE(archive_id, stamp * 1000);
        DROP INDEX offline_by_account;
        CREATE INDEX offline_by_account ON offline (account, position, id);
        """

    /// What the fifth schema changes: rows that stand for messages of the archive are counted by themselves, as no part of what an account may keep.
    static let references = """
        ALTER TABLE offline_usage ADD COLUMN archived INTEGER NOT NULL DEFAULT 0;
        UPDATE offline SET bytes = 0 WHERE archive_id IS NOT NULL;
        UPDATE offline_usage SET
            (stanzas, bytes, archived) = (
                SELECT COUNT(*) - COUNT(archive_id), COALESCE(SUM(bytes), 0), COUNT(archive_id) FROM offline
                WHERE offline.account = offline_usage.account
            );
        DELETE FROM offline_usage WHERE stanzas = 0 AND archived = 0;
        """
}
