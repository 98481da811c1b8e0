//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// That a stanza was held back, since when, and by whom (XEP-0203 Delayed Delivery).
package struct DelayedDelivery: Payload, Equatable {
    package static let namespace = "urn:xmpp:delay"

    /// When the stanza was sent first.
    package var stamp: Timestamp
    /// Who held it back.
    package var from: JID?
    package var reason: String?

    package init(stamp: Timestamp, from: JID? = nil, reason: String? = nil) {
        self.stamp = stamp
        self.from = from
        self.reason = reason
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("delay", Self.namespace)
        guard let stamp = try element.timestamp("stamp") else { throw PayloadError("delay", "no 'stamp'") }
        let reason = element.trimmedText
        self.init(stamp: stamp, from: try element.jid("from"), reason: reason.isEmpty ? nil : reason)
    }

    package var element: XMLElement {
        XMLElement("delay", Self.namespace, ["from": from?.description, "stamp": stamp.description]) {
            if let reason { reason }
        }
    }
}
