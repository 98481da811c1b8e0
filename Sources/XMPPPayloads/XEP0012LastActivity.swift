//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// How long an entity has been idle, away or up (XEP-0012 Last Activity).
package struct LastActivity: Payload, Equatable {
    package static let namespace = "jabber:iq:last"

    /// Seconds since then; nil in a request.
    package var seconds: Int?
    /// The status an offline account left behind (XEP-0012 §3).
    package var status: String?

    package init(seconds: Int? = nil, status: String? = nil) {
        self.seconds = seconds
        self.status = status
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("query", Self.namespace)
        seconds = try element.number("seconds", in: 0...Int.max)
        let text = element.text
        status = text.isEmpty ? nil : text
    }

    package var element: XMLElement {
        XMLElement("query", Self.namespace, ["seconds": seconds.map { String($0) }]) {
            if let status { status }
        }
    }
}
