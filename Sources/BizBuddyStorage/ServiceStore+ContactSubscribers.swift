//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import GRDB

/// Who subscribed to the presence of the company's contacts: outside of the event log, for no decision rests on it.
extension ServiceStore {
    /// Bare addresses of subscribers by the bare address of the contact.
    package func contactSubscribers() async throws -> [String: Set<String>] {
        try await database.read { database in
            var result: [String: Set<String>] = [:]
            let rows = try Row.fetchCursor(database, sql: "SELECT contact, subscriber FROM contact_subscriber")
            while let row = try rows.next() {
                let contact: String = try row.decode(forColumn: "contact")
                result[contact, default: []].insert(try row.decode(forColumn: "subscriber"))
            }
            return result
        }
    }

    /// What subscribers are spoken to in, by contact; who has not said a language is left out.
    package func subscriberLanguages() async throws -> [String: [String: String]] {
        try await database.read { database in
            var result: [String: [String: String]] = [:]
            let rows = try Row.fetchCursor(
                database, sql: "SELECT contact, subscriber, language FROM contact_subscriber WHERE language IS NOT NULL"
            )
            while let row = try rows.next() {
                let contact: String = try row.decode(forColumn: "contact")
                result[contact, default: [:]][try row.decode(forColumn: "subscriber")] =
                    try row.decode(String.self, forColumn: "language")
            }
            return result
        }
    }

    /// Notes that somebody came or went, or speaks another language. Doing it twice does no harm.
    package func setContactSubscriber(
        _ subscriber: String, of contact: String, isSubscribed: Bool, language: String? = nil
    ) async throws {
        let sql =
            isSubscribed
            ? """
            INSERT INTO contact_subscriber (contact, subscriber, language) VALUES (?, ?, ?)
            ON CONFLICT (contact, subscriber) DO UPDATE SET language = excluded.language
            """
            : "DELETE FROM contact_subscriber WHERE contact = ? AND subscriber = ?"
        let values: StatementArguments = isSubscribed ? [contact, subscriber, language] : [contact, subscriber]
        _ = try await withCheckedThrowingContinuation { continuation in
            writer.submit(
                GroupCommitWriter.Job(
                    body: { database in
                        try database.cachedStatement(sql: sql).execute(arguments: values)
                        return 0
                    },
                    completion: { continuation.resume(with: $0) }))
        }
    }
}

extension Schema {
    /// Step of ``service``.
    static let contactSubscribers = """
        CREATE TABLE contact_subscriber (
            contact TEXT NOT NULL,
            subscriber TEXT NOT NULL,
            PRIMARY KEY (contact, subscriber)
        ) WITHOUT ROWID;
        """
}
