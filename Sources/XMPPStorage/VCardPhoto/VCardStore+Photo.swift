//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

extension VCardStore {
    /// Replaces the account's vCard with the hash of its picture, "" for none; nil removes it.
    package func set(_ vCard: String?, photo: String, of account: String) async throws(StorageError) {
        try await database.write(bytes: vCard?.utf8.count ?? 0) { context in
            try set(vCard, of: account, in: context)
            try setPhoto(photo, of: account, in: context)
        }
    }

    /// Notes the hash of the picture in an account's card, "" for none.
    package func setPhoto(_ photo: String, of account: String, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try database.run("UPDATE vcard SET photo = ? WHERE account = ?", [photo, account])
        }
    }

    /// The hashes of pictures by account, "" for a card without one; those that are not known are left out. A page of
    /// accounts by name, after `previous`.
    package func photos(
        after previous: String, limit: Int
    ) async throws(StorageError) -> [(account: String, photo: String)] {
        try await database.read { database in
            try database.rows(
                "SELECT account, photo FROM vcard WHERE photo IS NOT NULL AND account > ? ORDER BY account LIMIT ?",
                [previous, limit]
            )
            .map { (account: try $0.value("account"), photo: try $0.value("photo")) }
        }
    }

    /// Accounts whose cards have not been looked at for a picture, with the cards.
    package func unexamined(limit: Int) async throws(StorageError) -> [(account: String, vCard: String)] {
        try await database.read { database in
            try database.rows("SELECT account, vcard FROM vcard WHERE photo IS NULL LIMIT ?", [limit])
                .map { (account: try $0.value("account"), vCard: try $0.value("vcard")) }
        }
    }
}
