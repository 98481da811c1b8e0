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

    /// How a source has answered.
    package struct Source: Sendable, Equatable {
        package enum State: String, Sendable, CaseIterable {
            case found
            /// Still being asked.
            case pending
            case failed
        }

        package var name: String
        package var state: State
        /// Seconds since it said so.
        package var age: Int?
        /// Why it has failed.
        package var reason: String?

        package init(_ name: String, _ state: State, age: Int? = nil, reason: String? = nil) {
            self.name = name
            self.state = state
            self.age = age
            self.reason = reason
        }

        init(_ element: XMLElement) throws(PayloadError) {
            guard let state = try element.value("state", as: State.self) else {
                throw PayloadError("source", "no 'state'")
            }
            self.init(
                try element.required("name"), state, age: element["age"].flatMap { Int($0) }, reason: element["reason"])
        }

        var element: XMLElement {
            XMLElement(
                "source", BizBuddyDepartment.namespace,
                ["name": name, "state": state.rawValue, "age": age.map { String($0) }, "reason": reason])
        }
    }

    /// The customer's id in the source; empty for somebody the company has no number for.
    package var customer: String
    /// The name of the source, such as `directory`.
    package var source: String
    package var match: Match
    /// The fields, in a form of type `result`.
    package var form: DataForm?
    /// Sources that have failed, are still being asked, or whose answer is not of now.
    package var sources: [Source] = []

    package init(customer: String, source: String, match: Match, form: DataForm? = nil, sources: [Source] = []) {
        self.sources = sources
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
        for child in element.children("source", BizBuddyDepartment.namespace) { sources.append(try Source(child)) }
        if let form = element.child("x", DataForm.namespace) { self.form = try DataForm(form) }
    }

    package var element: XMLElement {
        XMLElement(
            "record", BizBuddyDepartment.namespace,
            ["customer": customer, "source": source, "match": match.rawValue]
        ) {
            sources.map(\.element)
            if let form { form.element }
        }
    }
}
