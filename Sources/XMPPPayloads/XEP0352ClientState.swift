//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Whether somebody looks at a client (XEP-0352 Client State Indication).
package enum ClientState: String, Payload, CaseIterable {
    case active
    case inactive

    package static let namespace = "urn:xmpp:csi:0"
    /// What streams announce it with (§4.1).
    package static var feature: XMLElement { XMLElement("csi", namespace) }

    package init(_ element: XMLElement) throws(PayloadError) {
        guard element.namespace == Self.namespace, let state = ClientState(rawValue: element.name) else {
            throw PayloadError(element.name, "no client state")
        }
        self = state
    }

    package var element: XMLElement { XMLElement(rawValue, Self.namespace) }
}
