//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What a peer's XML may take. libxml2 bounds none of this by itself when it is used as a push parser.
package struct XMLLimits: Sendable, Equatable {
    /// Bytes since the end of the last stanza. RFC 6120 §13.12: never below 10,000.
    package var bytes: Int
    /// Elements inside one another, the stanza itself being the first.
    package var depth: Int
    /// Elements in one stanza.
    package var elements: Int
    /// Attributes of one element; namespace declarations count.
    package var attributes: Int

    package init(bytes: Int, depth: Int, elements: Int, attributes: Int) {
        self.bytes = bytes
        self.depth = depth
        self.elements = elements
        self.attributes = attributes
    }

    /// Bytes of a local name, prefix or namespace (Tigase's 1 KiB; libxml2 itself would take 50,000).
    static let maximumNameLength = 1024

    /// Before log-in: enough for any negotiation (ejabberd 26.04 has 8 KiB and 32 elements).
    package static let beforeAuthentication = XMLLimits(bytes: 10_000, depth: 16, elements: 64, attributes: 32)
    /// After log-in (Prosody's and ejabberd's default is 256 KiB).
    package static let afterAuthentication = XMLLimits(bytes: 262_144, depth: 64, elements: 4096, attributes: 64)
    /// Our own text, read back from the store: whatever was let in once.
    package static let stored = XMLLimits(bytes: 16_777_216, depth: 256, elements: 1_000_000, attributes: 1024)
}
