//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPTLS

/// A secret of the server from which the credentials of unknown users are made up, so that a stranger sees the same
/// for a name without an account as for one with: always the same salt for the same name.
///
/// Keep it over restarts: a salt that changes tells that there is no account.
package struct SASLServerSecret: Sendable {
    /// 256 bits.
    package static let length = 32

    private let key: [UInt8]
    /// Iteration counts that real accounts have; a made-up one gets one of them.
    private let iterations: [Int]

    /// - `key`: at least 16 bytes, by default new random ones.
    /// - `iterations`: counts in use among the accounts; must not be empty.
    package init(
        key: [UInt8] = SecureRandom.bytes(length), iterations: [Int] = [SCRAMCredentials.defaultIterations]
    ) {
        precondition(key.count >= 16, "a server secret has at least 128 bits")
        self.key = key
        self.iterations = iterations.isEmpty ? [SCRAMCredentials.defaultIterations] : iterations
    }

    /// Credentials that no password verifies. Other ones on each host, as real accounts have: a name with the same salt
    /// on two hosts would be an account on neither.
    package func madeUpCredentials(username: String, domain: String, hash: HashFunction) -> SCRAMCredentials {
        // No local part holds an `@`.
        let account = "\(username)@\(domain)"
        let seed = derived("salt", account, hash)
        let choice = seed.last.map { Int($0) % iterations.count } ?? 0
        return SCRAMCredentials(
            hash: hash, salt: Array(seed.prefix(SCRAMCredentials.saltLength)), iterations: iterations[choice],
            storedKey: Array(derived("stored", account, hash).prefix(hash.digestLength)),
            serverKey: Array(derived("server", account, hash).prefix(hash.digestLength)))
    }

    /// A token that nobody has.
    func madeUpToken(username: String, domain: String) -> String {
        Base64.encodeURL(derived("token", "\(username)@\(domain)", .sha256))
    }

    /// A name for a device of an account that is always the same and tells nobody the device's id (XEP-0386 §4.2.1).
    ///
    /// 72 bits: enough that nobody guesses another device's.
    package func deviceName(_ device: String, account: String) -> String {
        Base64.encodeURL(Array(derived("device", "\(account)\0\(device)", .sha256).prefix(9)))
    }

    private func derived(_ purpose: String, _ account: String, _ hash: HashFunction) -> [UInt8] {
        HashFunction.sha512.hmac(key: key, Array("\(purpose)\0\(hash.rawValue)\0\(account)".utf8))
    }
}
