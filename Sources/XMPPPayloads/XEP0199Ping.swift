//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A question whether anybody is there (XEP-0199 XMPP Ping).
package struct Ping: Payload, Equatable {
    package static let namespace = "urn:xmpp:ping"

    package init() {}

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("ping", Self.namespace)
    }

    package var element: XMLElement { XMLElement("ping", Self.namespace) }
}
