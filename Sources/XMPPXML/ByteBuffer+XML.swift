//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import NIOCore
package import XMPPCore

extension ByteBuffer {
    /// Writes a stanza with the addresses that hold now.
    package mutating func writeStanza(_ stanza: Stanza, inherited: XMLToken = .clientNamespace) {
        let serializer = stanza.serializer(inherited: inherited)
        writeWithUnsafeMutableBytes(minimumWritableBytes: serializer.bound(of: stanza.content)) {
            serializer.write(stanza.content, into: $0)
        }
    }

    package mutating func writeElement(_ element: XMLElement, inherited: XMLToken = .clientNamespace) {
        let serializer = XMLSerializer(inherited: inherited)
        writeWithUnsafeMutableBytes(minimumWritableBytes: serializer.bound(of: element)) {
            serializer.write(element, into: $0)
        }
    }
}
