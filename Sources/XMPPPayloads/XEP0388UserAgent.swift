//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What a client says of itself at log-in (XEP-0388 §2.3). For the account's own eyes only.
package struct UserAgent: Payload, Equatable, Hashable {
    /// Characters kept of a description.
    package static let maximumDescription = 100

    /// Names the installation: a UUID, in lower case. Nil if there is none or it is no UUID.
    package var id: String?
    package var software: String?
    package var device: String?

    package init(id: String? = nil, software: String? = nil, device: String? = nil) {
        self.id = id
        self.software = software
        self.device = device
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("user-agent", SASL2.namespace)
        id = element["id"].flatMap(Self.uuid)
        software = Self.description(element.childText("software"))
        device = Self.description(element.childText("device"))
    }

    package var element: XMLElement {
        XMLElement("user-agent", SASL2.namespace, ["id": id]) {
            if let software { XMLElement("software", SASL2.namespace, text: software) }
            if let device { XMLElement("device", SASL2.namespace, text: device) }
        }
    }

    /// The form that the schema of XEP-0388 asks for: five groups of hexadecimal digits.
    private static func uuid(_ text: String) -> String? {
        guard text.utf8.count == 36 else { return nil }
        for (number, byte) in text.utf8.enumerated() {
            switch number {
            case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return nil }
            default:
                switch byte {
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
                    UInt8(ascii: "A")...UInt8(ascii: "F"):
                    continue
                default: return nil
                }
            }
        }
        return text.lowercased()
    }

    /// One line of reasonable length; nil if nothing is left.
    private static func description(_ text: String?) -> String? {
        guard let text else { return nil }
        let scalars = text.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        let line = String(String.UnicodeScalarView(scalars.prefix(maximumDescription)))
        return line.isEmpty ? nil : line
    }
}
