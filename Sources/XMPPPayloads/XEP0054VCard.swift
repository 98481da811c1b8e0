//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A business card, kept as its owner wrote it (XEP-0054 vcard-temp).
package struct VCard: Payload, Equatable {
    package static let namespace = "vcard-temp"

    package let element: XMLElement

    /// An empty card, which is what asks for one, and what somebody without one has.
    package init() {
        element = XMLElement("vCard", Self.namespace)
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("vCard", Self.namespace)
        self.element = element
    }

    /// Octets of the card as it goes on the wire; pictures make them many.
    package var size: Int { element.xmlString.utf8.count }

    /// True without any property.
    package var isEmpty: Bool { element.firstChild == nil }

    /// The picture as it is written: its media type, if that is said, and base64 with whatever white space is in it.
    package var photo: (type: String?, data: String)? {
        guard let photo = element.child("PHOTO", Self.namespace), let data = photo.childText("BINVAL") else {
            return nil
        }
        let type = photo.childText("TYPE")?.lowercased()
        return (type: type.flatMap { $0.isEmpty ? nil : $0 }, data: data)
    }

    /// The full name (`FN`).
    package var formattedName: String? { element.childText("FN") }
}
