//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The message of the day of each host, and who has had it.
package struct StandingMessageStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Replaces the host's message. Who has had the one before need not have this one if `isEdited`.
    package func set(_ message: StandingMessage, of host: String, isEdited: Bool) async throws(StorageError) {
        try await database.write(bytes: message.text.utf8.count) { context in
            try context.perform { database in
                if !isEdited { try database.run("DELETE FROM standing_message WHERE host = ?", [host]) }
                try database.run(
                    """
                    INSERT INTO standing_message (host, sender, text) VALUES (?, ?, ?)
                    ON CONFLICT (host) DO UPDATE SET sender = excluded.sender, text = excluded.text
                    """,
                    [host, message.sender, message.text])
            }
        }
    }

    package func remove(of host: String) async throws(StorageError) {
        try await database.write { context in
            _ = try context.perform { try $0.run("DELETE FROM standing_message WHERE host = ?", [host]) }
        }
    }

    package func message(of host: String) async throws(StorageError) -> StandingMessage? {
        try await database.read { database in
            try database.row("SELECT * FROM standing_message WHERE host = ?", [host]).map(StandingMessage.init(row:))
        }
    }

    /// Notes that somebody is given the host's message; nil if there is none or he has had it.
    package func take(_ host: String, for account: String) async throws(StorageError) -> StandingMessage? {
        try await database.write { context in
            try context.perform { database in
                let row = try database.row("SELECT * FROM standing_message WHERE host = ?", [host])
                guard let row else { return nil }
                let isNew = try database.run(
                    "INSERT OR IGNORE INTO standing_message_seen (host, account) VALUES (?, ?)", [host, account])
                return isNew > 0 ? try StandingMessage(row: row) : nil
            }
        }
    }
}

/// A message that everybody gets once.
package struct StandingMessage: Sendable, Equatable {
    /// Bare JID.
    package var sender: String
    package var text: String

    package init(sender: String, text: String) {
        self.sender = sender
        self.text = text
    }

    init(row: Row) throws {
        sender = try row.value("sender")
        text = try row.value("text")
    }
}
