//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPTLS

/// The SASL mechanisms we implement, by IANA name, in our order of preference: with channel binding first, then by hash.
package enum SASLMechanism: String, Sendable, Hashable, CaseIterable {
    /// The client's certificate (RFC 4422 Appendix A, XEP-0178).
    case external = "EXTERNAL"
    case scramSHA512Plus = "SCRAM-SHA-512-PLUS"
    case scramSHA256Plus = "SCRAM-SHA-256-PLUS"
    case scramSHA1Plus = "SCRAM-SHA-1-PLUS"
    case scramSHA512 = "SCRAM-SHA-512"
    case scramSHA256 = "SCRAM-SHA-256"
    case scramSHA1 = "SCRAM-SHA-1"
    case plain = "PLAIN"
    /// Nobody in particular (RFC 4505, XEP-0175).
    case anonymous = "ANONYMOUS"
    /// A token of the server's in place of a password, in one round trip (XEP-0484): for XEP-0388 only, and never listed
    /// among the mechanisms.
    case tokenExporter = "HT-SHA-256-EXPR"
    case tokenEndPoint = "HT-SHA-256-ENDP"
    case tokenUnbound = "HT-SHA-256-NONE"

    /// The hash of a SCRAM mechanism; nil for others.
    package var hash: HashFunction? {
        switch self {
        case .scramSHA512Plus, .scramSHA512: .sha512
        case .scramSHA256Plus, .scramSHA256: .sha256
        case .scramSHA1Plus, .scramSHA1: .sha1
        case .external, .plain, .anonymous, .tokenExporter, .tokenEndPoint, .tokenUnbound: nil
        }
    }

    /// Whether it is a SCRAM mechanism that binds to the channel.
    package var isPlus: Bool {
        switch self {
        case .scramSHA512Plus, .scramSHA256Plus, .scramSHA1Plus: true
        default: false
        }
    }

    /// Whether it takes a token instead of a password.
    package var isToken: Bool {
        switch self {
        case .tokenExporter, .tokenEndPoint, .tokenUnbound: true
        default: false
        }
    }

    /// The channel binding of a mechanism that takes a token, if it has one.
    package var tokenBinding: ChannelBindingType? {
        switch self {
        case .tokenExporter: .tlsExporter
        case .tokenEndPoint: .tlsServerEndPoint
        default: nil
        }
    }

    /// Whether the client shows that it knows the password.
    package var usesPassword: Bool { hash != nil || self == .plain }
}
