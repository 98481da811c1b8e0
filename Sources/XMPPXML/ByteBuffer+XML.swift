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

    /// The same with something more at its end, which is well-formed by construction.
    package mutating func writeStanza(_ stanza: Stanza, last text: String, inherited: XMLToken = .clientNamespace) {
        writeStanza(stanza, inherited: inherited)
        let name = stanza.content.name
        if getInteger(at: writerIndex - 2, as: UInt16.self) == 0x2F3E {  // "/>"
            moveWriterIndex(to: writerIndex - 2)
            writeString(">")
        } else {
            moveWriterIndex(to: writerIndex - name.utf8.count - 3)
        }
        writeString(text)
        writeString("</\(name)>")
    }

    package mutating func writeElement(_ element: XMLElement, inherited: XMLToken = .clientNamespace) {
        let serializer = XMLSerializer(inherited: inherited)
        writeWithUnsafeMutableBytes(minimumWritableBytes: serializer.bound(of: element)) {
            serializer.write(element, into: $0)
        }
    }
}
