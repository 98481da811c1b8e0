//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A link beside a message (XEP-0066 Out of Band Data §3).
package struct OutOfBandLink: Payload, Equatable {
    package static let namespace = "jabber:x:oob"

    package var url: String
    package var description: String?

    package init(_ url: String, description: String? = nil) {
        self.url = url
        self.description = description
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("x", Self.namespace)
        guard let url = element.child("url", Self.namespace)?.trimmedText, !url.isEmpty else {
            throw PayloadError("x", "no url")
        }
        self.init(url, description: element.childText("desc"))
    }

    package var element: XMLElement {
        XMLElement("x", Self.namespace) {
            XMLElement("url", Self.namespace, text: url)
            if let description { XMLElement("desc", Self.namespace, text: description) }
        }
    }
}
