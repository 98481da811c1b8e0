//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// How a message wants to be kept and copied (XEP-0334 Message Processing Hints).
package enum ProcessingHint: String, Payload, CaseIterable {
    /// Not in archives; offline storage is fine.
    case noPermanentStore = "no-permanent-store"
    /// Neither in archives nor in offline storage.
    case noStore = "no-store"
    /// Not to other clients of the recipient.
    case noCopy = "no-copy"
    /// To be stored although it has no body.
    case store

    package static let namespace = "urn:xmpp:hints"

    package init(_ element: XMLElement) throws(PayloadError) {
        guard element.namespace == Self.namespace, let hint = ProcessingHint(rawValue: element.name) else {
            throw PayloadError(element.name, "no processing hint")
        }
        self = hint
    }

    package var element: XMLElement { XMLElement(rawValue, Self.namespace) }

    /// The hints of a message; unknown ones are left out.
    package static func hints(in message: XMLElement) -> Set<ProcessingHint> {
        Set(message.children.lazy.filter { $0.namespace == namespace }.compactMap { Self(rawValue: $0.name) })
    }
}
