//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// Certificates by which accounts may log in (XEP-0257).
package struct CertificateStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Adds a certificate. Throws `exists` if the account has one of this name, or this one already; `quotaExceeded` if it
    /// has `limit`.
    package func add(_ certificate: StoredCertificate, limit: Int) async throws(StorageError) {
        try await database.write { context in
            try context.perform { database in
                let count: Int? = try database.row(
                    "SELECT COUNT(*) AS n FROM account_certificate WHERE account = ?", [certificate.account])?.value(
                        "n")
                let isTaken = try database.row(
                    "SELECT 1 FROM account_certificate WHERE account = ? AND (name = ? OR fingerprint = ?)",
                    [certificate.account, certificate.name, Data(certificate.fingerprint)])
                guard isTaken == nil else { throw StorageError.exists }
                guard (count ?? 0) < limit else { throw StorageError.quotaExceeded }
                try database.run(
                    """
                    INSERT INTO account_certificate (account, name, fingerprint, certificate, manages)
                    SELECT jid, ?, ?, ?, ? FROM account WHERE jid = ?
                    """,
                    [
                        certificate.name, Data(certificate.fingerprint), Data(certificate.certificate),
                        certificate.manages, certificate.account,
                    ])
            }
        }
    }

    /// Removes a certificate. Throws `notFound`.
    ///
    /// - Returns: the fingerprint of the one removed.
    package func remove(_ name: String, of account: String) async throws(StorageError) -> [UInt8] {
        try await database.write { context in
            try context.perform { database in
                let row = try database.row(
                    "DELETE FROM account_certificate WHERE account = ? AND name = ? RETURNING fingerprint",
                    [account, name])
                guard let row else { throw StorageError.notFound }
                return try row.bytes("fingerprint")
            }
        }
    }

    /// An account's certificates by name.
    package func list(_ account: String) async throws(StorageError) -> [StoredCertificate] {
        try await database.read { database in
            try database.rows("SELECT * FROM account_certificate WHERE account = ? ORDER BY name", [account])
                .map(StoredCertificate.init(row:))
        }
    }

    /// The certificate with this fingerprint, if the account has it.
    package func find(_ fingerprint: [UInt8], of account: String) async throws(StorageError) -> StoredCertificate? {
        try await database.read { database in
            try database.row(
                "SELECT * FROM account_certificate WHERE account = ? AND fingerprint = ?",
                [account, Data(fingerprint)]
            )
            .map(StoredCertificate.init(row:))
        }
    }
}

/// A certificate that an account has named as its own.
package struct StoredCertificate: Sendable, Equatable {
    /// Bare JID.
    package var account: String
    /// The owner's word for it.
    package var name: String
    /// SHA-256.
    package var fingerprint: [UInt8]
    /// DER.
    package var certificate: [UInt8]
    /// Whether who logs in with it may change the list.
    package var manages: Bool

    package init(account: String, name: String, fingerprint: [UInt8], certificate: [UInt8], manages: Bool = true) {
        self.account = account
        self.name = name
        self.fingerprint = fingerprint
        self.certificate = certificate
        self.manages = manages
    }

    init(row: Row) throws {
        account = try row.value("account")
        name = try row.value("name")
        fingerprint = try row.bytes("fingerprint")
        certificate = try row.bytes("certificate")
        manages = try row.value("manages")
    }
}

/// The table of ``CertificateStore``.
enum CertificateSchema {
    static let sql = """
        CREATE TABLE account_certificate (
            account TEXT NOT NULL REFERENCES account (jid) ON DELETE CASCADE,
            name TEXT NOT NULL,
            fingerprint BLOB NOT NULL,
            certificate BLOB NOT NULL,
            manages INTEGER NOT NULL,
            PRIMARY KEY (account, name),
            UNIQUE (account, fingerprint)
        ) STRICT, WITHOUT ROWID;
        """
}
