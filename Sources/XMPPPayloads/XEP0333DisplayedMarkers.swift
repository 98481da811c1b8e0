//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// That a message was seen by a person, and the wish to know of it (XEP-0333 Displayed Markers).
package enum DisplayedMarker: Payload, Equatable {
    /// The sender wants to know (XEP-0333 §4.1).
    case markable
    /// The message with this id was displayed, and all before it (XEP-0333 §4.2).
    case displayed(id: String)

    package static let namespace = "urn:xmpp:chat-markers:0"

    package init(_ element: XMLElement) throws(PayloadError) {
        switch (element.name, element.namespace) {
        case ("markable", Self.namespace): self = .markable
        case ("displayed", Self.namespace): self = .displayed(id: try element.required("id"))
        default: throw PayloadError(element.name, "no displayed marker")
        }
    }

    package var element: XMLElement {
        switch self {
        case .markable: XMLElement("markable", Self.namespace)
        case .displayed(let id): XMLElement("displayed", Self.namespace, ["id": id])
        }
    }
}
