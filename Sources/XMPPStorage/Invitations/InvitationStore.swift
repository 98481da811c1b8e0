//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// Invitations to make an account or to become somebody's contact.
///
/// One counts while it has uses left, has not expired, and its inviter, if it has one, has an account that is not
/// disabled.
package struct InvitationStore: Sendable {
    /// How long an expired invitation is kept, in milliseconds: one that was accepted in time can still be redeemed
    /// (XEP-0445 §3), for longer than a stream may take to log in.
    package static let grace: Int64 = 60 * 60 * 1000

    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: - Inside a write

    /// Keeps an invitation and returns its id.
    ///
    /// Throws `exists` if the account it reserves is there, or reserved, already, and `quotaExceeded` if its inviter has
    /// `limit` others open. What expired long ago is forgotten.
    @discardableResult
    package func add(
        _ invitation: NewInvitation, limit: Int = .max, in context: WriteContext
    ) throws(StorageError) -> Int64 {
        try context.perform { database in
            try database.run("DELETE FROM invitation WHERE expires < ?", [invitation.created - Self.grace])
            if let account = invitation.account {
                let isTaken = try database.row("SELECT 1 FROM account WHERE jid = ?", [account]) != nil
                if try isTaken || Self.isReserved(account, exceptBy: nil, at: invitation.created, in: database) {
                    throw StorageError.exists
                }
            }
            if let inviter = invitation.inviter {
                let open: Int? = try database.row(
                    "SELECT COUNT(*) AS n FROM invitation WHERE inviter = ? AND uses > 0 AND expires > ?",
                    [inviter, invitation.created])?.value("n")
                if let open, open >= limit { throw StorageError.quotaExceeded }
            }
            let groups = String(decoding: try JSONEncoder().encode(invitation.groups), as: UTF8.self)
            try database.run(
                """
                INSERT INTO invitation
                (token, host, inviter, account, registers, subscribes, groups, created, expires, uses)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
                [
                    Data(invitation.token), invitation.host, invitation.inviter, invitation.account,
                    invitation.registers, invitation.subscribes, groups, invitation.created, invitation.expires,
                    invitation.uses,
                ])
            return database.lastInsertedRowID
        }
    }

    /// The invitation that a token stands for, if it counts at this time.
    package func find(
        token: [UInt8], at now: Int64, in context: WriteContext
    ) throws(StorageError) -> StoredInvitation? {
        try context.perform { try Self.find(token, at: now, in: $0) }
    }

    /// Uses an invitation once, whether or not it has expired meanwhile.
    ///
    /// - Returns: false if it counts no more: of two who redeem the last use one gets it.
    package func redeem(_ id: Int64, in context: WriteContext) throws(StorageError) -> Bool {
        try context.perform { database in
            let isRedeemed =
                try database.run(
                    "UPDATE invitation SET uses = uses - 1 WHERE id = ? AND uses > 0 AND \(Self.hasInviter)", [id]) > 0
            try database.run("DELETE FROM invitation WHERE id = ? AND uses = 0", [id])
            return isRedeemed
        }
    }

    /// Whether another invitation than `id` keeps this account for somebody.
    package func isReserved(
        _ account: String, exceptBy id: Int64?, at now: Int64, in context: WriteContext
    ) throws(StorageError) -> Bool {
        try context.perform { try Self.isReserved(account, exceptBy: id, at: now, in: $0) }
    }

    // MARK: - On its own

    /// Keeps an invitation; see ``add(_:limit:in:)``.
    @discardableResult
    package func add(_ invitation: NewInvitation, limit: Int = .max) async throws(StorageError) -> Int64 {
        try await database.write { try add(invitation, limit: limit, in: $0) }
    }

    /// The invitation that a token stands for, if it counts at this time.
    package func find(token: [UInt8], at now: Int64) async throws(StorageError) -> StoredInvitation? {
        try await database.read { try Self.find(token, at: now, in: $0) }
    }

    /// The invitations of a host that count at this time, the oldest first.
    package func open(host: String, at now: Int64) async throws(StorageError) -> [StoredInvitation] {
        try await database.read { database in
            try database.rows(
                """
                SELECT * FROM invitation WHERE host = ? AND expires > ? AND uses > 0 AND \(Self.hasInviter) ORDER BY id
                """, [host, now]
            )
            .map(StoredInvitation.init(row:))
        }
    }

    /// Takes an invitation back. Throws `notFound`.
    package func revoke(_ id: Int64) async throws(StorageError) {
        let isGone = try await database.write { context in
            try context.perform { try $0.run("DELETE FROM invitation WHERE id = ?", [id]) > 0 }
        }
        guard isGone else { throw .notFound }
    }

    // MARK: - SQL

    private static let hasInviter =
        "(inviter IS NULL OR EXISTS (SELECT 1 FROM account WHERE jid = inviter AND NOT disabled))"

    private static func find(_ token: [UInt8], at now: Int64, in database: Database) throws -> StoredInvitation? {
        try database.row(
            "SELECT * FROM invitation WHERE token = ? AND expires > ? AND uses > 0 AND \(hasInviter)",
            [Data(token), now]
        )
        .map(StoredInvitation.init(row:))
    }

    private static func isReserved(
        _ account: String, exceptBy id: Int64?, at now: Int64, in database: Database
    ) throws -> Bool {
        try database.row(
            """
            SELECT 1 FROM invitation
            WHERE account = ? AND id IS NOT ? AND expires > ? AND uses > 0 AND \(hasInviter) LIMIT 1
            """, [account, id, now]) != nil
    }
}
