//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// Tokens that devices log in with (XEP-0484), and the devices of accounts.
package struct TokenStore: Sendable {
    /// Devices that are remembered of an account; those not used longest are forgotten, with their tokens.
    package static let maximumDevices = 100

    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: Log-in

    /// The tokens that a device of an account may show; none if there is no such account or it is locked.
    package func login(_ account: String, device: String) async throws(StorageError) -> StoredLogin {
        try await database.read { database in
            guard try Self.mayLogIn(account, in: database) else { return StoredLogin() }
            let rows = try database.rows(
                "SELECT * FROM fast_token WHERE account = ? AND device = ? ORDER BY slot DESC", [account, device])
            let slot: Int? = try rows.first?.value("slot")
            return StoredLogin(
                tokens: try rows.map(StoredToken.init(row:)),
                device: try Self.device(device, of: account, in: database),
                hasUnusedToken: slot == 1)
        }
    }

    /// Whether the account has logged in with this device since its password was set.
    package func knows(_ device: String, of account: String) async throws(StorageError) -> Bool {
        try await database.read { try Self.device(device, of: account, in: $0) != nil }
    }

    /// Writes down that a device has logged in, and what that changes of its tokens.
    package func record(
        _ use: TokenUse, device: StoredDevice, account: String, in context: WriteContext
    ) throws(StorageError) -> TokenOutcome {
        try context.perform { database in
            guard try Self.mayLogIn(account, in: database) else { return .revoked }
            if let nonce = use.nonce {
                let row = try database.row(
                    "SELECT slot, count FROM fast_token WHERE account = ? AND device = ? AND nonce = ?",
                    [account, device.id, Data(nonce)])
                guard let row else { return .revoked }
                if let count = use.count, count <= (try row.value("count")) { return .replayed }
                try Self.promote(slot: try row.value("slot"), device.id, of: account, count: use.count, in: database)
            }
            if use.invalidates { try Self.removeTokens(of: device.id, account: account, in: database) }
            if let new = use.new { try Self.put(new, device: device.id, account: account, in: database) }
            try Self.put(device, account: account, in: database)
            return .kept
        }
    }

    package func record(
        _ use: TokenUse, device: StoredDevice, account: String
    ) async throws(StorageError) -> TokenOutcome {
        try await database.write { try record(use, device: device, account: account, in: $0) }
    }

    /// Writes down uses of devices, of those that have not been forgotten meanwhile, and of tokens that are still good.
    package func record(_ uses: [DeviceUse]) async throws(StorageError) {
        try await database.write { context in
            try context.perform { database in
                for use in uses {
                    try database.run(
                        """
                        UPDATE account_device SET software = ?, name = ?, address = ?, last_used = MAX(last_used, ?)
                        WHERE account = ? AND device = ?
                        """,
                        [
                            use.device.software, use.device.name, use.device.address, use.device.lastUsed, use.account,
                            use.device.id,
                        ])
                    guard let nonce = use.nonce,
                        let row = try database.row(
                            "SELECT slot FROM fast_token WHERE account = ? AND device = ? AND nonce = ?",
                            [use.account, use.device.id, Data(nonce)])
                    else { continue }
                    try Self.promote(
                        slot: try row.value("slot"), use.device.id, of: use.account, count: use.count, in: database)
                }
            }
        }
    }

    // MARK: Devices

    /// The devices of an account, the one used last first.
    package func devices(_ account: String) async throws(StorageError) -> [StoredDevice] {
        try await database.read { database in
            try database.rows("SELECT * FROM account_device WHERE account = ? ORDER BY last_used DESC", [account])
                .map(StoredDevice.init(row:))
        }
    }

    /// The same, each with when the last of its tokens expires, in milliseconds since 1970; nil if it has none.
    package func devicesAndTokens(
        _ account: String
    ) async throws(StorageError) -> [(device: StoredDevice, tokenExpires: Int64?)] {
        try await database.read { database in
            try database.rows(
                """
                SELECT *, (SELECT MAX(expires) FROM fast_token WHERE fast_token.account = account_device.account
                    AND fast_token.device = account_device.device) AS expires
                FROM account_device WHERE account = ? ORDER BY last_used DESC, device
                """, [account]
            )
            .map { (try StoredDevice(row: $0), try $0.optional("expires")) }
        }
    }

    /// Takes all tokens back, and forgets the devices.
    package func revoke(_ account: String, in context: WriteContext) throws(StorageError) {
        try context.perform { try Self.revoke(account, in: $0) }
    }

    package func revoke(_ account: String) async throws(StorageError) {
        try await database.write { try revoke(account, in: $0) }
    }

    /// Takes the tokens of one device back, and forgets it.
    package func revoke(_ account: String, device: String, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            try Self.removeTokens(of: device, account: account, in: database)
            _ = try database.run("DELETE FROM account_device WHERE account = ? AND device = ?", [account, device])
        }
    }

    package func revoke(_ account: String, device: String) async throws(StorageError) {
        try await database.write { try revoke(account, device: device, in: $0) }
    }

    /// Removes tokens that nobody can use any more.
    package func removeExpired(before now: Int64) async throws(StorageError) {
        try await database.write { context in
            try context.perform { database in
                _ = try database.run("DELETE FROM fast_token WHERE expires < ?", [now])
            }
        }
    }

    // MARK: - SQL

    static func revoke(_ account: String, in database: Database) throws {
        try database.run("DELETE FROM fast_token WHERE account = ?", [account])
        try database.run("DELETE FROM account_device WHERE account = ?", [account])
    }

    private static func mayLogIn(_ account: String, in database: Database) throws -> Bool {
        try database.row("SELECT 1 FROM account WHERE jid = ? AND NOT disabled", [account]) != nil
    }

    static func device(_ device: String, of account: String, in database: Database) throws -> StoredDevice? {
        try database.row("SELECT * FROM account_device WHERE account = ? AND device = ?", [account, device])
            .map(StoredDevice.init(row:))
    }

    static func isGood(_ token: ShownToken, of account: String, in database: Database) throws -> Bool {
        try database.row(
            "SELECT 1 FROM fast_token WHERE account = ? AND device = ? AND nonce = ?",
            [account, token.device, Data(token.nonce)]) != nil
    }

    /// The token that is used takes the place of the one before (XEP-0484 §3.5).
    private static func promote(
        slot: Int, _ device: String, of account: String, count: Int64?, in database: Database
    ) throws {
        if slot == 1 {
            try database.run(
                "DELETE FROM fast_token WHERE account = ? AND device = ? AND slot = 0", [account, device])
            try database.run(
                "UPDATE fast_token SET slot = 0 WHERE account = ? AND device = ? AND slot = 1", [account, device])
        }
        if let count {
            try database.run(
                "UPDATE fast_token SET count = MAX(count, ?) WHERE account = ? AND device = ? AND slot = 0",
                [count, account, device])
        }
    }

    private static func removeTokens(of device: String, account: String, in database: Database) throws {
        try database.run("DELETE FROM fast_token WHERE account = ? AND device = ?", [account, device])
    }

    private static func put(_ token: StoredToken, device: String, account: String, in database: Database) throws {
        try database.run(
            """
            INSERT OR REPLACE INTO fast_token (account, device, slot, mechanism, nonce, issued, expires)
            VALUES (?, ?, 1, ?, ?, ?, ?)
            """,
            [account, device, token.mechanism, Data(token.nonce), token.issued, token.expires])
    }

    private static func put(_ device: StoredDevice, account: String, in database: Database) throws {
        try database.run(
            """
            INSERT INTO account_device (account, device, software, name, address, first_used, last_used)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (account, device) DO UPDATE SET software = excluded.software, name = excluded.name,
                address = excluded.address, last_used = excluded.last_used
            """,
            [
                account, device.id, device.software, device.name, device.address, device.firstUsed, device.lastUsed,
            ])
        let stale = try database.rows(
            """
            SELECT device FROM account_device WHERE account = ? ORDER BY last_used DESC, device LIMIT -1 OFFSET ?
            """, [account, maximumDevices])
        for row in stale {
            let id: String = try row.value("device")
            try removeTokens(of: id, account: account, in: database)
            try database.run("DELETE FROM account_device WHERE account = ? AND device = ?", [account, id])
        }
    }
}
