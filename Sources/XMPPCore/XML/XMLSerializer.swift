//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Writes elements as XML text into memory that is large enough: first ``bound(of:)``, then ``write(_:into:)``.
///
/// Only default namespaces are declared, as most of the field does; the exception is the `stream:` prefix, which the
/// stream header binds and some clients insist on (RFC 6120 §4.8.5). No recursion: a tree's depth is a peer's choice.
package struct XMLSerializer {
    /// What is written in place of the element's own `from` and `to`.
    package enum Address: Sendable {
        case own
        case none
        case jid(JID)
    }

    /// The namespace that is in force where the element will stand.
    let inherited: XMLToken
    let from: Address
    let to: Address

    /// - Parameters:
    ///   - inherited: the stream's content namespace, or ``XMLToken/empty`` for text that stands alone.
    ///   - from: what is written in place of the element's own `from`.
    ///   - to: what is written in place of the element's own `to`.
    package init(inherited: XMLToken = .clientNamespace, from: Address = .own, to: Address = .own) {
        self.inherited = inherited
        self.from = from
        self.to = to
    }

    /// Bytes that the element takes at most.
    package func bound(of element: XMLElement) -> Int {
        element.tree.withContents { nodes, bytes in
            var total = Self.bound(of: from) + Self.bound(of: to)
            for index in Int(element.index)..<Int(nodes[Int(element.index)].a) {
                let node = nodes[index]
                switch node.kind {
                case .element:
                    // <name xmlns=''></name>, perhaps with the prefix stream: three times
                    total += 2 * nameLength(node, bytes) + XMLEscaping.expansion * namespaceLength(node, bytes) + 40
                case .attribute:
                    // a namespaced one is written as xmlns:a12='' a12:name=''
                    total += nameLength(node, bytes) + XMLEscaping.expansion * namespaceLength(node, bytes) + 40
                    total += Int(node.b) * (node.escapes ? XMLEscaping.expansion : 1)
                case .text:
                    total += Int(node.b) * (node.escapes ? XMLEscaping.expansion : 1)
                }
            }
            return total
        }
    }

    /// Writes the element; returns the number of bytes. `memory` must hold ``bound(of:)`` bytes.
    package func write(_ element: XMLElement, into memory: UnsafeMutableRawBufferPointer) -> Int {
        guard let base = memory.baseAddress else { return 0 }
        let root = Int(element.index)
        return element.tree.withContents { nodes, bytes in
            withUnsafeTemporaryAllocation(of: Level.self, capacity: element.tree.header.depth + 1) { levels in
                var out = Cursor(base)
                var depth = 0
                var index = root
                let end = Int(nodes[root].a)
                while index < end {
                    while depth > 0, levels[depth - 1].end <= index {
                        depth -= 1
                        writeEnd(nodes[levels[depth].node], bytes, &out)
                    }
                    let node = nodes[index]
                    switch node.kind {
                    case .text:
                        out.append(bytes, node, inAttribute: false)
                        index += 1
                    case .attribute:
                        index += 1
                    case .element:
                        let outer = depth > 0 ? levels[depth - 1].namespace : -1
                        let isPrefixed = node.namespace == .streamsNamespace
                        let declares = !isPrefixed && !isSame(node, outer < 0 ? nil : nodes[outer], bytes)
                        out.append(UInt8(ascii: "<"))
                        if isPrefixed { out.append("stream:") }
                        appendName(node, bytes, &out)
                        if isPrefixed, inherited == .empty {
                            // Text that stands alone has no stream header that binds the prefix.
                            out.append(" xmlns:stream='")
                            appendNamespace(node, bytes, &out)
                            out.append(UInt8(ascii: "'"))
                        }
                        if declares {
                            out.append(" xmlns='")
                            appendNamespace(node, bytes, &out)
                            out.append(UInt8(ascii: "'"))
                        }
                        if index == root { appendAddresses(&out) }
                        var next = index + 1
                        while next < end, nodes[next].kind == .attribute {
                            appendAttribute(nodes[next], bytes, number: next - index, isRoot: index == root, &out)
                            next += 1
                        }
                        if next == Int(node.a) {
                            out.append("/>")
                        } else {
                            out.append(UInt8(ascii: ">"))
                            levels[depth] = Level(
                                node: index, end: Int(node.a), namespace: isPrefixed ? outer : index)
                            depth += 1
                        }
                        index = next
                    }
                }
                while depth > 0 {
                    depth -= 1
                    writeEnd(nodes[levels[depth].node], bytes, &out)
                }
                return out.count(from: base)
            }
        }
    }

    /// An open element, and the element whose namespace is the default inside it (-1: the inherited one).
    private struct Level {
        var node: Int
        var end: Int
        var namespace: Int
    }

    private func isSame(_ node: XMLPackedNode, _ outer: XMLPackedNode?, _ bytes: UnsafeRawBufferPointer) -> Bool {
        guard let outer else { return node.namespace == inherited && inherited != .unknown }
        if node.namespace != .unknown || outer.namespace != .unknown { return node.namespace == outer.namespace }
        return XMLNameRecord(node, bytes).namespace.elementsEqual(XMLNameRecord(outer, bytes).namespace)
    }

    private func writeEnd(_ node: XMLPackedNode, _ bytes: UnsafeRawBufferPointer, _ out: inout Cursor) {
        out.append(node.namespace == .streamsNamespace ? "</stream:" : "</")
        appendName(node, bytes, &out)
        out.append(UInt8(ascii: ">"))
    }

    private func appendAddresses(_ out: inout Cursor) {
        if case .jid(let jid) = from {
            out.append(" from='")
            out.append(jid)
            out.append(UInt8(ascii: "'"))
        }
        if case .jid(let jid) = to {
            out.append(" to='")
            out.append(jid)
            out.append(UInt8(ascii: "'"))
        }
    }

    private func appendAttribute(
        _ node: XMLPackedNode, _ bytes: UnsafeRawBufferPointer, number: Int, isRoot: Bool, _ out: inout Cursor
    ) {
        switch node.namespace {
        case .empty:
            if isRoot {
                if node.name == .from, case .own = from {} else if node.name == .from { return }
                if node.name == .to, case .own = to {} else if node.name == .to { return }
            }
            out.append(UInt8(ascii: " "))
        case .xmlNamespace:
            out.append(" xml:")
        default:
            // A prefix of its own for each, as two of one name cannot be declared on one element.
            out.append(" xmlns:a")
            out.append(number: number)
            out.append("='")
            appendNamespace(node, bytes, &out)
            out.append("' a")
            out.append(number: number)
            out.append(UInt8(ascii: ":"))
        }
        appendName(node, bytes, &out)
        out.append("='")
        out.append(bytes, node, inAttribute: true)
        out.append(UInt8(ascii: "'"))
    }

    private func appendName(_ node: XMLPackedNode, _ bytes: UnsafeRawBufferPointer, _ out: inout Cursor) {
        if node.name == .unknown {
            out.append(XMLNameRecord(node, bytes).name)
        } else {
            node.name.withBytes { out.append($0) }
        }
    }

    private func appendNamespace(_ node: XMLPackedNode, _ bytes: UnsafeRawBufferPointer, _ out: inout Cursor) {
        if node.namespace == .unknown {
            out.append(escaping: XMLNameRecord(node, bytes).namespace, inAttribute: true)
        } else {
            node.namespace.withBytes { out.append($0) }
        }
    }

    private func nameLength(_ node: XMLPackedNode, _ bytes: UnsafeRawBufferPointer) -> Int {
        node.name == .unknown ? XMLNameRecord(node, bytes).name.count : node.name.withBytes { $0.count }
    }

    private func namespaceLength(_ node: XMLPackedNode, _ bytes: UnsafeRawBufferPointer) -> Int {
        node.namespace == .unknown ? XMLNameRecord(node, bytes).namespace.count : node.namespace.withBytes { $0.count }
    }

    private static func bound(of address: Address) -> Int {
        guard case .jid(let jid) = address else { return 0 }
        return 10 + XMLEscaping.expansion * (jid.bareString.utf8.count + jid.resourceString.utf8.count + 1)
    }
}

/// A place to write at. The caller has made sure that there is room.
private struct Cursor {
    private var pointer: UnsafeMutableRawPointer

    init(_ pointer: UnsafeMutableRawPointer) { self.pointer = pointer }

    func count(from start: UnsafeMutableRawPointer) -> Int { pointer - start }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        pointer.storeBytes(of: byte, as: UInt8.self)
        pointer += 1
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        pointer.copyMemory(from: text.utf8Start, byteCount: text.utf8CodeUnitCount)
        pointer += text.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, !bytes.isEmpty else { return }
        pointer.copyMemory(from: base, byteCount: bytes.count)
        pointer += bytes.count
    }

    mutating func append(number: Int) {
        var string = String(number)
        string.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer, _ node: XMLPackedNode, inAttribute: Bool) {
        let value = UnsafeRawBufferPointer(rebasing: bytes[Int(node.a)..<Int(node.a) + Int(node.b)])
        if node.escapes { append(escaping: value, inAttribute: inAttribute) } else { append(value) }
    }

    mutating func append(escaping bytes: UnsafeRawBufferPointer, inAttribute: Bool) {
        for byte in bytes {
            if let replacement = XMLEscaping.replacement(byte, inAttribute: inAttribute) {
                append(replacement)
            } else {
                append(byte)
            }
        }
    }

    /// A JID's local part and domain never hold a character to escape, apart from a rare few; its resource may.
    mutating func append(_ jid: JID) {
        append(string: jid.bareString)
        guard !jid.resourceString.isEmpty else { return }
        append(UInt8(ascii: "/"))
        append(string: jid.resourceString)
    }

    private mutating func append(string: String) {
        var string = string
        string.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            if XMLEscaping.isNeeded(inAttribute: bytes) {
                append(escaping: bytes, inAttribute: true)
            } else {
                append(bytes)
            }
        }
    }
}

extension XMLElement {
    /// The element as XML text that stands alone: its namespace is declared.
    package var xmlString: String {
        String(decoding: xmlBytes, as: UTF8.self)
    }

    /// The element as UTF-8 XML text that stands alone.
    package var xmlBytes: [UInt8] {
        let serializer = XMLSerializer(inherited: .empty)
        let bound = serializer.bound(of: self)
        return [UInt8](unsafeUninitializedCapacity: bound) { memory, count in
            count = serializer.write(self, into: UnsafeMutableRawBufferPointer(memory))
        }
    }
}
