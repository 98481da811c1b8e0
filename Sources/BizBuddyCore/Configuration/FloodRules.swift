//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How much one customer, or one domain, may ask of the service.
package struct FloodRules: Hashable, Sendable, Codable, Defaulted {
    /// Texts of one customer in a minute, on average; three times as many may come at once. Nil for any number.
    package var textsPerMinute: Int? = 60
    /// Conversations that one customer may have open, with different contacts.
    package var conversationsPerCustomer: Int? = 5
    /// Customers of one domain who may stand in line.
    package var waitingPerDomain: Int?

    package init() {}

    static var former: Self {
        var rules = Self()
        rules.textsPerMinute = nil
        rules.conversationsPerCustomer = nil
        return rules
    }
}
