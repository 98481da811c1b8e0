//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// A token as it is kept: all but the token itself, which is made of the nonce and a key that is not in the store.
package struct StoredToken: Sendable, Equatable {
    /// The SASL mechanism that it is good for.
    package var mechanism: String
    package var nonce: [UInt8]
    /// Milliseconds since 1970.
    package var issued: Int64
    package var expires: Int64
    /// The highest counter it was shown with; the store may be behind by a second.
    package var count: Int64

    package init(mechanism: String, nonce: [UInt8], issued: Int64, expires: Int64, count: Int64 = -1) {
        self.mechanism = mechanism
        self.nonce = nonce
        self.issued = issued
        self.expires = expires
        self.count = count
    }

    init(row: Row) throws {
        mechanism = try row.value("mechanism")
        nonce = try row.bytes("nonce")
        issued = try row.value("issued")
        expires = try row.value("expires")
        count = try row.value("count")
    }
}

/// A token that a device has shown.
package struct ShownToken: Sendable, Hashable {
    package var device: String
    package var nonce: [UInt8]

    package init(device: String, nonce: [UInt8]) {
        self.device = device
        self.nonce = nonce
    }
}

/// What a log-in with a device that is known changes, and what need not be written before the client is let in.
package struct DeviceUse: Sendable, Equatable {
    package var account: String
    package var device: StoredDevice
    /// The token that was shown, for the first time or with a counter.
    package var nonce: [UInt8]?
    package var count: Int64?

    package init(account: String, device: StoredDevice, nonce: [UInt8]? = nil, count: Int64? = nil) {
        self.account = account
        self.device = device
        self.nonce = nonce
        self.count = count
    }
}

/// A device that an account has logged in with.
package struct StoredDevice: Sendable, Equatable {
    /// The id of its user-agent (XEP-0388 §2.3).
    package var id: String
    package var software: String?
    package var name: String?
    /// IP address it came from last.
    package var address: String?
    /// Milliseconds since 1970.
    package var firstUsed: Int64
    package var lastUsed: Int64

    package init(
        id: String, software: String? = nil, name: String? = nil, address: String? = nil, firstUsed: Int64,
        lastUsed: Int64
    ) {
        self.id = id
        self.software = software
        self.name = name
        self.address = address
        self.firstUsed = firstUsed
        self.lastUsed = lastUsed
    }

    init(row: Row) throws {
        id = try row.value("device")
        software = try row.optional("software")
        name = try row.optional("name")
        address = try row.optional("address")
        firstUsed = try row.value("first_used")
        lastUsed = try row.value("last_used")
    }
}

/// What is known of an account's device at log-in.
package struct StoredLogin: Sendable, Equatable {
    /// The token given out last comes first.
    package var tokens: [StoredToken]
    package var device: StoredDevice?
    /// The first of the tokens has not been used yet.
    package var hasUnusedToken: Bool

    package init(tokens: [StoredToken] = [], device: StoredDevice? = nil, hasUnusedToken: Bool = false) {
        self.tokens = tokens
        self.device = device
        self.hasUnusedToken = hasUnusedToken
    }
}

/// What a log-in changes in the store.
package struct TokenUse: Sendable, Equatable {
    /// The nonce of the token that was shown.
    package var nonce: [UInt8]?
    /// The client's counter, which must be higher than any before (XEP-0484 §3.4).
    package var count: Int64?
    /// The device is to have no token any more.
    package var invalidates: Bool
    /// A token for next time.
    package var new: StoredToken?

    package init(nonce: [UInt8]? = nil, count: Int64? = nil, invalidates: Bool = false, new: StoredToken? = nil) {
        self.nonce = nonce
        self.count = count
        self.invalidates = invalidates
        self.new = new
    }
}

/// What became of it.
package enum TokenOutcome: Sendable, Equatable {
    case kept
    /// The account is gone or locked, or the token has been revoked meanwhile. Nothing was written.
    case revoked
    /// The counter was used before. Nothing was written.
    case replayed
}
