//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A line of the consent ledger: a customer's yes or no to something, with what was asked and which message said it.
package struct Consent: Hashable, Sendable, Codable {
    package let customer: CustomerAddress
    /// The channel: who asked, and over what.
    package let contact: ContactAddress
    /// What it is about, such as `alerts/gizmo`.
    package let purpose: String
    package let isGiven: Bool
    /// The words that were agreed to; of a no, the customer's own.
    package let text: String
    /// The name of the message by which it was said; empty where there is none.
    package let proof: String
    /// Who wrote it down: an agent, or the customer.
    package let actor: String
    package let at: Instant

    /// Characters of a purpose, and of the words.
    package static let purposeLength = 100
    private static let textLength = 500

    package init(
        customer: CustomerAddress, contact: ContactAddress, purpose: String, isGiven: Bool, text: String,
        proof: String, actor: String, at: Instant
    ) {
        self.customer = customer
        self.contact = contact
        self.purpose = String(purpose.prefix(Self.purposeLength))
        self.isGiven = isGiven
        self.text = String(text.prefix(Self.textLength))
        self.proof = String(proof.prefix(Self.textLength))
        self.actor = actor
        self.at = at
    }
}
