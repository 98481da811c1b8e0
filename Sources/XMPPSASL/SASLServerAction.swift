//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the host does after a step of `SASLServer`.
package enum SASLServerAction: Sendable, Equatable {
    /// Send `<challenge/>` with these bytes in base64 (RFC 6120 §6.4.3), then feed the response to `receive`.
    case challenge([UInt8])
    /// Look up the SCRAM credentials of this user for `hash` of the mechanism, then call `supply(credentials:)`.
    case needsCredentials(username: String)
    /// Check the password against the user's SCRAM credentials off the event loop (`SCRAMCredentials.verifies`, or
    /// `verifyDummy` if there is no such user), then call `supply(isPasswordRight:)`.
    case verifyPassword(username: String, password: String)
    /// Look up the tokens that this user's device has, then call `supply(tokens:)`.
    case needsTokens(username: String)
    /// Look whether the account exists and may log in, then call `supply(accountExists:)`.
    case needsAccount(username: String)
    /// Send `<success/>`, with the final message if there is one; the stream belongs to this user now.
    case success(username: String, serverFinal: [UInt8]?)
    /// Send `<failure/>`. The machine is finished.
    case failure(SASLFailure)
}
