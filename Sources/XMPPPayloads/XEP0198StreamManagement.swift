//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Acknowledgement of stanzas and resumption of streams (XEP-0198 Stream Management).
package enum StreamManagement {
    package static let namespace = "urn:xmpp:sm:3"
    /// Advertises it in stream features.
    package static let feature = XMLElement("sm", namespace)
    /// Asks for an acknowledgement.
    package static let request = XMLElement("r", namespace)

    /// Turns it on (XEP-0198 §3).
    package struct Enable: Payload, Equatable {
        /// Seconds the client would like to have for resumption; at least 1.
        package var maximumResumptionTime: Int?
        package var wantsResumption: Bool

        package init(maximumResumptionTime: Int? = nil, wantsResumption: Bool = false) {
            self.maximumResumptionTime = maximumResumptionTime
            self.wantsResumption = wantsResumption
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("enable", namespace)
            maximumResumptionTime = try element.number("max", in: 1...Int.max)
            wantsResumption = try element.boolean("resume")
        }

        package var element: XMLElement {
            XMLElement(
                "enable", namespace,
                ["max": maximumResumptionTime.map { String($0) }, "resume": wantsResumption.attribute])
        }
    }

    /// It is on (XEP-0198 §3).
    package struct Enabled: Payload, Equatable {
        /// The name to resume by.
        package var id: String?
        /// Where to reconnect best.
        package var location: String?
        /// Seconds the server will wait; at least 1.
        package var maximumResumptionTime: Int?
        package var allowsResumption: Bool

        package init(
            id: String? = nil, location: String? = nil, maximumResumptionTime: Int? = nil,
            allowsResumption: Bool = false
        ) {
            self.id = id
            self.location = location
            self.maximumResumptionTime = maximumResumptionTime
            self.allowsResumption = allowsResumption
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("enabled", namespace)
            id = element["id"]
            location = element["location"]
            maximumResumptionTime = try element.number("max", in: 1...Int.max)
            allowsResumption = try element.boolean("resume")
        }

        package var element: XMLElement {
            XMLElement(
                "enabled", namespace,
                [
                    "id": id, "location": location, "max": maximumResumptionTime.map { String($0) },
                    "resume": allowsResumption.attribute,
                ])
        }
    }

    /// How many stanzas have been handled, modulo 2³² (XEP-0198 §4).
    package struct Acknowledgement: Payload, Equatable {
        package var handled: UInt32

        package init(handled: UInt32) {
            self.handled = handled
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("a", namespace)
            handled = try requiredCount(element)
        }

        package var element: XMLElement { XMLElement("a", namespace, ["h": String(handled)]) }
    }

    static func requiredCount(_ element: XMLElement) throws(PayloadError) -> UInt32 {
        guard let count = try element.number("h", in: 0...UInt32.max) else {
            throw PayloadError(element.name, "no 'h'")
        }
        return count
    }
}
