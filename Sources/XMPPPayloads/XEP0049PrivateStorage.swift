//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What a client keeps on the server for itself (XEP-0049 Private XML Storage).
package struct PrivateStorage: Payload, Equatable {
    package static let namespace = "jabber:iq:private"

    /// What is kept or asked for, each element in a namespace of its own.
    package var elements: [XMLElement]

    package init(_ elements: [XMLElement]) {
        self.elements = elements
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("query", Self.namespace)
        elements = Array(element.children)
    }

    package var element: XMLElement {
        XMLElement("query", Self.namespace) { elements }
    }
}
