//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What time it is at an entity (XEP-0202 Entity Time).
package struct EntityTime: Payload, Equatable {
    package static let namespace = "urn:xmpp:time"
    /// The question.
    package static let request = XMLElement("time", namespace)

    package var utc: Timestamp
    /// Minutes ahead of UTC, -840…840.
    package var offset: Int

    package init(utc: Timestamp, offset: Int = 0) {
        self.utc = utc
        self.offset = offset
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("time", Self.namespace)
        guard let utc = (element.child("utc", Self.namespace)?.trimmedText).flatMap({ Timestamp($0) }) else {
            throw PayloadError("utc", "no date and time")
        }
        guard let zone = element.child("tzo", Self.namespace)?.trimmedText, let offset = Self.offset(zone) else {
            throw PayloadError("tzo", "no time zone offset")
        }
        self.init(utc: utc, offset: offset)
    }

    package var element: XMLElement {
        XMLElement("time", Self.namespace) {
            XMLElement("tzo", Self.namespace, text: zone)
            XMLElement("utc", Self.namespace, text: utc.description)
        }
    }

    /// `Z` or `±hh:mm`; read by way of a whole DateTime, whose zone it could be.
    private static func offset(_ zone: String) -> Int? {
        guard let shifted = Timestamp("1970-01-01T00:00:00" + zone), shifted.milliseconds % 60_000 == 0 else {
            return nil
        }
        return Int(-shifted.milliseconds / 60_000)
    }

    private var zone: String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let minutes = abs(offset)
        return "\(offset < 0 ? "-" : "+")\(two(minutes / 60)):\(two(minutes % 60))"
    }
}
