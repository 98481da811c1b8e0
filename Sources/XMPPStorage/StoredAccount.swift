//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// An account of this server.
package struct StoredAccount: Sendable, Equatable {
    /// Bare JID.
    package let account: String
    /// Its domain.
    package let host: String
    /// When it was created, in milliseconds since 1970.
    package let created: Int64
    /// True while it may not sign in.
    package let isDisabled: Bool

    init(row: Row) throws {
        account = try row.value("jid")
        host = try row.value("host")
        created = try row.value("created")
        isDisabled = try row.value("disabled")
    }
}

/// What a SCRAM server keeps instead of a password (RFC 5802 §3).
package struct StoredCredential: Sendable, Equatable {
    /// The SASL mechanism without `-PLUS`: `SCRAM-SHA-1`, `SCRAM-SHA-256`, …
    package var mechanism: String
    package var salt: [UInt8]
    package var iterations: Int
    package var storedKey: [UInt8]
    package var serverKey: [UInt8]

    package init(mechanism: String, salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
        self.mechanism = mechanism
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    init(row: Row) throws {
        mechanism = try row.value("mechanism")
        salt = try row.bytes("salt")
        iterations = try row.value("iterations")
        storedKey = try row.bytes("stored_key")
        serverKey = try row.bytes("server_key")
    }
}
