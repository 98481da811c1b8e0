//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The contacts of accounts that another program has deleted: the server tells them, now or when it starts.
package struct DepartureStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Notes whom an account that is about to be deleted leaves behind.
    package func note(_ account: String, in context: WriteContext) throws(StorageError) {
        let items = try RosterStore(database).load(account, in: context).items
        try context.perform { database in
            for item in items {
                let sees = item.subscription == .to || item.subscription == .both || item.ask
                let isSeen = item.subscription == .from || item.subscription == .both || item.pendingIn
                guard sees || isSeen else { continue }
                try database.run(
                    "INSERT OR REPLACE INTO departure (account, contact, sees, seen) VALUES (?, ?, ?, ?)",
                    [account, item.contact, sees, isSeen])
            }
        }
    }

    /// Takes contacts out, at most `limit`, to be told in the same transaction.
    package func take(_ limit: Int, in context: WriteContext) throws(StorageError) -> [Departure] {
        try context.perform { database in
            try database.rows(
                """
                DELETE FROM departure WHERE (account, contact) IN (SELECT account, contact FROM departure LIMIT ?)
                RETURNING *
                """, [limit]
            )
            .map(Departure.init(row:))
        }
    }

    /// Whether there is anybody to be told.
    package func isPending() async throws(StorageError) -> Bool {
        try await database.read { try $0.row("SELECT 1 FROM departure LIMIT 1") != nil }
    }
}

/// A contact that a deleted account leaves behind.
package struct Departure: Sendable, Equatable {
    /// The bare JID of the account that is gone.
    package let account: String
    /// Bare JID.
    package let contact: String
    /// The account saw the contact's presence, or had asked to.
    package let seesContact: Bool
    /// The contact saw the account's, or had asked to.
    package let isSeenByContact: Bool

    init(row: Row) throws {
        account = try row.value("account")
        contact = try row.value("contact")
        seesContact = try row.value("sees")
        isSeenByContact = try row.value("seen")
    }
}

/// The table of ``DepartureStore``.
enum DepartureSchema {
    static let sql = """
        CREATE TABLE departure (
            account TEXT NOT NULL,
            contact TEXT NOT NULL,
            sees INTEGER NOT NULL,
            seen INTEGER NOT NULL,
            PRIMARY KEY (account, contact)
        ) STRICT, WITHOUT ROWID;
        """
}
