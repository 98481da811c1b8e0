//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One node of a packed stanza: 16 bytes.
///
/// | kind | `a` | `b` |
/// |---|---|---|
/// | element | index behind its subtree | offset of its name record, if a name is unknown |
/// | attribute | offset of the value | length of the value |
/// | text | offset | length |
///
/// A *name record* is what stands for names that are not in ``XMLToken/table``: two lengths (16 bits each), the local
/// name, the namespace. An attribute's record stands right before its value, `record` bytes long.
package struct XMLPackedNode: Sendable {
    package enum Kind: UInt8, Sendable {
        case element
        case attribute
        case text
    }

    package var kind: Kind
    /// True where the text holds a character that must be escaped when it is written.
    package var escapes: Bool
    package var name: XMLToken
    package var namespace: XMLToken
    package var record: UInt16
    package var a: UInt32
    package var b: UInt32

    /// Whether one of the names stands in a record.
    var hasRecord: Bool { name == .unknown || namespace == .unknown }
}

/// An immutable XML tree in one allocation: the nodes in document order, each element's attributes right behind it,
/// and behind the nodes all text.
package final class XMLTree: ManagedBuffer<XMLTree.Header, XMLPackedNode> {
    package struct Header: Sendable {
        package var nodeCount: Int
        package var byteCount: Int
        /// Elements on the longest way down, at least 1.
        package var depth: Int
    }

    static func make(nodes: UnsafeBufferPointer<XMLPackedNode>, bytes: UnsafeRawBufferPointer, depth: Int) -> XMLTree {
        let stride = MemoryLayout<XMLPackedNode>.stride
        let capacity = nodes.count + (bytes.count + stride - 1) / stride
        let buffer = XMLTree.create(minimumCapacity: capacity) { _ in
            Header(nodeCount: nodes.count, byteCount: bytes.count, depth: depth)
        }
        let tree = unsafeDowncast(buffer, to: XMLTree.self)
        tree.withUnsafeMutablePointerToElements { pointer in
            if let base = nodes.baseAddress { pointer.initialize(from: base, count: nodes.count) }
            if let base = bytes.baseAddress {
                UnsafeMutableRawPointer(pointer + nodes.count).copyMemory(from: base, byteCount: bytes.count)
            }
        }
        return tree
    }

    @inline(__always)
    package var nodeCount: Int { header.nodeCount }

    /// Bytes of text: about what the tree takes.
    package var byteCount: Int { header.byteCount }

    @inline(__always)
    func node(_ index: Int) -> XMLPackedNode {
        withUnsafeMutablePointerToElements { $0[index] }
    }

    /// Calls `body` with all nodes and all text.
    @inline(__always)
    package func withContents<R>(
        _ body: (_ nodes: UnsafeBufferPointer<XMLPackedNode>, _ bytes: UnsafeRawBufferPointer) -> R
    ) -> R {
        withUnsafeMutablePointers { header, nodes in
            body(
                UnsafeBufferPointer(start: nodes, count: header.pointee.nodeCount),
                UnsafeRawBufferPointer(
                    start: UnsafeRawPointer(nodes + header.pointee.nodeCount), count: header.pointee.byteCount))
        }
    }

    /// The value of an attribute or text node.
    @inline(__always)
    func withValue<R>(of node: XMLPackedNode, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        withContents { _, bytes in
            body(UnsafeRawBufferPointer(rebasing: bytes[Int(node.a)..<Int(node.a) + Int(node.b)]))
        }
    }

    /// The local name of an element or attribute node.
    @inline(__always)
    func withName<R>(of node: XMLPackedNode, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        guard node.name == .unknown else { return node.name.withBytes(body) }
        return withContents { _, bytes in body(XMLNameRecord(node, bytes).name) }
    }

    /// The namespace of an element or attribute node.
    @inline(__always)
    func withNamespace<R>(of node: XMLPackedNode, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        guard node.namespace == .unknown else { return node.namespace.withBytes(body) }
        return withContents { _, bytes in body(XMLNameRecord(node, bytes).namespace) }
    }
}

/// The names that a node holds as bytes.
struct XMLNameRecord {
    let name: UnsafeRawBufferPointer
    let namespace: UnsafeRawBufferPointer

    init(_ node: XMLPackedNode, _ bytes: UnsafeRawBufferPointer) {
        let start = node.kind == .element ? Int(node.b) : Int(node.a) - Int(node.record)
        let nameLength = Int(bytes.loadUnaligned(fromByteOffset: start, as: UInt16.self))
        let namespaceLength = Int(bytes.loadUnaligned(fromByteOffset: start + 2, as: UInt16.self))
        name = UnsafeRawBufferPointer(rebasing: bytes[start + 4..<start + 4 + nameLength])
        namespace = UnsafeRawBufferPointer(
            rebasing: bytes[start + 4 + nameLength..<start + 4 + nameLength + namespaceLength])
    }
}

extension String {
    /// Text that was checked to be UTF-8 when it was put into the tree.
    @inline(__always)
    package init(utf8 bytes: UnsafeRawBufferPointer) {
        self = String(decoding: bytes, as: UTF8.self)
    }
}
