//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Why a string is no JID (RFC 7622).
///
/// On the wire each of these is `<jid-malformed/>` (RFC 6120 §8.3.3.8); the reason is for logs and people.
package struct JIDError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The part of the address at fault.
    package enum Part: String, Sendable, CaseIterable {
        case local
        case domain
        case resource
        /// No part of an address: a string checked on its own, such as a password.
        case string
    }

    /// What is wrong with it.
    package enum Reason: String, Sendable, CaseIterable {
        /// Zero octets although the separator is there, or no domain at all.
        case empty
        /// More than 1023 octets after preparation (RFC 7622 §3.1).
        case tooLong = "too long"
        /// Bytes that are not UTF-8.
        case notUTF8 = "not UTF-8"
        /// A code point outside the string class, or one RFC 7622 §3.3.1 forbids.
        case forbiddenCharacter = "forbidden character"
        /// A code point only allowed in another context (RFC 5892, appendix A).
        case contextRule = "character out of context"
        /// Right-to-left text that breaks the Bidi rule (RFC 5893 §2).
        case bidiRule = "bidi rule"
        /// Applying the profile again and again does not come to rest (RFC 8264 §7).
        case unstable
        /// A leading space (RFC 7622 §3.5, example 18).
        case leadingSpace = "leading space"
        /// A domain label that is empty, longer than 63 octets, reserved, or edged by a hyphen.
        case label = "bad label"
        /// IDNA2008 refuses the domain.
        case idna = "not an internationalized domain name"
        /// Brackets without an IPv6 address in them.
        case ipLiteral = "bad IP literal"
    }

    /// The part of the address at fault.
    package let part: Part
    /// What is wrong with it.
    package let reason: Reason

    package init(_ part: Part, _ reason: Reason) {
        self.part = part
        self.reason = reason
    }

    /// Free of the offending text, so that it may be logged.
    package var description: String { "\(part.rawValue): \(reason.rawValue)" }
}
