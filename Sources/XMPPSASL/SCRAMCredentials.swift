//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPTLS

/// What a server stores of a password for one hash (RFC 5802 §3): enough to check a proof and to prove itself, not
/// enough to log in elsewhere.
package struct SCRAMCredentials: Sendable, Equatable {
    /// Iterations for new passwords. RFC 7677 §4 asks for at least 4096; 10 000 is what ejabberd and Prosody use, and
    /// three milliseconds on a server's core.
    package static let defaultIterations = 10_000
    /// Salt length in bytes, for real accounts and made-up ones alike.
    package static let saltLength = 16

    package let hash: HashFunction
    package let salt: [UInt8]
    package let iterations: Int
    package let storedKey: [UInt8]
    package let serverKey: [UInt8]

    package init(hash: HashFunction, salt: [UInt8], iterations: Int, storedKey: [UInt8], serverKey: [UInt8]) {
        self.hash = hash
        self.salt = salt
        self.iterations = iterations
        self.storedKey = storedKey
        self.serverKey = serverKey
    }

    /// Credentials for a password. Takes milliseconds: run it off the event loop.
    ///
    /// - `password`: already normalised (OpaqueString, RFC 8265 §4.2).
    /// - `salt`: random by default.
    package static func derive(
        password: String, hash: HashFunction, salt: [UInt8] = SecureRandom.bytes(saltLength),
        iterations: Int = defaultIterations
    ) -> SCRAMCredentials {
        let keys = saltedKeys(password: password, hash: hash, salt: salt, iterations: iterations)
        return SCRAMCredentials(
            hash: hash, salt: salt, iterations: iterations, storedKey: hash.digest(keys.clientKey),
            serverKey: keys.serverKey)
    }

    /// Credentials made of a SaltedPassword that a client has computed (XEP-0480 §3).
    package init(saltedPassword: [UInt8], hash: HashFunction, salt: [UInt8], iterations: Int) {
        let keys = SCRAMCredentials.keys(of: saltedPassword, hash: hash)
        self.init(
            hash: hash, salt: salt, iterations: iterations, storedKey: hash.digest(keys.clientKey),
            serverKey: keys.serverKey)
    }

    /// The SaltedPassword of RFC 5802 §3: what a client sends for an upgrade. Takes milliseconds.
    package static func saltedPassword(
        _ password: String, hash: HashFunction, salt: [UInt8], iterations: Int
    ) -> [UInt8] {
        hash.pbkdf2(password: password.utf8, salt: salt, iterations: iterations)
    }

    /// Whether these are the credentials of `password` (normalised). Takes milliseconds: run it off the event loop.
    package func verifies(password: String) -> Bool {
        let keys = SCRAMCredentials.saltedKeys(
            password: password, hash: hash, salt: salt, iterations: iterations)
        return ConstantTime.equals(hash.digest(keys.clientKey), storedKey)
    }

    /// Does the work of `verifies(password:)` for a user there is none of, so that the time does not tell. Always false.
    @discardableResult
    package static func verifyDummy(
        password: String, hash: HashFunction = .sha256, iterations: Int = defaultIterations
    ) -> Bool {
        let nobody = SCRAMCredentials(
            hash: hash, salt: [UInt8](repeating: 0, count: saltLength), iterations: iterations,
            storedKey: [UInt8](repeating: 0, count: hash.digestLength), serverKey: [])
        _ = nobody.verifies(password: password)
        return false
    }

    /// The two keys that come of a salted password (RFC 5802 §3).
    static func saltedKeys(
        password: String, hash: HashFunction, salt: [UInt8], iterations: Int
    ) -> (clientKey: [UInt8], serverKey: [UInt8]) {
        keys(of: saltedPassword(password, hash: hash, salt: salt, iterations: iterations), hash: hash)
    }

    private static func keys(
        of salted: [UInt8], hash: HashFunction
    ) -> (clientKey: [UInt8], serverKey: [UInt8]) {
        (hash.hmac(key: salted, "Client Key".utf8), hash.hmac(key: salted, "Server Key".utf8))
    }
}
