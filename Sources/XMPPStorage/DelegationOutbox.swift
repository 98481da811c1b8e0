//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Stanzas for delegated addresses that wait until their component has taken them over: a durable queue per component.
package struct DelegationOutbox: Sendable {
    let database: XMPPDatabase
    /// What may wait for each component.
    package let quota: StorageQuota

    package init(_ database: XMPPDatabase, quota: StorageQuota) {
        self.database = database
        self.quota = quota
    }

    // MARK: - Inside a write

    /// Puts a stanza at the end of its component's queue and returns its id. Throws `quotaExceeded`, having written
    /// nothing.
    @discardableResult
    package func append(_ stanza: NewOutboxStanza, in context: WriteContext) throws(StorageError) -> Int64 {
        try context.perform { database in
            let bytes = stanza.stanza.utf8.count
            try QuotaTable.outbox.charge(stanza.component, bytes: bytes, quota: quota, in: database)
            try database.run(
                "INSERT INTO outbox (component, address, stamp, bytes, stanza) VALUES (?, ?, ?, ?, ?)",
                [stanza.component, stanza.address, stanza.stamp, bytes, stanza.stanza])
            return database.lastInsertedRowID
        }
    }

    /// Removes what the component has taken over; ids that are not there are passed over.
    package func remove(_ component: String, ids: [Int64], in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            for id in ids {
                try QuotaTable.outbox.delete(component, id: id, in: database)
            }
        }
    }

    /// Removes everything up to and with an id.
    package func remove(_ component: String, through id: Int64, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try QuotaTable.outbox.delete(component, through: id, in: database)
        }
    }

    // MARK: - On its own

    /// Puts a stanza at the end of its component's queue and returns its id. Throws `quotaExceeded`.
    @discardableResult
    package func append(_ stanza: NewOutboxStanza) async throws(StorageError) -> Int64 {
        try await database.write(bytes: stanza.stanza.utf8.count) { try append(stanza, in: $0) }
    }

    /// The next stanzas after an id, oldest first.
    package func pending(
        _ component: String, after id: Int64 = 0, limit: Int
    ) async throws(StorageError) -> [StoredOutboxStanza] {
        try await database.read { database in
            try database.rows(
                "SELECT * FROM outbox WHERE component = ? AND id > ? ORDER BY id LIMIT ?", [component, id, limit]
            )
            .map(StoredOutboxStanza.init(row:))
        }
    }

    /// Removes what the component has taken over.
    package func remove(_ component: String, ids: [Int64]) async throws(StorageError) {
        try await database.write { try remove(component, ids: ids, in: $0) }
    }

    /// Removes everything up to and with an id.
    package func remove(_ component: String, through id: Int64) async throws(StorageError) {
        try await database.write { try remove(component, through: id, in: $0) }
    }

    /// How much waits for the component.
    package func usage(_ component: String) async throws(StorageError) -> StorageUsage {
        try await database.read { try QuotaTable.outbox.usage(component, in: $0) }
    }
}

/// A stanza to queue for a component.
package struct NewOutboxStanza: Sendable, Equatable {
    /// The component's name.
    package var component: String
    /// The delegated address the stanza is for.
    package var address: String
    /// The stanza, serialised.
    package var stanza: String
    /// When it arrived, in milliseconds since 1970.
    package var stamp: Int64

    package init(component: String, address: String, stanza: String, stamp: Int64) {
        self.component = component
        self.address = address
        self.stanza = stanza
        self.stamp = stamp
    }
}

/// A stanza that waits for its component.
package struct StoredOutboxStanza: Sendable, Equatable {
    /// Increases with every stanza queued; never used again, so that the component can tell a repetition.
    package let id: Int64
    /// The delegated address the stanza is for.
    package let address: String
    /// The stanza, serialised.
    package let stanza: String
    /// When it arrived, in milliseconds since 1970.
    package let stamp: Int64

    init(row: Row) throws {
        id = try row.value("id")
        address = try row.value("address")
        stanza = try row.value("stanza")
        stamp = try row.value("stamp")
    }
}
