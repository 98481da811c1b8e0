//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// What accounts keep for themselves, by name and namespace of the elements (XEP-0049), within a quota.
package struct PrivateXMLStore: Sendable {
    let database: XMPPDatabase
    /// What each account may keep: entries, and bytes of all together.
    package let quota: StorageQuota

    package init(_ database: XMPPDatabase, quota: StorageQuota) {
        self.database = database
        self.quota = quota
    }

    /// Replaces entries; those whose text is empty are removed. Throws `quotaExceeded`, having written nothing, and
    /// `notFound` if there is no such account.
    package func set(
        _ entries: [PrivateXMLEntry], of account: String, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            guard try database.row("SELECT 1 FROM account WHERE jid = ?", [account]) != nil else {
                throw StorageError.notFound
            }
            for entry in entries {
                try database.run(
                    "DELETE FROM private_xml WHERE account = ? AND namespace = ? AND name = ?",
                    [account, entry.namespace, entry.name])
                guard !entry.xml.isEmpty else { continue }
                try database.run(
                    "INSERT INTO private_xml (account, namespace, name, xml) VALUES (?, ?, ?, ?)",
                    [account, entry.namespace, entry.name, entry.xml])
            }
            let row = try database.row(
                """
                SELECT COUNT(*) AS entries, COALESCE(SUM(LENGTH(CAST(xml AS BLOB))), 0) AS bytes
                FROM private_xml WHERE account = ?
                """,
                [account])
            guard let row, try row.value("entries") <= quota.stanzas, try row.value("bytes") <= quota.bytes else {
                throw StorageError.quotaExceeded
            }
        }
    }

    /// Replaces entries; those whose text is empty are removed. Throws `quotaExceeded` and `notFound`.
    package func set(_ entries: [PrivateXMLEntry], of account: String) async throws(StorageError) {
        let bytes = entries.reduce(0) { $0 + $1.xml.utf8.count }
        try await database.write(bytes: bytes) { try set(entries, of: account, in: $0) }
    }

    /// The elements of this name and namespace, serialised; nil if there are none.
    package func xml(_ name: String, _ namespace: String, of account: String) async throws(StorageError) -> String? {
        try await database.read { database in
            try database.row(
                "SELECT xml FROM private_xml WHERE account = ? AND namespace = ? AND name = ?",
                [account, namespace, name])?.value("xml")
        }
    }

    /// All that the account keeps.
    package func all(of account: String) async throws(StorageError) -> [PrivateXMLEntry] {
        try await database.read { database in
            try database.rows("SELECT * FROM private_xml WHERE account = ? ORDER BY namespace, name", [account])
                .map(PrivateXMLEntry.init(row:))
        }
    }
}

/// Elements of one name and namespace that an account keeps.
package struct PrivateXMLEntry: Sendable, Equatable {
    package var name: String
    package var namespace: String
    /// The elements, serialised, one after the other.
    package var xml: String

    package init(name: String, namespace: String, xml: String) {
        self.name = name
        self.namespace = namespace
        self.xml = xml
    }

    init(row: Row) throws {
        name = try row.value("name")
        namespace = try row.value("namespace")
        xml = try row.value("xml")
    }
}
