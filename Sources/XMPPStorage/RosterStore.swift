//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Rosters with the state of all subscriptions, versioned (RFC 6121 §2).
///
/// Versions come from one counter for all accounts: strictly increasing in each roster, and never used again – not after
/// a contact or the whole account has been removed and made again, nor after a backup was restored.
package struct RosterStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: - Inside a write

    /// Writes one change and returns the roster's new version. Removing a contact that is not there throws `notFound`.
    ///
    /// Several calls in one write are one transaction: both ends of a subscription between local accounts change
    /// together or not at all.
    @discardableResult
    package func apply(_ mutation: RosterMutation, in context: WriteContext) throws(StorageError) -> Int64 {
        try context.perform { database in
            if case .remove(let contact) = mutation.change,
                try Self.item(contact, of: mutation.account, in: database) == nil
            {
                throw StorageError.notFound
            }
            let version = try Self.nextVersion(of: mutation.account, in: database)
            switch mutation.change {
            case .put(let item):
                try Self.put(item, account: mutation.account, version: version, in: database)
            case .remove(let contact):
                try Self.remove(contact, account: mutation.account, version: version, in: database)
            }
            return version
        }
    }

    /// The item of a contact as the running transaction sees it.
    package func item(
        _ contact: String, of account: String, in context: WriteContext
    ) throws(StorageError) -> StoredRosterItem? {
        try context.perform { try Self.item(contact, of: account, in: $0) }
    }

    /// How many contacts the roster has in the running transaction, for limits.
    package func count(_ account: String, in context: WriteContext) throws(StorageError) -> Int {
        try context.perform { database in
            try database.row("SELECT COUNT(*) AS n FROM roster_item WHERE account = ? AND removed = 0", [account])?
                .value("n") ?? 0
        }
    }

    /// The whole roster as the running transaction sees it.
    package func load(_ account: String, in context: WriteContext) throws(StorageError) -> StoredRoster {
        try context.perform { try Self.load(account, in: $0) }
    }

    // MARK: - On its own

    /// Writes changes of any number of accounts in one transaction; returns the new version for each of them.
    @discardableResult
    package func update(_ mutations: [RosterMutation]) async throws(StorageError) -> [Int64] {
        try await database.write { context in
            var versions: [Int64] = []
            for mutation in mutations {
                versions.append(try apply(mutation, in: context))
            }
            return versions
        }
    }

    /// Writes one change; returns the roster's new version.
    @discardableResult
    package func update(_ account: String, _ change: RosterMutation.Change) async throws(StorageError) -> Int64 {
        try await database.write { try apply(RosterMutation(account: account, change), in: $0) }
    }

    /// The whole roster; version 0 and empty if there is none.
    package func load(_ account: String) async throws(StorageError) -> StoredRoster {
        try await database.read { try Self.load(account, in: $0) }
    }

    /// The whole roster; nil if `ifAllowed` and the account may not log in: it is locked or gone. Throws `notFound` if
    /// the token has been taken back.
    package func load(
        _ account: String, ifAllowed: Bool, token: ShownToken? = nil
    ) async throws(StorageError) -> StoredRoster? {
        try await database.read { try Self.load(account, ifAllowed: ifAllowed, token: token, in: $0) }
    }

    /// The same for who does not wait: `answer` is called once, as a rule on a reader's thread.
    package func load(
        _ account: String, ifAllowed: Bool, answer: @escaping @Sendable (Result<StoredRoster?, StorageError>) -> Void
    ) {
        database.read(
            isOneStatement: true, { try Self.load(account, ifAllowed: ifAllowed, token: nil, in: $0) }, answer: answer)
    }

    private static func load(
        _ account: String, ifAllowed: Bool, token: ShownToken?, in database: Database
    ) throws -> StoredRoster? {
        if let token, !(try TokenStore.isGood(token, of: account, in: database)) { throw StorageError.notFound }
        // The items stand beside it: all of one state.
        let found = try database.cursor(
            """
            SELECT (SELECT NOT disabled FROM account WHERE jid = ?1), (SELECT version FROM roster WHERE account = ?1),
            EXISTS (SELECT 1 FROM offline WHERE account = ?1), roster_item.*
            FROM (SELECT 1) LEFT JOIN roster_item ON account = ?1 AND removed = 0 ORDER BY contact
            """, [account])
        var roster: StoredRoster?
        while let row = try found.next() {
            if roster == nil {
                let isAllowed: Bool = try row.optional(at: 0) ?? false
                guard isAllowed || !ifAllowed else { return nil }
                roster = StoredRoster(version: try row.optional(at: 1) ?? 0, items: [])
                roster?.hasOffline = try row.value(at: 2)
            }
            // Without items there is one row, of nulls.
            guard !row.hasNull(atIndex: 3) else { continue }
            roster?.items.append(try StoredRosterItem(row: row))
        }
        return roster
    }

    /// The item of one contact.
    package func item(_ contact: String, of account: String) async throws(StorageError) -> StoredRosterItem? {
        try await database.read { try Self.item(contact, of: account, in: $0) }
    }

    /// What a client that knows `version` must be told.
    package func changes(_ account: String, since version: Int64) async throws(StorageError) -> RosterChanges {
        try await database.read { database in
            let row = try database.row("SELECT version, floor FROM roster WHERE account = ?", [account])
            guard let row, version >= (try row.value("floor")), version <= (try row.value("version")) else {
                return .whole(try Self.load(account, in: database))
            }
            let rows = try database.rows(
                "SELECT * FROM roster_item WHERE account = ? AND version > ? ORDER BY version", [account, version])
            return .differences(version: try row.value("version"), try rows.map(Self.difference))
        }
    }

    // MARK: - SQL

    /// Draws a version and makes it the roster's.
    private static func nextVersion(of account: String, in database: Database) throws -> Int64 {
        let row = try database.row("UPDATE sequence SET value = value + 1 WHERE name = 'roster' RETURNING value")
        guard let row else {
            throw StorageError.corrupt("the counter of roster versions is gone")
        }
        let version: Int64 = try row.value("value")
        // A new roster knows no differences from before it: its floor is the version before its first.
        try database.run(
            """
            INSERT INTO roster (account, version, floor) VALUES (?, ?, ?)
            ON CONFLICT (account) DO UPDATE SET version = excluded.version
            """,
            [account, version, version - 1])
        return version
    }

    private static func put(
        _ item: StoredRosterItem, account: String, version: Int64, in database: Database
    ) throws {
        try database.run(
            """
            INSERT OR REPLACE INTO roster_item
            (account, contact, version, removed, name, groups, subscription, ask, approved, pending_in,
             subscribe_stanza)
            VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                account, item.contact, version, item.name, try item.encodedGroups(), item.subscription.rawValue,
                item.ask, item.approved, item.pendingIn, item.subscribeStanza,
            ])
    }

    private static func remove(_ contact: String, account: String, version: Int64, in database: Database) throws {
        try database.run(
            "INSERT OR REPLACE INTO roster_item (account, contact, version, removed) VALUES (?, ?, ?, 1)",
            [account, contact, version])
        try forgetOldRemovals(account, in: database)
    }

    /// Drops the tombstones beyond the bound; the roster then knows differences only from the last one dropped.
    private static func forgetOldRemovals(_ account: String, in database: Database) throws {
        let row = try database.row(
            """
            SELECT version FROM roster_item WHERE account = ? AND removed = 1
            ORDER BY version DESC LIMIT 1 OFFSET ?
            """,
            [account, StorageLimits.rememberedRemovals])
        guard let floor: Int64 = try row?.value("version") else { return }
        try database.run(
            "DELETE FROM roster_item WHERE account = ? AND removed = 1 AND version <= ?", [account, floor])
        try database.run("UPDATE roster SET floor = ? WHERE account = ?", [floor, account])
    }

    private static func item(
        _ contact: String, of account: String, in database: Database
    ) throws -> StoredRosterItem? {
        try database.row(
            "SELECT * FROM roster_item WHERE account = ? AND contact = ? AND removed = 0", [account, contact]
        )
        .map(StoredRosterItem.init(row:))
    }

    private static func load(_ account: String, in database: Database) throws -> StoredRoster {
        let row = try database.row("SELECT version FROM roster WHERE account = ?", [account])
        return StoredRoster(version: try row?.value("version") ?? 0, items: try items(of: account, in: database))
    }

    private static func items(of account: String, in database: Database) throws -> [StoredRosterItem] {
        let rows = try database.cursor(
            "SELECT * FROM roster_item WHERE account = ? AND removed = 0 ORDER BY contact", [account])
        var items: [StoredRosterItem] = []
        while let row = try rows.next() { items.append(try StoredRosterItem(row: row)) }
        return items
    }

    private static func difference(_ row: Row) throws -> RosterDifference {
        let isRemoved: Bool = try row.value("removed")
        return RosterDifference(
            version: try row.value("version"),
            change: isRemoved ? .remove(contact: try row.value("contact")) : .put(try StoredRosterItem(row: row)))
    }
}
