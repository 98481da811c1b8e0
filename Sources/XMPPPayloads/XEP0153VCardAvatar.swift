//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What a presence says of the picture in its sender's card (XEP-0153 vCard-Based Avatars).
package enum VCardUpdate: Payload, Equatable {
    /// Nothing: the client does not know yet (XEP-0153 §3.1).
    case unknown
    /// There is no picture.
    case noPhoto
    /// SHA-1 of the picture in hexadecimal digits, lower case.
    case photo(String)

    package static let namespace = "vcard-temp:x:update"

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("x", Self.namespace)
        guard let photo = element.child("photo", Self.namespace) else {
            self = .unknown
            return
        }
        let hash = photo.trimmedText
        self = hash.isEmpty ? .noPhoto : .photo(hash.lowercased())
    }

    package var element: XMLElement {
        XMLElement("x", Self.namespace) {
            switch self {
            case .unknown: [] as [XMLElement]
            case .noPhoto: [XMLElement("photo", Self.namespace)]
            case .photo(let hash): [XMLElement("photo", Self.namespace, text: hash)]
            }
        }
    }
}
