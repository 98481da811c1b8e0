//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Bounds of what a peer may send while it is nobody yet.
package enum SASLLimits {
    /// A user name is at most a localpart (RFC 7622 §3.3.1).
    package static let maximumUsernameBytes = 1023
    /// RFC 7622 §3.1: an address has at most 3071 bytes, a bare one 2047.
    package static let maximumAuthzidBytes = 2047
    /// Passwords longer than this are not passwords; hashing them is work a stranger could ask for.
    package static let maximumPasswordBytes = 1024
    /// A whole message: escaped names, a nonce, a channel binding and room for extensions.
    package static let maximumMessageBytes = 8192
    /// RFC 5802 sets none; known implementations use 16 to 64 characters.
    package static let maximumNonceBytes = 512
    /// 144 bits: 24 characters of base64 without padding.
    package static let nonceBytes = 18
    /// Iterations a client accepts: RFC 7677 §4 asks for 4096 at least; above a million a server wastes our time.
    package static let clientIterations = 4096...1_000_000
}
