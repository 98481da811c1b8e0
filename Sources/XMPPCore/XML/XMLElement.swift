//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// An element of an immutable, packed XML tree: one reference and a place in it, cheap to pass on.
///
/// The content namespaces of all kinds of streams are read as ``Namespace/client``.
// SAFETY: the tree is written once by `XMLTreeBuilder.finish()`, before anybody else has it, and never changed
// afterwards; `ManagedBuffer` itself rules out `Sendable` for the class.
package struct XMLElement: @unchecked Sendable {
    package let tree: XMLTree
    package let index: UInt32

    package init(tree: XMLTree, index: UInt32 = 0) {
        self.tree = tree
        self.index = index
    }

    @inline(__always)
    var node: XMLPackedNode { tree.node(Int(index)) }

    package var name: String {
        let node = node
        return node.name == .unknown ? tree.withName(of: node) { String(utf8: $0) } : node.name.string
    }

    package var namespace: String {
        let node = node
        return node.namespace == .unknown ? tree.withNamespace(of: node) { String(utf8: $0) } : node.namespace.string
    }

    /// The local name, if it is a known one.
    package var nameToken: XMLToken { node.name }

    /// The namespace, if it is a known one.
    package var namespaceToken: XMLToken { node.namespace }

    package func isNamed(_ name: String, _ namespace: String) -> Bool {
        let node = node
        return tree.withName(of: node) { $0.equals(name) } && tree.withNamespace(of: node) { $0.equals(namespace) }
    }

    /// The value of an attribute that is in no namespace.
    package subscript(_ attribute: String) -> String? {
        guard let node = attributeNode(named: attribute, XMLToken.empty) else { return nil }
        return tree.withValue(of: node) { String(utf8: $0) }
    }

    /// `xml:lang` of this very element.
    package var language: String? {
        guard let node = attributeNode(named: "lang", XMLToken.xmlNamespace) else { return nil }
        return tree.withValue(of: node) { String(utf8: $0) }
    }

    /// Calls `body` with the bytes of an attribute, without making a string.
    package func withAttribute<R>(_ name: XMLToken, _ body: (UnsafeRawBufferPointer) -> R) -> R? {
        var position = Int(index) + 1
        while position < tree.nodeCount {
            let node = tree.node(position)
            guard node.kind == .attribute else { return nil }
            if node.name == name, node.namespace == .empty { return tree.withValue(of: node, body) }
            position += 1
        }
        return nil
    }

    package var attributes: [XMLAttribute] {
        var attributes: [XMLAttribute] = []
        var position = Int(index) + 1
        while position < tree.nodeCount {
            let node = tree.node(position)
            guard node.kind == .attribute else { break }
            attributes.append(
                XMLAttribute(
                    name: tree.withName(of: node) { String(utf8: $0) },
                    namespace: tree.withNamespace(of: node) { String(utf8: $0) },
                    value: tree.withValue(of: node) { String(utf8: $0) }))
            position += 1
        }
        return attributes
    }

    package var children: XMLChildren { XMLChildren(parent: self) }

    package var firstChild: XMLElement? {
        var iterator = children.makeIterator()
        return iterator.next()
    }

    package func child(_ name: String, _ namespace: String) -> XMLElement? {
        children.first { $0.isNamed(name, namespace) }
    }

    package func children(_ name: String, _ namespace: String) -> [XMLElement] {
        children.filter { $0.isNamed(name, namespace) }
    }

    /// The first child of known names, compared by number.
    package func child(_ name: XMLToken, _ namespace: XMLToken) -> XMLElement? {
        for child in children where child.nameToken == name && child.namespaceToken == namespace { return child }
        return nil
    }

    /// The text that stands directly in this element.
    package var text: String {
        var result = ""
        forEachNode { node, _ in
            if node.kind == .text { result += tree.withValue(of: node) { String(utf8: $0) } }
        }
        return result
    }

    /// Child elements and text in their order.
    package var nodes: [XMLNode] {
        var result: [XMLNode] = []
        forEachNode { node, position in
            switch node.kind {
            case .element: result.append(.element(XMLElement(tree: tree, index: UInt32(position))))
            case .text: result.append(.text(tree.withValue(of: node) { String(utf8: $0) }))
            case .attribute: break
            }
        }
        return result
    }

    private func forEachNode(_ body: (XMLPackedNode, Int) -> Void) {
        let end = Int(node.a)
        var position = Int(index) + 1
        while position < end {
            let node = tree.node(position)
            body(node, position)
            position = node.kind == .element ? Int(node.a) : position + 1
        }
    }

    private func attributeNode(named name: String, _ namespace: XMLToken) -> XMLPackedNode? {
        var position = Int(index) + 1
        while position < tree.nodeCount {
            let node = tree.node(position)
            guard node.kind == .attribute else { return nil }
            if node.namespace == namespace, tree.withName(of: node, { $0.equals(name) }) { return node }
            position += 1
        }
        return nil
    }
}

/// An attribute; `namespace` is empty for most.
package struct XMLAttribute: Sendable, Equatable {
    package var name: String
    package var namespace: String
    package var value: String

    package init(name: String, namespace: String = "", value: String) {
        self.name = name
        self.namespace = namespace
        self.value = value
    }
}

/// What stands in an element.
package enum XMLNode: Sendable {
    case element(XMLElement)
    case text(String)
}

/// The child elements of an element, text left out.
package struct XMLChildren: Sequence, Sendable {
    let parent: XMLElement

    package struct Iterator: IteratorProtocol {
        let tree: XMLTree
        var position: Int
        let end: Int

        package mutating func next() -> XMLElement? {
            while position < end {
                let node = tree.node(position)
                if node.kind == .element {
                    defer { position = Int(node.a) }
                    return XMLElement(tree: tree, index: UInt32(position))
                }
                position += 1
            }
            return nil
        }
    }

    package func makeIterator() -> Iterator {
        Iterator(tree: parent.tree, position: Int(parent.index) + 1, end: Int(parent.node.a))
    }
}

extension UnsafeRawBufferPointer {
    /// Whether these bytes are the string's.
    @inline(__always)
    package func equals(_ string: String) -> Bool {
        string.utf8.count == count && elementsEqual(string.utf8)
    }
}
