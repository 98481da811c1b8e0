//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPSASL
package import XMPPTLS

/// What a listener asks of its streams before a session is bound.
package struct ResponderPolicy: Sendable {
    /// The transport is TLS from the first byte (XEP-0368).
    package var isDirectTLS: Bool
    /// Nothing but `<starttls/>` before TLS (RFC 6120 §5.3.1). False only where plaintext was asked for.
    package var requiresTLS: Bool
    /// Offered, by IANA name; nil = all.
    package var mechanisms: Set<String>?
    /// PLAIN also without TLS, where `requiresTLS` is false.
    package var allowsPlainWithoutTLS: Bool
    /// XEP-0077 before log-in, by host.
    package var allowsRegistration: @Sendable (String) -> Bool
    /// Accounts may be made with an invitation, whatever the host (XEP-0445).
    package var allowsInvitations: Bool
    /// Failed attempts to log in to an account before the stream is closed (RFC 6120 §6.4.5); those that never got as far
    /// as to name one may be three times as many.
    package var saslAttempts: Int
    /// Whether a domain is served here.
    package var isHost: @Sendable (String) -> Bool
    /// From which the credentials of unknown users are made up.
    package var secret: SASLServerSecret
    package var normaliser: SASLNormaliser
    /// Hashes that every account of a host has keys for.
    package var hashes: @Sendable (String) -> Set<HashFunction> = { _ in [.sha256, .sha1] }
    /// Whether a host takes visitors (XEP-0175).
    package var allowsAnonymous: @Sendable (String) -> Bool = { _ in false }
    /// XEP-0388, beside the profile of RFC 6120.
    package var offersSASL2 = true
    /// Namespaces of what can be enabled with Bind 2 (XEP-0386).
    package var bind2Features: [String] = []
    /// XEP-0484.
    package var givesTokens = true
    /// SCRAM mechanisms whose keys accounts are to have (XEP-0480).
    package var upgrades: [SASLMechanism] = []
    /// PBKDF2 iterations of new keys.
    package var iterations = SCRAMCredentials.defaultIterations
    /// Shared by the streams of one policy.
    package var cache = StreamFeatureCache()

    package init(
        isDirectTLS: Bool = false, requiresTLS: Bool = true, mechanisms: Set<String>? = nil,
        allowsPlainWithoutTLS: Bool = false, allowsRegistration: @escaping @Sendable (String) -> Bool = { _ in false },
        allowsInvitations: Bool = false, saslAttempts: Int = 5, isHost: @escaping @Sendable (String) -> Bool,
        secret: SASLServerSecret, normaliser: SASLNormaliser
    ) {
        self.isDirectTLS = isDirectTLS
        self.requiresTLS = requiresTLS
        self.mechanisms = mechanisms
        self.allowsPlainWithoutTLS = allowsPlainWithoutTLS
        self.allowsRegistration = allowsRegistration
        self.allowsInvitations = allowsInvitations
        self.saslAttempts = saslAttempts
        self.isHost = isHost
        self.secret = secret
        self.normaliser = normaliser
    }
}
