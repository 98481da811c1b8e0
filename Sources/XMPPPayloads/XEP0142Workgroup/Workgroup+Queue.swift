//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// The customer's side (XEP-0142 §4.1).
extension Workgroup {
    /// The wish to be served, and the form for it (XEP-0142 §4.1.1).
    package struct JoinQueue: Payload, Equatable {
        /// Whether `<queue-status/>` shall be sent while waiting.
        package var wantsNotifications: Bool
        package var form: DataForm?
        /// Fastpath's name for an anonymous visitor.
        package var userID: String?
        /// What else of other namespaces comes along, such as ``Metadata``.
        package var payloads: [XMLElement]

        package init(
            wantsNotifications: Bool = false, form: DataForm? = nil, userID: String? = nil, payloads: [XMLElement] = []
        ) {
            self.wantsNotifications = wantsNotifications
            self.form = form
            self.userID = userID
            self.payloads = payloads
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("join-queue", namespace)
            wantsNotifications = element.hasChild("queue-notifications")
            userID = element.child("user", namespace)?["id"]
            payloads = element.foreignChildren.filter { $0.namespace != DataForm.namespace }
            if let form = element.child("x", DataForm.namespace) { self.form = try DataForm(form) }
        }

        package var element: XMLElement {
            XMLElement("join-queue", namespace) {
                if wantsNotifications { XMLElement("queue-notifications", namespace) }
                if let userID { XMLElement("user", namespace, ["id": userID]) }
                payloads
                if let form { form.element }
            }
        }
    }

    /// Where in the line one is, asked for or told (XEP-0142 §4.1.3).
    package struct QueueStatus: Payload, Equatable {
        /// How many are ahead; 0 for somebody who is being routed. Nil in a request.
        package var position: Int?
        /// Seconds one is likely to wait.
        package var time: Int?

        package init(position: Int? = nil, time: Int? = nil) {
            self.position = position
            self.time = time
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("queue-status", namespace)
            position = try element.childNumber("position", in: 0...Int.max)
            time = try element.childNumber("time", in: 0...Int.max)
        }

        package var element: XMLElement {
            XMLElement("queue-status", namespace) {
                number("position", position)
                number("time", time)
            }
        }
    }

    /// Leaving the line, asked for or told (XEP-0142 §4.1.2).
    package struct DepartQueue: Payload, Equatable {
        /// Who leaves, if not the sender.
        package var jid: JID?

        package init(jid: JID? = nil) {
            self.jid = jid
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("depart-queue", namespace)
            if let jid = element.child("jid", namespace) { self.jid = try jid.textJID() }
        }

        package var element: XMLElement {
            XMLElement("depart-queue", namespace) {
                if let jid { XMLElement("jid", namespace, text: jid.description) }
            }
        }
    }
}
