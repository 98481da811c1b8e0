//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Takes an earlier message back (XEP-0424 Message Retraction §3).
package struct MessageRetraction: Payload, Equatable {
    package static let namespace = "urn:xmpp:message-retract:1"
    /// Archives keep tombstones (XEP-0424 §4).
    package static let tombstoneFeature = "urn:xmpp:message-retract:1#tombstone"

    /// The earlier message.
    package var id: String

    package init(_ id: String) {
        self.id = id
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("retract", Self.namespace)
        id = try element.required("id")
    }

    package var element: XMLElement { XMLElement("retract", Self.namespace, ["id": id]) }
}

/// Stands where a message was that has been taken back (XEP-0424 §4).
package struct Tombstone: Payload, Equatable {
    /// The message that took it back.
    package var id: String
    /// When it was taken back.
    package var stamp: Timestamp?
    /// Who took it back, if not the author.
    package var by: JID?

    package init(_ id: String, stamp: Timestamp? = nil, by: JID? = nil) {
        self.id = id
        self.stamp = stamp
        self.by = by
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("retracted", MessageRetraction.namespace)
        self.init(try element.required("id"), stamp: try element.timestamp("stamp"), by: try element.jid("by"))
    }

    package var element: XMLElement {
        XMLElement(
            "retracted", MessageRetraction.namespace,
            ["id": id, "stamp": stamp?.description, "by": by?.description])
    }
}
