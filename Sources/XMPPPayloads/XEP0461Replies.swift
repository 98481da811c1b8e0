//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// That a message answers another (XEP-0461 Message Replies §3).
package struct MessageReply: Payload, Equatable {
    package static let namespace = "urn:xmpp:reply:0"

    /// The message that is answered.
    package var id: String
    /// Its author.
    package var to: JID?

    package init(_ id: String, to: JID? = nil) {
        self.id = id
        self.to = to
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("reply", Self.namespace)
        self.init(try element.required("id"), to: try element.jid("to"))
    }

    package var element: XMLElement {
        XMLElement("reply", Self.namespace, ["id": id, "to": to?.description])
    }
}

/// A part of a body that is there for clients that do not know something (XEP-0428 Fallback Indication §2.3).
package struct FallbackIndication: Payload, Equatable {
    package static let namespace = "urn:xmpp:fallback:0"

    /// The namespace of what the part stands for.
    package var purpose: String
    /// Characters of the body, from the first up to the one behind the last; nil for all of it.
    package var body: Range<Int>?

    package init(for purpose: String, body: Range<Int>? = nil) {
        self.purpose = purpose
        self.body = body
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("fallback", Self.namespace)
        purpose = try element.required("for")
        if let part = element.child("body", Self.namespace),
            let start = try part.number("start", in: 0...Int.max), let end = try part.number("end", in: 0...Int.max)
        {
            guard start <= end else { throw PayloadError("body", "ends before it starts") }
            body = start..<end
        }
    }

    package var element: XMLElement {
        XMLElement("fallback", Self.namespace, ["for": purpose]) {
            if let body {
                XMLElement(
                    "body", Self.namespace, ["start": String(body.lowerBound), "end": String(body.upperBound)])
            }
        }
    }
}
