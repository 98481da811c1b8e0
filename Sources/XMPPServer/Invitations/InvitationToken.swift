//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPTLS

/// What an invitation is redeemed with: 128 random bits as text that goes into an address (XEP-0379 §5.1). The server
/// keeps its digest only, which suffices for what cannot be guessed.
package struct InvitationToken: Sendable, Equatable {
    /// Wrong tokens that one address may try in an hour.
    static let failuresPerHour = 30
    /// Wrong tokens, and names that are taken, on one stream before it ends.
    static let failuresPerStream = 5
    private static let length = 32

    package let text: String

    /// A new one.
    package init() {
        text = SecureRandom.hexToken()
    }

    /// One that somebody brings; nil if it cannot be one of ours.
    package init?(_ text: String) {
        let isToken =
            text.utf8.count == Self.length
            && text.utf8.allSatisfy { byte in
                (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                    || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
            }
        guard isToken else { return nil }
        self.text = text
    }

    /// SHA-256, as it is stored.
    package var digest: [UInt8] { HashFunction.sha256.digest(Array(text.utf8)) }
}
