//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Collects the nodes of one tree in document order, then packs them into an ``XMLTree``. Meant to be used again: its
/// scratch space stays, so that a stanza costs one allocation.
package struct XMLTreeBuilder {
    /// RFC 6120 sets no bound on names; 16-bit lengths hold them. The parser's limit is far lower.
    package static let maximumNameLength = 16_000

    private var nodes: ContiguousArray<XMLPackedNode> = []
    private var bytes: ContiguousArray<UInt8> = []
    private var open: ContiguousArray<Int> = []
    private var deepest = 0
    private var openText = false

    package init() {
        nodes.reserveCapacity(32)
        bytes.reserveCapacity(512)
        open.reserveCapacity(8)
    }

    /// Elements that have been started and not ended.
    package var depth: Int { open.count }

    package mutating func reset() {
        nodes.removeAll(keepingCapacity: nodes.capacity <= 1024)
        bytes.removeAll(keepingCapacity: bytes.capacity <= 16_384)
        open.removeAll(keepingCapacity: true)
        deepest = 0
        openText = false
    }

    /// Starts an element whose names are known.
    package mutating func start(_ name: XMLToken, _ namespace: XMLToken) {
        append(name: name, namespace: namespace, record: 0)
    }

    /// Starts an element; names that turn out to be unknown are kept as bytes.
    package mutating func start(name: UnsafeRawBufferPointer, namespace: UnsafeRawBufferPointer) {
        let nameToken = XMLToken(name)
        let namespaceToken = XMLToken(namespace)
        if nameToken == .unknown || namespaceToken == .unknown {
            let offset = appendRecord(name: name, namespace: namespace)
            append(name: nameToken, namespace: namespaceToken, record: offset)
        } else {
            append(name: nameToken, namespace: namespaceToken, record: 0)
        }
    }

    /// Starts an element of a known namespace whose name is perhaps unknown.
    package mutating func start(name: UnsafeRawBufferPointer, _ namespace: XMLToken) {
        let token = XMLToken(name)
        guard token == .unknown else { return start(token, namespace) }
        let offset = appendRecord(name: name, namespace: UnsafeRawBufferPointer(start: nil, count: 0))
        append(name: token, namespace: namespace, record: offset)
    }

    package mutating func attribute(_ name: XMLToken, _ namespace: XMLToken, value: UnsafeRawBufferPointer) {
        appendAttribute(name, namespace, record: 0, value: value)
    }

    package mutating func attribute(
        name: UnsafeRawBufferPointer, namespace: UnsafeRawBufferPointer, value: UnsafeRawBufferPointer
    ) {
        let nameToken = XMLToken(name)
        let namespaceToken = XMLToken(namespace)
        guard nameToken == .unknown || namespaceToken == .unknown else {
            return appendAttribute(nameToken, namespaceToken, record: 0, value: value)
        }
        let start = appendRecord(name: name, namespace: namespace)
        appendAttribute(nameToken, namespaceToken, record: UInt16(bytes.count - start), value: value)
    }

    /// Adds text; text that comes in pieces becomes one node.
    package mutating func text(_ value: UnsafeRawBufferPointer) {
        guard !value.isEmpty, !open.isEmpty else { return }
        let escapes = XMLEscaping.isNeeded(inText: value)
        if openText {
            nodes[nodes.count - 1].b += UInt32(value.count)
            if escapes { nodes[nodes.count - 1].escapes = true }
        } else {
            nodes.append(
                XMLPackedNode(
                    kind: .text, escapes: escapes, name: .unknown, namespace: .unknown, record: 0,
                    a: UInt32(bytes.count), b: UInt32(value.count)))
            openText = true
        }
        bytes.append(contentsOf: value)
    }

    package mutating func text(_ value: String) {
        var value = value
        value.withUTF8 { text(UnsafeRawBufferPointer($0)) }
    }

    /// Adds XML that our own serialiser wrote on its own, to be written again as it is; see
    /// ``XMLElement/init(_:_:_:serialised:)``.
    package mutating func serialised(_ xml: UnsafeRawBufferPointer) {
        guard !xml.isEmpty, !open.isEmpty else { return }
        nodes.append(
            XMLPackedNode(
                kind: .text, escapes: false, name: .unknown, namespace: .unknown, record: 0, a: UInt32(bytes.count),
                b: UInt32(xml.count)))
        openText = false
        bytes.append(contentsOf: xml)
    }

    /// Ends the innermost element.
    package mutating func end() {
        guard let index = open.popLast() else { return }
        nodes[index].a = UInt32(nodes.count)
        openText = false
    }

    /// Copies a whole element of another tree, with no more of that tree's text than the element's own.
    package mutating func append(_ element: XMLElement) {
        let first = Int(element.index)
        element.tree.withContents { source, text in
            let last = Int(source[first].a)
            let used = Self.bytesUsed(by: source[first..<last], text)
            let nodeShift = nodes.count - first
            let byteShift = bytes.count - used.lowerBound
            var levels: ContiguousArray<UInt32> = []
            for index in first..<last {
                var node = source[index]
                while let end = levels.last, Int(end) <= index { levels.removeLast() }
                switch node.kind {
                case .element:
                    levels.append(node.a)
                    deepest = max(deepest, open.count + levels.count)
                    node.a = UInt32(Int(node.a) + nodeShift)
                    if node.hasRecord { node.b = UInt32(Int(node.b) + byteShift) }
                case .attribute, .text:
                    node.a = UInt32(Int(node.a) + byteShift)
                }
                nodes.append(node)
            }
            bytes.append(contentsOf: text[used])
        }
        openText = false
    }

    /// The text that these nodes refer to. It lies together, as it was written in document order.
    private static func bytesUsed(
        by nodes: Slice<UnsafeBufferPointer<XMLPackedNode>>, _ text: UnsafeRawBufferPointer
    ) -> Range<Int> {
        var low = Int.max
        var high = 0
        for node in nodes {
            switch node.kind {
            case .element:
                guard node.hasRecord else { continue }
                let record = XMLNameRecord(node, text)
                low = min(low, Int(node.b))
                high = max(high, Int(node.b) + 4 + record.name.count + record.namespace.count)
            case .attribute, .text:
                low = min(low, Int(node.a) - Int(node.record))
                high = max(high, Int(node.a) + Int(node.b))
            }
        }
        return low <= high ? low..<high : 0..<0
    }

    /// The finished tree. Elements that are still open are ended. Nil if nothing was started.
    package mutating func finish() -> XMLTree? {
        while !open.isEmpty { end() }
        guard !nodes.isEmpty else { return nil }
        let tree = nodes.withUnsafeBufferPointer { nodes in
            bytes.withUnsafeBytes { XMLTree.make(nodes: nodes, bytes: $0, depth: deepest) }
        }
        reset()
        return tree
    }

    private mutating func append(name: XMLToken, namespace: XMLToken, record: Int) {
        open.append(nodes.count)
        deepest = max(deepest, open.count)
        nodes.append(
            XMLPackedNode(
                kind: .element, escapes: false, name: name, namespace: namespace, record: 0, a: 0, b: UInt32(record)))
        openText = false
    }

    private mutating func appendAttribute(
        _ name: XMLToken, _ namespace: XMLToken, record: UInt16, value: UnsafeRawBufferPointer
    ) {
        nodes.append(
            XMLPackedNode(
                kind: .attribute, escapes: XMLEscaping.isNeeded(inAttribute: value), name: name, namespace: namespace,
                record: record, a: UInt32(bytes.count), b: UInt32(value.count)))
        bytes.append(contentsOf: value)
        openText = false
    }

    private mutating func appendRecord(name: UnsafeRawBufferPointer, namespace: UnsafeRawBufferPointer) -> Int {
        let start = bytes.count
        let name = UnsafeRawBufferPointer(rebasing: name.prefix(Self.maximumNameLength))
        let namespace = UnsafeRawBufferPointer(rebasing: namespace.prefix(Self.maximumNameLength))
        withUnsafeBytes(of: UInt16(name.count)) { bytes.append(contentsOf: $0) }
        withUnsafeBytes(of: UInt16(namespace.count)) { bytes.append(contentsOf: $0) }
        bytes.append(contentsOf: name)
        bytes.append(contentsOf: namespace)
        return start
    }
}
