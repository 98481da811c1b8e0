//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Which program one talks to (XEP-0092 Software Version).
package struct SoftwareVersion: Payload, Equatable {
    package static let namespace = "jabber:iq:version"
    /// The question.
    package static let request = XMLElement("query", namespace)

    package var name: String
    package var version: String
    package var operatingSystem: String?

    package init(name: String, version: String, operatingSystem: String? = nil) {
        self.name = name
        self.version = version
        self.operatingSystem = operatingSystem
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("query", Self.namespace)
        guard let name = element.childText("name") else { throw PayloadError("query", "no name") }
        guard let version = element.childText("version") else { throw PayloadError("query", "no version") }
        self.init(name: name, version: version, operatingSystem: element.childText("os"))
    }

    package var element: XMLElement {
        XMLElement("query", Self.namespace) {
            XMLElement("name", Self.namespace, text: name)
            XMLElement("version", Self.namespace, text: version)
            if let operatingSystem { XMLElement("os", Self.namespace, text: operatingSystem) }
        }
    }
}
