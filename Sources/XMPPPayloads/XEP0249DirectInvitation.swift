//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// An invitation to a room, straight from the person who invites (XEP-0249 Direct MUC Invitations).
package struct DirectInvitation: Payload, Equatable {
    package static let namespace = "jabber:x:conference"

    package var room: JID
    package var password: String?
    package var reason: String?
    /// Whether a one-to-one chat goes on there, and its thread.
    package var isContinuation: Bool
    package var thread: String?

    package init(
        room: JID, password: String? = nil, reason: String? = nil, isContinuation: Bool = false, thread: String? = nil
    ) {
        self.room = room
        self.password = password
        self.reason = reason
        self.isContinuation = isContinuation
        self.thread = thread
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("x", Self.namespace)
        self.init(
            room: try element.requiredJID("jid"), password: element["password"], reason: element["reason"],
            isContinuation: try element.boolean("continue"), thread: element["thread"])
    }

    package var element: XMLElement {
        XMLElement(
            "x", Self.namespace,
            [
                "jid": room.description, "password": password, "reason": reason,
                "continue": isContinuation.attribute, "thread": thread,
            ])
    }
}
