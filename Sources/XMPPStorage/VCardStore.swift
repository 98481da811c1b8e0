//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// One vCard per account, as serialised XML (XEP-0054).
package struct VCardStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Replaces the account's vCard; nil removes it.
    package func set(_ vCard: String?, of account: String, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            if let vCard {
                try database.run("INSERT OR REPLACE INTO vcard (account, vcard) VALUES (?, ?)", [account, vCard])
            } else {
                try database.run("DELETE FROM vcard WHERE account = ?", [account])
            }
        }
    }

    /// Replaces the account's vCard; nil removes it.
    package func set(_ vCard: String?, of account: String) async throws(StorageError) {
        try await database.write(bytes: vCard?.utf8.count ?? 0) { try set(vCard, of: account, in: $0) }
    }

    /// The account's vCard, if it has one.
    package func vCard(of account: String) async throws(StorageError) -> String? {
        try await database.read { database in
            try database.row("SELECT vcard FROM vcard WHERE account = ?", [account])?.value("vcard")
        }
    }
}
