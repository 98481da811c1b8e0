//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Asking for, and giving, the word that a message arrived (XEP-0184 Message Delivery Receipts).
package enum DeliveryReceipt: Payload, Equatable {
    /// Wants to know.
    case request
    /// The message of this id arrived.
    case received(id: String)

    package static let namespace = "urn:xmpp:receipts"

    package init(_ element: XMLElement) throws(PayloadError) {
        guard element.namespace == Self.namespace else { throw PayloadError(element.name, "no receipt") }
        switch element.name {
        case "request": self = .request
        case "received": self = .received(id: try element.required("id"))
        default: throw PayloadError(element.name, "no receipt")
        }
    }

    package var element: XMLElement {
        switch self {
        case .request: XMLElement("request", Self.namespace)
        case .received(let id): XMLElement("received", Self.namespace, ["id": id])
        }
    }
}
