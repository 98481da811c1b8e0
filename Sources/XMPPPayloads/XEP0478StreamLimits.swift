//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What a stream takes, said among its features (XEP-0478 Stream Limits Advertisement).
package struct StreamLimits: Payload, Equatable {
    package static let namespace = "urn:xmpp:stream-limits:0"

    /// Bytes of one element of the stream.
    package var maximumBytes: Int?
    /// Seconds of silence after which the peer is asked whether it is there, or the stream ends.
    package var idleSeconds: Int?

    package init(maximumBytes: Int?, idleSeconds: Int?) {
        self.maximumBytes = maximumBytes
        self.idleSeconds = idleSeconds
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("limits", Self.namespace)
        maximumBytes = try element.childNumber("max-bytes", in: 0...Int(UInt32.max))
        idleSeconds = try element.childNumber("idle-seconds", in: 0...Int(UInt32.max))
    }

    package var element: XMLElement {
        XMLElement("limits", Self.namespace) {
            if let maximumBytes { XMLElement("max-bytes", Self.namespace, text: String(maximumBytes)) }
            if let idleSeconds { XMLElement("idle-seconds", Self.namespace, text: String(idleSeconds)) }
        }
    }
}
