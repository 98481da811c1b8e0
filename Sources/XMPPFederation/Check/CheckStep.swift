//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One thing that was looked at on the way to another server.
package struct CheckStep: Sendable, Equatable {
    /// In the order in which they are done.
    package enum Stage: String, Sendable, CaseIterable {
        /// The rules of this server.
        case policy
        /// SRV records and addresses.
        case dns
        /// Whether DNSSEC proves them, and TLSA records.
        case dnssec
        case tcp
        case tls
        case certificate
        /// What the other server offers.
        case features
        case authentication
    }

    package enum Outcome: String, Sendable {
        case ok
        /// It works, and could be better, or cannot be told from here.
        case note
        case failed
    }

    package let stage: Stage
    package let outcome: Outcome
    /// What was found.
    package let detail: String
    /// How to mend it, and who has to.
    package let remedy: String?

    package init(_ stage: Stage, _ outcome: Outcome = .ok, _ detail: String, remedy: String? = nil) {
        self.stage = stage
        self.outcome = outcome
        self.detail = detail
        self.remedy = remedy
    }
}

/// What came of a check.
package struct CheckReport: Sendable, Equatable {
    package let domain: String
    package let steps: [CheckStep]

    package init(domain: String, steps: [CheckStep]) {
        self.domain = domain
        self.steps = steps
    }

    /// Whether stanzas can be exchanged, as far as can be told from here.
    package var isOK: Bool { !steps.contains { $0.outcome == .failed } }
}
