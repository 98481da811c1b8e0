//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPTLS

/// The SASL mechanisms we implement, by IANA name, in our order of preference: with channel binding first, then by hash.
package enum SASLMechanism: String, Sendable, Hashable, CaseIterable {
    case scramSHA512Plus = "SCRAM-SHA-512-PLUS"
    case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
    case scramSHA1Plus = "SCRAM-SHA-1-PLUS"
    case scramSHA512 = "SCRAM-SHA-512"
    case scramSHA256 = "SCRAM-SHA-256"
    case scramSHA1 = "SCRAM-SHA-1"
    case plain = "PLAIN"

    /// The hash of a SCRAM mechanism; nil for PLAIN.
    package var hash: HashFunction? {
        switch self {
        case .scramSHA512Plus, .scramSHA512: .sha512
        case .scramSHA256Plus, .scramSHA256: .sha256
        case .scramSHA1Plus, .scramSHA1: .sha1
        case .plain: nil
        }
    }

    /// Whether the mechanism binds to the channel.
    package var isPlus: Bool {
        switch self {
        case .scramSHA512Plus, .scramSHA256Plus, .scramSHA1Plus: true
        case .scramSHA512, .scramSHA256, .scramSHA1, .plain: false
        }
    }
}
