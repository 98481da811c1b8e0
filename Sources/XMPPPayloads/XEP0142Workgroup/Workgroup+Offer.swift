//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Offers of customers to agents (XEP-0142 §4.2.4 to §4.2.7).
extension Workgroup {
    /// A customer, offered to an agent; beside an invitation, the customer that it is about.
    package struct Offer: Payload, Equatable {
        package var jid: JID
        /// Fastpath's name of the request; answers repeat it.
        package var id: String?
        /// Seconds the agent has to answer.
        package var timeout: Int?
        /// What is known about the customer, such as ``Metadata`` and ``BizBuddyRecord``.
        package var payloads: [XMLElement]

        package init(_ jid: JID, id: String? = nil, timeout: Int? = nil, payloads: [XMLElement] = []) {
            self.jid = jid
            self.id = id
            self.timeout = timeout
            self.payloads = payloads
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("offer", namespace)
            jid = try element.requiredJID("jid")
            id = element["id"]
            timeout = try element.childNumber("timeout", in: 0...Int.max)
            payloads = element.children.filter { !$0.isNamed("timeout", namespace) }
        }

        package var element: XMLElement {
            XMLElement("offer", namespace, ["jid": jid.description, "id": id]) {
                number("timeout", timeout)
                payloads
            }
        }

        /// The first payload of this kind.
        package func payload<Content: Payload>(
            _ name: String, _ namespace: String, as type: Content.Type = Content.self
        ) throws(PayloadError) -> Content? {
            guard let element = payloads.first(where: { $0.isNamed(name, namespace) }) else { return nil }
            return try Content(element)
        }
    }

    /// The agent takes the customer.
    package struct OfferAccept: Payload, Equatable {
        /// The customer; left out by Smack's agents, who name the offer alone.
        package var jid: JID?
        /// As in the offer, for Fastpath.
        package var id: String?

        package init(_ jid: JID?, id: String? = nil) {
            self.jid = jid
            self.id = id
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("offer-accept", namespace)
            self.init(try element.jid("jid"), id: element["id"])
            if jid == nil, id == nil { throw PayloadError("offer-accept", "neither 'jid' nor 'id'") }
        }

        package var element: XMLElement {
            XMLElement("offer-accept", namespace, ["jid": jid?.description, "id": id])
        }
    }

    /// The agent does not take the customer.
    package struct OfferReject: Payload, Equatable {
        /// The customer; left out by Smack's agents, who name the offer alone.
        package var jid: JID?
        /// As in the offer, for Fastpath.
        package var id: String?

        package init(_ jid: JID?, id: String? = nil) {
            self.jid = jid
            self.id = id
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("offer-reject", namespace)
            self.init(try element.jid("jid"), id: element["id"])
            if jid == nil, id == nil { throw PayloadError("offer-reject", "neither 'jid' nor 'id'") }
        }

        package var element: XMLElement {
            XMLElement("offer-reject", namespace, ["jid": jid?.description, "id": id])
        }
    }

    /// The workgroup takes the offer back.
    package struct OfferRevoke: Payload, Equatable {
        package var jid: JID
        /// As in the offer, for Fastpath.
        package var id: String?
        package var reason: String?

        package init(_ jid: JID, id: String? = nil, reason: String? = nil) {
            self.jid = jid
            self.id = id
            self.reason = reason
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("offer-revoke", namespace)
            self.init(try element.requiredJID("jid"), id: element["id"], reason: element.childText("reason"))
        }

        package var element: XMLElement {
            XMLElement("offer-revoke", namespace, ["jid": jid.description, "id": id]) {
                if let reason { XMLElement("reason", namespace, text: reason) }
            }
        }
    }
}
