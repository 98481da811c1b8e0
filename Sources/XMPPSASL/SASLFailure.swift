//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Why an authentication failed: what the peer is told, and a detail for our log only.
package struct SASLFailure: Error, Sendable, Equatable {
    /// The conditions of RFC 6120 §6.5. Raw values are the element names.
    package enum Condition: String, Sendable, CaseIterable {
        case aborted
        case accountDisabled = "account-disabled"
        case credentialsExpired = "credentials-expired"
        case encryptionRequired = "encryption-required"
        case incorrectEncoding = "incorrect-encoding"
        case invalidAuthzid = "invalid-authzid"
        case invalidMechanism = "invalid-mechanism"
        case malformedRequest = "malformed-request"
        case mechanismTooWeak = "mechanism-too-weak"
        case notAuthorized = "not-authorized"
        case temporaryAuthFailure = "temporary-auth-failure"
    }

    /// The text sent with every failure: the same for all, so that it tells nothing about accounts.
    package static let text = "Authentication failed."

    package let condition: Condition
    /// What exactly was wrong, for the log. Never holds a name or a secret, and is never sent.
    package let detail: String

    package init(_ condition: Condition, _ detail: String = "") {
        self.condition = condition
        self.detail = detail
    }

    static func malformed(_ detail: String) -> SASLFailure { SASLFailure(.malformedRequest, detail) }
    static func notAuthorized(_ detail: String) -> SASLFailure { SASLFailure(.notAuthorized, detail) }
}
