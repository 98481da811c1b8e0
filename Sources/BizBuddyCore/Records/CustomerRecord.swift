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
        /// Only looks like it, by a name: shown as a possibility, never as the customer.
        case guessed
    }

    /// One line of the record.
    package struct Field: Hashable, Sendable, Codable {
        /// Machine's name (`plan`).
        package let key: String
        /// Person's name ("Plan").
        package let label: String
        /// Empty where it is withheld.
        package let value: String
        /// Where it comes from, if not from the record's own source.
        package let source: String?
        private let `class`: FieldClass?

        package init(
            key: String, label: String, value: String, source: String? = nil, fieldClass: FieldClass = .business
        ) {
            self.key = key
            self.label = label
            self.value = value
            self.source = source
            self.class = fieldClass == .business ? nil : fieldClass
        }

        package var fieldClass: FieldClass { self.class ?? .business }
    }

    /// Somebody else it could be.
    package struct Candidate: Hashable, Sendable, Codable {
        package let customerID: String
        package let displayName: String
        package let source: String

        package init(customerID: String, displayName: String, source: String) {
            self.customerID = customerID
            self.displayName = displayName
            self.source = source
        }
    }

    /// Empty when the company has no such customer and only others know something.
    package let customerID: String
    package let displayName: String
    /// Name of the source (`directory`).
    package let source: String
    package let match: Match
    /// In the order of the sources.
    package let fields: [Field]
    private let others: [Candidate]?
    private let asked: [SourceReport]?
    private let earlier: [String]?
    private let doubts: [String]?

    package init(
        customerID: String, displayName: String, source: String, match: Match, fields: [Field],
        candidates: [Candidate] = [], reports: [SourceReport] = [], history: [String] = [], warnings: [String] = []
    ) {
        self.customerID = customerID
        self.displayName = displayName
        self.source = source
        self.match = match
        self.fields = fields
        others = candidates.isEmpty ? nil : candidates
        asked = reports.isEmpty ? nil : reports
        earlier = history.isEmpty ? nil : history
        doubts = warnings.isEmpty ? nil : warnings
    }

    /// Whom else the address could belong to. Nothing of theirs is in `fields`.
    package var candidates: [Candidate] { others ?? [] }
    /// Sources that have failed, are still being asked, or whose answer is not of now.
    package var reports: [SourceReport] { asked ?? [] }
    /// Earlier conversations in a line each, latest first.
    package var history: [String] { earlier ?? [] }
    /// What agents should beware of, such as an address that looks like another customer's; in words for them.
    package var warnings: [String] { doubts ?? [] }
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
