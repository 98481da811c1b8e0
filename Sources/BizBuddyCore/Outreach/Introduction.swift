//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How a customer was given the company's contacts for a contact list. Each happens once.
package enum Introduction: String, Hashable, Sendable, CaseIterable {
    /// As a suggestion to a client that knows what to do with it (XEP-0144).
    case exchange
    /// As a link in a greeting (XEP-0147).
    case link
}
