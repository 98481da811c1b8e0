//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One thing that was done to reach a domain, for operators and their log.
package struct ConnectStep: Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// The SRV records of the domain.
        case services
        /// The addresses of a host.
        case addresses
        /// A TCP connection.
        case connection
    }

    package let kind: Kind
    /// What was asked for or connected to.
    package let subject: String
    package let isFailure: Bool
    /// What came of it.
    package let detail: String

    package init(_ kind: Kind, _ subject: String, isFailure: Bool = false, _ detail: String) {
        self.kind = kind
        self.subject = subject
        self.isFailure = isFailure
        self.detail = detail
    }

    package var description: String { "\(subject): \(detail)" }
}
