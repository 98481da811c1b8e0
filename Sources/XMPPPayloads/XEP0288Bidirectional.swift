//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Stanzas in both directions of a stream between servers (XEP-0288 Bidirectional Server-to-Server Connections).
package enum Bidirectional {
    package static let namespace = "urn:xmpp:bidi"
    package static let featureNamespace = "urn:xmpp:features:bidi"

    /// Says in the stream's features that it can be had.
    package static let feature = XMLElement("bidi", featureNamespace)
    /// Asks for it; there is no answer.
    package static let request = XMLElement("bidi", namespace)
}
