//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

extension MUC {
    /// An invitation by way of the room (XEP-0045 §7.8.2).
    package struct Invitation: Equatable, Sendable {
        /// Whom to invite; set on the way to the room.
        package var to: JID?
        /// Who invites; set on the way from the room.
        package var from: JID?
        package var reason: String?
        /// Set when a one-to-one chat goes on in the room (XEP-0045 §7.9).
        package var continuation: Continuation?

        package init(to: JID? = nil, from: JID? = nil, reason: String? = nil, continuation: Continuation? = nil) {
            self.to = to
            self.from = from
            self.reason = reason
            self.continuation = continuation
        }

        init(_ element: XMLElement) throws(PayloadError) {
            to = try element.jid("to")
            from = try element.jid("from")
            reason = element.childText("reason")
            continuation = element.child("continue", MUC.userNamespace).map { Continuation(thread: $0["thread"]) }
        }

        var element: XMLElement {
            XMLElement("invite", MUC.userNamespace, ["from": from?.description, "to": to?.description]) {
                if let reason { XMLElement("reason", MUC.userNamespace, text: reason) }
                if let continuation {
                    XMLElement("continue", MUC.userNamespace, ["thread": continuation.thread])
                }
            }
        }
    }

    /// The chat that goes on in the room.
    package struct Continuation: Equatable, Sendable {
        package var thread: String?

        package init(thread: String? = nil) {
            self.thread = thread
        }
    }

    /// The answer "no" to an invitation, by way of the room (XEP-0045 §7.8.2).
    package struct Decline: Equatable, Sendable {
        /// Who had invited; set on the way to the room.
        package var to: JID?
        /// Who declines; set on the way from the room.
        package var from: JID?
        package var reason: String?

        package init(to: JID? = nil, from: JID? = nil, reason: String? = nil) {
            self.to = to
            self.from = from
            self.reason = reason
        }

        init(_ element: XMLElement) throws(PayloadError) {
            to = try element.jid("to")
            from = try element.jid("from")
            reason = element.childText("reason")
        }

        var element: XMLElement {
            XMLElement("decline", MUC.userNamespace, ["from": from?.description, "to": to?.description]) {
                if let reason { XMLElement("reason", MUC.userNamespace, text: reason) }
            }
        }
    }

    /// The end of a room (XEP-0045 §10.9).
    package struct Destruction: Equatable, Sendable {
        /// Where to go instead.
        package var alternative: JID?
        package var reason: String?

        package init(alternative: JID? = nil, reason: String? = nil) {
            self.alternative = alternative
            self.reason = reason
        }

        init(_ element: XMLElement) throws(PayloadError) {
            alternative = try element.jid("jid")
            reason = element.childText("reason")
        }

        var element: XMLElement {
            XMLElement("destroy", MUC.userNamespace, ["jid": alternative?.description]) {
                if let reason { XMLElement("reason", MUC.userNamespace, text: reason) }
            }
        }
    }
}
