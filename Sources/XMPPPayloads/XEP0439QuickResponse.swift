//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// An answer that can be given with one touch (XEP-0439 Quick Response §3.1): its value is sent as an ordinary body.
package struct QuickResponse: Payload, Equatable {
    package static let namespace = "urn:xmpp:quick-response:0"

    package var value: String
    package var label: String?
    /// As that of the body beside it.
    package var language: String?

    package init(_ value: String, label: String? = nil, language: String? = nil) {
        self.value = value
        self.label = label
        self.language = language
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("response", Self.namespace)
        value = try element.required("value")
        label = element["label"]
        language = element.language
    }

    package var element: XMLElement {
        XMLElement(
            "response", Self.namespace, ["xml:lang": language, "value": value, "label": label])
    }
}
