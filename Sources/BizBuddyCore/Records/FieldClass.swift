//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Who may see a field of a customer's record.
package enum FieldClass: String, Hashable, Sendable, Codable, CaseIterable, Comparable {
    /// Everybody who serves customers, people of other companies too.
    case `public`
    /// The company's own agents.
    case business
    /// On demand only, and every look is written down.
    case sensitive
    /// Nobody: an answer of the customer can be compared with it.
    case secret

    package static func < (left: FieldClass, right: FieldClass) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .public: 0
        case .business: 1
        case .sensitive: 2
        case .secret: 3
        }
    }

    /// Whether the value stays out of offers, logs and archives.
    package var isWithheld: Bool { self >= .sensitive }
}

extension CustomerRecord {
    /// The same with other fields.
    package func with(fields: [Field]) -> CustomerRecord {
        CustomerRecord(
            customerID: customerID, displayName: displayName, source: source, match: match, fields: fields,
            candidates: candidates, reports: reports, history: history, warnings: warnings)
    }

    /// As it may be written down and offered: what is sensitive or secret is named, and its value left out.
    package var withheld: CustomerRecord {
        with(
            fields: fields.map { field in
                guard field.fieldClass.isWithheld else { return field }
                return Field(
                    key: field.key, label: field.label, value: "", source: field.source, fieldClass: field.fieldClass)
            })
    }

    /// For somebody who may see no more than a class.
    package func limited(to highest: FieldClass) -> CustomerRecord {
        let isOwn = highest >= .business
        return CustomerRecord(
            customerID: customerID, displayName: displayName, source: source, match: match,
            fields: fields.filter { $0.fieldClass <= highest }, candidates: isOwn ? candidates : [], reports: reports,
            history: isOwn ? history : [], warnings: isOwn ? warnings : [])
    }
}

extension RecordLookup {
    /// For somebody who may see no more than a class.
    package func limited(to highest: FieldClass) -> RecordLookup {
        if case .found(let record) = self { .found(record.limited(to: highest)) } else { self }
    }
}

extension Offer {
    /// The same with another card.
    package func showing(_ lookup: RecordLookup) -> Offer {
        Offer(
            number: number, agent: agent, conversation: conversation, department: department,
            departmentName: departmentName, customer: customer, customerName: customerName, contact: contact,
            waitingSince: waitingSince, until: until, question: question, textCount: textCount, lookup: lookup,
            transfer: transfer)
    }
}
