//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The part of the schema that ``PushStore`` owns.
enum PushSchema {
    static let sql = """
        -- The device is the user-agent of the session that asked, if it has named one; else its resource says whose
        -- notifications these are. Options are the serialised form.
        CREATE TABLE push_registration (
            account TEXT NOT NULL,
            service TEXT NOT NULL,
            node TEXT NOT NULL,
            device TEXT,
            resource TEXT NOT NULL,
            options TEXT,
            enabled INTEGER NOT NULL,
            PRIMARY KEY (account, service, node)
        ) STRICT, WITHOUT ROWID;
        """

    /// Since the third schema: messages since the device was here last.
    static let pending = "ALTER TABLE push_registration ADD COLUMN pending INTEGER NOT NULL DEFAULT 0;"

    /// Since the eighth schema: so many of them the service has been told of. All that came before count as told.
    static let told = """
        ALTER TABLE push_registration ADD COLUMN told INTEGER NOT NULL DEFAULT 0;
        UPDATE push_registration SET told = pending;
        """
}

/// Where the notifications of a device go (XEP-0357).
package struct PushRegistration: Sendable, Equatable {
    /// The bare JID.
    package var account: String
    package var service: String
    package var node: String
    package var device: String?
    package var resource: String
    /// A serialised form.
    package var options: String?
    /// Since when, in milliseconds since 1970.
    package var enabled: Int64
    /// Messages that have come since the device was here last.
    package private(set) var pending = 0
    /// Of these, those that the service has been told of.
    package private(set) var told = 0

    package init(
        account: String, service: String, node: String, device: String? = nil, resource: String,
        options: String? = nil, enabled: Int64
    ) {
        self.account = account
        self.service = service
        self.node = node
        self.device = device
        self.resource = resource
        self.options = options
        self.enabled = enabled
    }

    init(row: Row) throws {
        account = try row.value("account")
        service = try row.value("service")
        node = try row.value("node")
        device = try row.optional("device")
        resource = try row.value("resource")
        options = try row.optional("options")
        enabled = try row.value("enabled")
        pending = try row.value("pending")
        told = try row.value("told")
    }
}

/// The push services that devices have asked for.
package struct PushStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: - Inside a write

    /// Adds a registration, or puts it in place of the one of the same service and node. Of more than `limit` the oldest
    /// of the account go.
    ///
    /// - Returns: all registrations of the account as they are now.
    package func enable(
        _ registration: PushRegistration, limit: Int, in context: WriteContext
    ) throws(StorageError) -> [PushRegistration] {
        try context.perform { database in
            try database.run(
                """
                INSERT OR REPLACE INTO push_registration (account, service, node, device, resource, options, enabled)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    registration.account, registration.service, registration.node, registration.device,
                    registration.resource, registration.options, registration.enabled,
                ])
            var all = try Self.registrations(registration.account, in: database)
            while all.count > max(limit, 1) {
                let oldest = all.removeFirst()
                try database.run(
                    "DELETE FROM push_registration WHERE account = ? AND service = ? AND node = ?",
                    [oldest.account, oldest.service, oldest.node])
            }
            return all
        }
    }

    /// Removes a registration, or all of a service. Those that are not there are no matter.
    ///
    /// - Returns: all registrations of the account as they are now.
    package func disable(
        _ account: String, service: String, node: String?, in context: WriteContext
    ) throws(StorageError) -> [PushRegistration] {
        try context.perform { database in
            if let node {
                try database.run(
                    "DELETE FROM push_registration WHERE account = ? AND service = ? AND node = ?",
                    [account, service, node])
            } else {
                try database.run(
                    "DELETE FROM push_registration WHERE account = ? AND service = ?", [account, service])
            }
            return try Self.registrations(account, in: database)
        }
    }

    /// Notes how many messages have come since the device was here last, and how many of them its service has been told of.
    package func setPending(
        _ count: Int, told: Int, of account: String, service: String, node: String, in context: WriteContext
    ) throws(StorageError) {
        _ = try context.perform { database in
            try database.run(
                "UPDATE push_registration SET pending = ?, told = ? WHERE account = ? AND service = ? AND node = ?",
                [count, told, account, service, node])
        }
    }

    // MARK: - On its own

    /// One registration, if it still is there.
    package func registration(
        _ account: String, service: String, node: String
    ) async throws(StorageError) -> PushRegistration? {
        try await database.read { database in
            try database.row(
                "SELECT * FROM push_registration WHERE account = ? AND service = ? AND node = ?",
                [account, service, node]
            )
            .map(PushRegistration.init(row:))
        }
    }

    /// All of an account, the oldest first.
    package func registrations(_ account: String) async throws(StorageError) -> [PushRegistration] {
        try await database.read { try Self.registrations(account, in: $0) }
    }

    /// All there are, for the start of the server.
    package func loadAll() async throws(StorageError) -> [PushRegistration] {
        try await database.read { database in
            try database.rows("SELECT * FROM push_registration").map(PushRegistration.init(row:))
        }
    }

    private static func registrations(_ account: String, in database: Database) throws -> [PushRegistration] {
        try database.rows(
            "SELECT * FROM push_registration WHERE account = ? ORDER BY enabled, service, node", [account]
        )
        .map(PushRegistration.init(row:))
    }
}
