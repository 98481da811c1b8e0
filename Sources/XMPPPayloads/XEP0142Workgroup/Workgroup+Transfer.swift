//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension Workgroup {
    /// Passing a customer on, or bringing somebody in, as Fastpath and its clients do it: asked for by an agent, and in
    /// the offer to the next one.
    package struct Transfer: Payload, Equatable {
        package enum Act: String, Sendable, CaseIterable {
            case transfer
            /// The agent stays.
            case invite
        }

        /// To whom.
        package enum Kind: String, Sendable, CaseIterable {
            case user
            case queue
            case workgroup
        }

        package var act: Act
        package var kind: Kind
        /// The conversation.
        package var session: String
        package var invitee: JID?
        package var inviter: JID?
        package var room: JID?
        package var reason: String?

        package init(
            _ kind: Kind, session: String, invitee: JID? = nil, inviter: JID? = nil, room: JID? = nil,
            reason: String? = nil, act: Act = .transfer
        ) {
            self.act = act
            self.kind = kind
            self.session = session
            self.invitee = invitee
            self.inviter = inviter
            self.room = room
            self.reason = reason
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            act = Act(rawValue: element.name) ?? .transfer
            try element.expect(act.rawValue, namespace)
            guard let kind = Kind(rawValue: try element.required("type")) else {
                throw PayloadError(element.name, "unknown type")
            }
            self.kind = kind
            guard let session = element.child("session", fastpathNamespace)?["id"] else {
                throw PayloadError(element.name, "no session")
            }
            self.session = session
            if let invitee = element.child("invitee", namespace) { self.invitee = try invitee.textJID() }
            if let inviter = element.child("inviter", namespace) { self.inviter = try inviter.textJID() }
            if let room = element.child("room", namespace) { self.room = try room.textJID() }
            reason = element.childText("reason")
        }

        package var element: XMLElement {
            XMLElement(act.rawValue, namespace, ["type": kind.rawValue]) {
                XMLElement("session", fastpathNamespace, ["id": session])
                if let invitee { XMLElement("invitee", namespace, text: invitee.description) }
                if let inviter { XMLElement("inviter", namespace, text: inviter.description) }
                if let room { XMLElement("room", namespace, text: room.description) }
                if let reason { XMLElement("reason", namespace, text: reason) }
            }
        }
    }
}
