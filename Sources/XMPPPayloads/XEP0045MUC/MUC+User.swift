//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension MUC {
    /// What a room says about occupants, and invitations by way of the room (XEP-0045, `muc#user`).
    package struct User: Payload, Equatable {
        package var items: [Item]
        package var statuses: [Status]
        /// Mediated invitations: to the room with `to`, from the room with `from` (XEP-0045 §7.8.2).
        package var invitations: [Invitation]
        package var decline: Decline?
        package var destruction: Destruction?
        /// The room's password, along with an invitation.
        package var password: String?

        package init(
            items: [Item] = [], statuses: [Status] = [], invitations: [Invitation] = [], decline: Decline? = nil,
            destruction: Destruction? = nil, password: String? = nil
        ) {
            self.items = items
            self.statuses = statuses
            self.invitations = invitations
            self.decline = decline
            self.destruction = destruction
            self.password = password
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("x", MUC.userNamespace)
            self.init(password: element.childText("password"))
            for child in element.children where child.namespace == MUC.userNamespace {
                switch child.name {
                case "item": items.append(try Item(child))
                case "status":
                    guard let code = try child.number("code", in: 100...999), let status = Status(rawValue: code)
                    else { throw PayloadError("status", "no 'code'") }
                    statuses.append(status)
                case "invite": invitations.append(try Invitation(child))
                case "decline": decline = try Decline(child)
                case "destroy": destruction = try Destruction(child)
                default: break
                }
            }
        }

        package var element: XMLElement {
            XMLElement("x", MUC.userNamespace) {
                items.map(\.element)
                statuses.map { XMLElement("status", MUC.userNamespace, ["code": String($0.rawValue)]) }
                invitations.map(\.element)
                if let decline { decline.element }
                if let destruction { destruction.element }
                if let password { XMLElement("password", MUC.userNamespace, text: password) }
            }
        }
    }

    /// Who an occupant is to the room.
    package struct Item: Equatable, Sendable {
        package var affiliation: Affiliation?
        package var role: Role?
        /// The real address, where one may see it.
        package var jid: JID?
        /// The new nickname, with status 303.
        package var nickname: String?
        /// Who did it, with a kick or ban.
        package var actor: Actor?
        package var reason: String?

        package init(
            affiliation: Affiliation? = nil, role: Role? = nil, jid: JID? = nil, nickname: String? = nil,
            actor: Actor? = nil, reason: String? = nil
        ) {
            self.affiliation = affiliation
            self.role = role
            self.jid = jid
            self.nickname = nickname
            self.actor = actor
            self.reason = reason
        }

        init(_ element: XMLElement) throws(PayloadError) {
            affiliation = try element.value("affiliation")
            role = try element.value("role")
            jid = try element.jid("jid")
            nickname = element["nick"]
            reason = element.childText("reason")
            if let actor = element.child("actor", MUC.userNamespace) {
                self.actor = Actor(jid: try actor.jid("jid"), nickname: actor["nick"])
            }
        }

        var element: XMLElement {
            XMLElement(
                "item", MUC.userNamespace,
                [
                    "affiliation": affiliation?.rawValue, "role": role?.rawValue, "jid": jid?.description,
                    "nick": nickname,
                ]
            ) {
                if let actor {
                    XMLElement(
                        "actor", MUC.userNamespace, ["jid": actor.jid?.description, "nick": actor.nickname])
                }
                if let reason { XMLElement("reason", MUC.userNamespace, text: reason) }
            }
        }
    }

    /// Who kicked or banned somebody.
    package struct Actor: Equatable, Sendable {
        package var jid: JID?
        package var nickname: String?

        package init(jid: JID? = nil, nickname: String? = nil) {
            self.jid = jid
            self.nickname = nickname
        }
    }
}
