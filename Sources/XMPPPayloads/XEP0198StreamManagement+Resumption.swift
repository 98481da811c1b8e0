//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension StreamManagement {
    /// Enabling or resuming did not work (XEP-0198 §3, §5).
    package struct Failed: Payload, Equatable {
        package var condition: StanzaError.Condition?
        /// Stanzas of the lost session that were handled, where the server still knows.
        package var handled: UInt32?

        package init(_ condition: StanzaError.Condition? = nil, handled: UInt32? = nil) {
            self.condition = condition
            self.handled = handled
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("failed", namespace)
            handled = try element.number("h", in: 0...UInt32.max)
            condition =
                element.children.lazy.filter { $0.namespace == Namespace.stanzaErrors }
                .compactMap { StanzaError.Condition(rawValue: $0.name) }.first
        }

        package var element: XMLElement {
            XMLElement("failed", namespace, ["h": handled.map { String($0) }]) {
                if let condition { XMLElement(condition.rawValue, Namespace.stanzaErrors) }
            }
        }
    }

    /// The wish to go on with a session (XEP-0198 §5).
    package struct Resume: Payload, Equatable {
        /// The id of the session.
        package var previous: String
        package var handled: UInt32

        package init(previous: String, handled: UInt32) {
            self.previous = previous
            self.handled = handled
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("resume", namespace)
            self.init(previous: try element.required("previd"), handled: try requiredCount(element))
        }

        package var element: XMLElement {
            XMLElement("resume", namespace, ["h": String(handled), "previd": previous])
        }
    }

    /// The session goes on (XEP-0198 §5).
    package struct Resumed: Payload, Equatable {
        /// The id of the session.
        package var previous: String
        package var handled: UInt32

        package init(previous: String, handled: UInt32) {
            self.previous = previous
            self.handled = handled
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("resumed", namespace)
            self.init(previous: try element.required("previd"), handled: try requiredCount(element))
        }

        package var element: XMLElement {
            XMLElement("resumed", namespace, ["h": String(handled), "previd": previous])
        }
    }

    /// Beside the stream error: more was acknowledged than had been sent (XEP-0198 §4).
    package static func handledCountTooHigh(handled: UInt32, sent: UInt32) -> XMLElement {
        XMLElement("handled-count-too-high", namespace, ["h": String(handled), "send-count": String(sent)])
    }
}
