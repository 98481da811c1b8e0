//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// That a message stands in an earlier one's place (XEP-0308 Last Message Correction §4).
package struct MessageCorrection: Payload, Equatable {
    package static let namespace = "urn:xmpp:message-correct:0"

    /// The id of the message as it was first.
    package var id: String

    package init(_ id: String) {
        self.id = id
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("replace", Self.namespace)
        id = try element.required("id")
    }

    package var element: XMLElement { XMLElement("replace", Self.namespace, ["id": id]) }
}
