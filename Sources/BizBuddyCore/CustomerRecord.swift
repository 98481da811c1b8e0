//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the company knows about a customer, as an agent sees it before accepting.
package struct CustomerRecord: Hashable, Sendable, Codable {
    /// How sure the source is that the record is this person's.
    package enum Match: String, Hashable, Sendable, Codable {
        /// The address is registered with the record.
        case exact
        /// Something else pointed there; to be confirmed with the customer.
        case probable
    }

    /// One line of the record.
    package struct Field: Hashable, Sendable, Codable {
        /// Machine's name (`plan`).
        package let key: String
        /// Person's name ("Plan").
        package let label: String
        package let value: String

        package init(key: String, label: String, value: String) {
            self.key = key
            self.label = label
            self.value = value
        }
    }

    package let customerID: String
    package let displayName: String
    /// Name of the source (`directory`).
    package let source: String
    package let match: Match
    /// In the order of the source.
    package let fields: [Field]

    package init(customerID: String, displayName: String, source: String, match: Match, fields: [Field]) {
        self.customerID = customerID
        self.displayName = displayName
        self.source = source
        self.match = match
        self.fields = fields
    }
}

/// Where the search for a customer's record stands.
package enum RecordLookup: Hashable, Sendable, Codable {
    /// Under way; an offer waits for it until the soft deadline.
    case pending
    /// Under way, but its deadline is over: offers no longer wait, a result still updates them.
    case late
    case found(CustomerRecord)
    /// The sources know nobody at this address.
    case notFound
    /// No source could be asked; the reason is for staff.
    case failed(String)

    package var record: CustomerRecord? {
        if case .found(let record) = self { record } else { nil }
    }
}
