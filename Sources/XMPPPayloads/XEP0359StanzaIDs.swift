//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// The name somebody on the way, such as an archive, gave a stanza (XEP-0359 Unique and Stable Stanza IDs).
package struct StanzaID: Payload, Hashable {
    package static let namespace = "urn:xmpp:sid:0"

    package var id: String
    /// Who gave it. Trust it only if that entity would not let others give it in its name (XEP-0359 §6).
    package var by: JID

    package init(_ id: String, by: JID) {
        self.id = id
        self.by = by
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("stanza-id", Self.namespace)
        self.init(try element.required("id"), by: try element.requiredJID("by"))
    }

    package var element: XMLElement {
        XMLElement("stanza-id", Self.namespace, ["id": id, "by": by.description])
    }
}

/// The name the sender's client gave a stanza (XEP-0359 §3.2).
package struct OriginID: Payload, Hashable {
    package var id: String

    package init(_ id: String) {
        self.id = id
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("origin-id", StanzaID.namespace)
        self.init(try element.required("id"))
    }

    package var element: XMLElement { XMLElement("origin-id", StanzaID.namespace, ["id": id]) }
}
