//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import GRDB

/// How long things about customers are kept.
package struct RetentionPolicy: Hashable, Sendable {
    /// Closed conversations; nil keeps them as long as there is room.
    package var conversations: Duration?
    /// Closed conversations of single contacts, whatever holds for the others.
    package var contacts: [ContactAddress: Duration] = [:]
    /// Agents' notes about customers.
    package var notes: Duration?

    package init(conversations: Duration? = nil, contacts: [ContactAddress: Duration] = [:], notes: Duration? = nil) {
        self.conversations = conversations
        self.contacts = contacts
        self.notes = notes
    }

    package var isEmpty: Bool { conversations == nil && contacts.isEmpty && notes == nil }

    /// How long a contact's conversations are kept.
    package func conversations(of contact: ContactAddress) -> Duration? { contacts[contact] ?? conversations }
}

extension ServiceStore {
    /// Deletes closed conversations whose time is over, and what is left of them in the file and in its log.
    ///
    /// - Returns: how many, by contact.
    package func deleteConversations(_ policy: RetentionPolicy, at now: Instant) async throws -> [ContactAddress: Int] {
        let deleted = try await database.write { database in
            var deleted: [ContactAddress: Int] = [:]
            for contact in try String.fetchAll(database, sql: "SELECT DISTINCT contact FROM conversation") {
                let contact = ContactAddress(contact)
                guard let time = policy.conversations(of: contact) else { continue }
                try database.execute(
                    sql: "DELETE FROM conversation WHERE contact = ? AND closed_at < ?",
                    arguments: [contact.rawValue, (now + (.zero - time)).milliseconds])
                if database.changesCount > 0 { deleted[contact] = database.changesCount }
            }
            return deleted
        }
        if !deleted.isEmpty { try await emptyLog() }
        return deleted
    }

    /// Copies SQLite's log into the file and cuts it to nothing: what was overwritten is not left there.
    func emptyLog() async throws {
        try await database.writeWithoutTransaction { database in
            _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
        }
    }
}

extension CustomerBook {
    /// Deletes notes that are older. Returns how many.
    package func deleteNotes(before moment: Int64) async throws -> Int {
        let count = try await database.write { database in
            try database.execute(sql: "DELETE FROM note WHERE at < ?", arguments: [moment])
            return database.changesCount
        }
        if count > 0 {
            try await database.writeWithoutTransaction { database in
                _ = try Row.fetchAll(database, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            }
        }
        return count
    }
}
