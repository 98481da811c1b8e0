//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// The accounts of this server and what they authenticate with.
package struct AccountStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: - Inside a write

    /// Creates an account. Throws `exists`.
    package func create(
        _ account: String, credentials: [StoredCredential], created: Int64, in context: WriteContext
    ) throws(StorageError) {
        let host = Self.host(of: account)
        let isNew = try context.perform { database in
            try database.run(
                "INSERT OR IGNORE INTO account (jid, host, created) VALUES (?, ?, ?)", [account, host, created]) > 0
        }
        guard isNew else {
            throw .exists
        }
        try setCredentials(credentials, of: account, in: context)
    }

    /// Removes an account and everything the store keeps for it. Throws `notFound`.
    package func delete(_ account: String, in context: WriteContext) throws(StorageError) {
        let isGone = try context.perform { database in
            for (table, column) in Self.ownedTables {
                try database.run("DELETE FROM \(table) WHERE \(column) = ?", [account])
            }
            try ArchiveStore.forsake(account, in: database, context.ledger)
            return try database.run("DELETE FROM account WHERE jid = ?", [account]) > 0
        }
        guard isGone else {
            throw .notFound
        }
    }

    /// Removes what the store keeps for an account that is no more: its last sessions may have left something behind.
    package func removeLeftovers(of account: String, in context: WriteContext) throws(StorageError) {
        guard try self.account(account, in: context) == nil else { return }
        try context.perform { database in
            for (table, column) in Self.ownedTables {
                try database.run("DELETE FROM \(table) WHERE \(column) = ?", [account])
            }
        }
    }

    /// Replaces all credentials of an account. Its tokens are good no more (XEP-0484), nor are the certificates that
    /// somebody has named as its own (XEP-0257): who had the old password may have. Throws `notFound`.
    package func setCredentials(
        _ credentials: [StoredCredential], of account: String, in context: WriteContext
    ) throws(StorageError) {
        guard try self.account(account, in: context) != nil else {
            throw .notFound
        }
        try context.perform { database in
            try database.run("DELETE FROM credential WHERE account = ?", [account])
            try Self.revokeOtherWays(account, in: database)
            for credential in credentials { try Self.insert(credential, of: account, in: database) }
        }
    }

    /// Adds credentials of the same password for a mechanism that the account has none for (XEP-0480). False, and nothing
    /// is written, if the password is no longer the one that `proven` belongs to, or the mechanism has been added already.
    package func add(
        _ credential: StoredCredential, of account: String, proven: StoredCredential, in context: WriteContext
    ) throws(StorageError) -> Bool {
        try context.perform { database in
            let known = try database.rows("SELECT * FROM credential WHERE account = ?", [account])
                .map(StoredCredential.init(row:))
            guard known.contains(proven), !known.contains(where: { $0.mechanism == credential.mechanism }) else {
                return false
            }
            try Self.insert(credential, of: account, in: database)
            return true
        }
    }

    /// Shuts an account out and takes its tokens and certificates back, or lets it in again. Throws `notFound`.
    package func setDisabled(_ isDisabled: Bool, of account: String, in context: WriteContext) throws(StorageError) {
        let isFound = try context.perform { database in
            if isDisabled { try Self.revokeOtherWays(account, in: database) }
            return try database.run("UPDATE account SET disabled = ? WHERE jid = ?", [isDisabled, account]) > 0
        }
        guard isFound else {
            throw .notFound
        }
    }

    /// The account, or nil.
    package func account(_ account: String, in context: WriteContext) throws(StorageError) -> StoredAccount? {
        try context.perform { try Self.account(account, in: $0) }
    }

    // MARK: - On its own

    /// Creates an account. Throws `exists`.
    package func create(
        _ account: String, credentials: [StoredCredential], created: Int64
    ) async throws(StorageError) {
        try await database.write { try create(account, credentials: credentials, created: created, in: $0) }
    }

    /// Removes an account and everything the store keeps for it. Throws `notFound`.
    package func delete(_ account: String) async throws(StorageError) {
        try await database.write { try delete(account, in: $0) }
    }

    /// Replaces all credentials of an account. Throws `notFound`.
    package func setCredentials(
        _ credentials: [StoredCredential], of account: String
    ) async throws(StorageError) {
        try await database.write { try setCredentials(credentials, of: account, in: $0) }
    }

    /// Adds credentials of the same password (see above).
    package func add(
        _ credential: StoredCredential, of account: String, proven: StoredCredential
    ) async throws(StorageError) -> Bool {
        try await database.write { try add(credential, of: account, proven: proven, in: $0) }
    }

    /// Shuts an account out and takes its tokens back, or lets it in again. Throws `notFound`.
    package func setDisabled(_ isDisabled: Bool, of account: String) async throws(StorageError) {
        try await database.write { try setDisabled(isDisabled, of: account, in: $0) }
    }

    /// True if the account exists, disabled or not.
    package func exists(_ account: String) async throws(StorageError) -> Bool {
        try await self.account(account) != nil
    }

    /// The account, or nil.
    package func account(_ account: String) async throws(StorageError) -> StoredAccount? {
        try await database.read { try Self.account(account, in: $0) }
    }

    /// The account, or nil, with its archive's preferences: one query's wait for both.
    package func accountAndPreferences(
        _ account: String
    ) async throws(StorageError) -> (account: StoredAccount, archive: ArchivePreferences)? {
        try await database.read { database in
            guard let stored = try Self.account(account, in: database) else { return nil }
            return (stored, try ArchiveStore.preferences(account, in: database))
        }
    }

    /// What the account authenticates with; empty if there is no such account.
    package func credentials(_ account: String) async throws(StorageError) -> [StoredCredential] {
        try await database.read { database in
            try database.rows("SELECT * FROM credential WHERE account = ? ORDER BY mechanism", [account])
                .map(StoredCredential.init(row:))
        }
    }

    /// What an account that may log in authenticates with, with `mechanism` only what it has for that; empty if there is
    /// none, or it is disabled. Also what is known of the device that it is to be.
    package func loginCredentials(
        _ account: String, mechanism: String? = nil, device: String? = nil
    ) async throws(StorageError) -> (credentials: [StoredCredential], device: StoredDevice?) {
        try await database.read {
            try Self.loginCredentials(account, mechanism: mechanism, device: device, in: $0)
        }
    }

    /// The same for who does not wait: `answer` is called once, as a rule on a reader's thread.
    package func loginCredentials(
        _ account: String, mechanism: String?, device: String?,
        answer:
            @escaping @Sendable (Result<(credentials: [StoredCredential], device: StoredDevice?), StorageError>) -> Void
    ) {
        database.read(
            isOneStatement: device == nil,
            { try Self.loginCredentials(account, mechanism: mechanism, device: device, in: $0) }, answer: answer)
    }

    private static func loginCredentials(
        _ account: String, mechanism: String?, device: String?, in database: Database
    ) throws -> (credentials: [StoredCredential], device: StoredDevice?) {
        let rows = try database.cursor(
            """
            SELECT mechanism, salt, iterations, stored_key, server_key
            FROM credential JOIN account ON account.jid = credential.account
            WHERE account.jid = ?1 AND NOT account.disabled AND mechanism = ifnull(?2, mechanism) ORDER BY mechanism
            """, [account, mechanism])
        var credentials: [StoredCredential] = []
        while let row = try rows.next() {
            credentials.append(
                StoredCredential(
                    mechanism: try row.value(at: 0), salt: try row.bytes(at: 1), iterations: try row.value(at: 2),
                    storedKey: try row.bytes(at: 3), serverKey: try row.bytes(at: 4)))
        }
        return (credentials, try device.flatMap { try TokenStore.device($0, of: account, in: database) })
    }

    /// Whether there is such an account, and it is not shut out.
    package func mayLogIn(_ account: String) async throws(StorageError) -> Bool {
        try await self.account(account).map { !$0.isDisabled } ?? false
    }

    /// How many accounts that may log in have no credentials for a mechanism, by host.
    package func accountsWithout(_ mechanism: String) async throws(StorageError) -> [String: Int] {
        try await database.read { database in
            let rows = try database.rows(
                """
                SELECT host, COUNT(*) AS n FROM account WHERE NOT disabled AND NOT EXISTS
                (SELECT 1 FROM credential WHERE account = jid AND mechanism = ?) GROUP BY host
                """, [mechanism])
            var counts: [String: Int] = [:]
            for row in rows { counts[try row.value("host")] = try row.value("n") as Int }
            return counts
        }
    }

    /// Accounts of a host by name, at most `limit`, beginning after `previous`.
    package func list(
        host: String, after previous: String? = nil, limit: Int = .max
    ) async throws(StorageError) -> [StoredAccount] {
        try await database.read { database in
            try database.rows(
                "SELECT * FROM account WHERE host = ? AND jid > ? ORDER BY jid LIMIT ?", [host, previous ?? "", limit]
            )
            .map(StoredAccount.init(row:))
        }
    }

    /// How many accounts a host has.
    package func count(host: String) async throws(StorageError) -> Int {
        try await database.read { database in
            try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM account WHERE host = ?", arguments: [host]) ?? 0
        }
    }

    // MARK: - SQL

    /// Everything kept per account beside the account itself; credentials and roster items go by their foreign keys.
    private static let ownedTables = [
        ("roster", "account"), ("offline", "account"), ("offline_usage", "account"), ("vcard", "account"),
        ("presence_state", "account"), ("last_seen", "account"), ("broadcast", "sender"),
        ("broadcast_recipient", "account"),
        ("standing_message_seen", "account"), ("archive_preferences", "account"),
        ("blocked", "account"), ("push_registration", "account"),
        ("invitation", "inviter"),
        ("sm_session", "account"), ("sm_ended", "account"),
        ("fast_token", "account"), ("account_device", "account"),
    ]

    /// Takes back what logs in without the password.
    private static func revokeOtherWays(_ account: String, in database: Database) throws {
        try TokenStore.revoke(account, in: database)
        try database.run("DELETE FROM account_certificate WHERE account = ?", [account])
    }

    private static func insert(_ credential: StoredCredential, of account: String, in database: Database) throws {
        try database.run(
            """
            INSERT INTO credential (account, mechanism, salt, iterations, stored_key, server_key)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                account, credential.mechanism, Data(credential.salt), credential.iterations,
                Data(credential.storedKey), Data(credential.serverKey),
            ])
    }

    private static func account(_ account: String, in database: Database) throws -> StoredAccount? {
        try database.row("SELECT * FROM account WHERE jid = ?", [account]).map(StoredAccount.init(row:))
    }

    /// The domain of a bare JID.
    static func host(of account: String) -> String {
        guard let at = account.firstIndex(of: "@") else { return account }
        return String(account[account.index(after: at)...])
    }
}
