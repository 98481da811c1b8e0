//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPTLS

/// How tokens are given out (XEP-0484).
package struct TokenSettings: Sendable, Equatable {
    /// Seconds that a token is good for.
    package var lifetime: Int64
    /// Seconds after which a token that is used is replaced by a new one.
    package var rotation: Int64
    /// What tokens are made with. Kept apart from the store, so that who reads the store has no tokens.
    package var key: [UInt8]

    package init(
        lifetime: Int64 = 21 * 86_400, rotation: Int64 = 86_400, key: [UInt8] = SecureRandom.bytes(Self.keyLength)
    ) {
        self.lifetime = lifetime
        self.rotation = rotation
        self.key = key
    }

    /// 256 bits.
    package static let keyLength = 32
}
