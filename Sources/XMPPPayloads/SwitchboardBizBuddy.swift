//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// How a department is doing, in the presence of a BizBuddy contact (Switchboard, BizBuddy).
package struct BizBuddyDepartment: Payload, Equatable {
    package static let namespace = "urn:switchboard:bizbuddy:1"

    package enum State: String, Sendable, CaseIterable {
        case open
        /// Open, with a long wait.
        case busy
        case closed
    }

    /// How long one is likely to wait, in minutes; coarse, so that no queue length leaks.
    package enum Wait: String, Sendable, CaseIterable {
        case underOne = "<1"
        case upToThree = "1-3"
        case upToFive = "3-5"
        case upToTen = "5-10"
        case upToTwenty = "10-20"
        case overTwenty = ">20"
    }

    package var state: State
    package var wait: Wait?
    /// When a closed department opens next.
    package var reopens: Timestamp?

    package init(_ state: State, wait: Wait? = nil, reopens: Timestamp? = nil) {
        self.state = state
        self.wait = wait
        self.reopens = reopens
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("department", Self.namespace)
        guard let state = try element.value("state", as: State.self) else {
            throw PayloadError("department", "no 'state'")
        }
        self.init(state, wait: try element.value("wait"), reopens: try element.timestamp("reopens"))
    }

    package var element: XMLElement {
        XMLElement(
            "department", Self.namespace,
            ["state": state.rawValue, "wait": wait?.rawValue, "reopens": reopens?.description])
    }
}

/// What the company knows about a customer, for the agent, in an offer (Switchboard, BizBuddy).
package struct BizBuddyRecord: Payload, Equatable {
    /// How sure the source is that this is the person.
    package enum Match: String, Sendable, CaseIterable {
        /// The address is registered with the record.
        case exact
        /// Something else pointed there.
        case probable
    }

    /// The customer's id in the source.
    package var customer: String
    /// The name of the source, such as `directory`.
    package var source: String
    package var match: Match
    /// The fields, in a form of type `result`.
    package var form: DataForm?

    package init(customer: String, source: String, match: Match, form: DataForm? = nil) {
        self.customer = customer
        self.source = source
        self.match = match
        self.form = form
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("record", BizBuddyDepartment.namespace)
        guard let match = try element.value("match", as: Match.self) else {
            throw PayloadError("record", "no 'match'")
        }
        self.init(
            customer: try element.required("customer"), source: try element.required("source"), match: match)
        if let form = element.child("x", DataForm.namespace) { self.form = try DataForm(form) }
    }

    package var element: XMLElement {
        XMLElement(
            "record", BizBuddyDepartment.namespace,
            ["customer": customer, "source": source, "match": match.rawValue]
        ) {
            if let form { form.element }
        }
    }
}
