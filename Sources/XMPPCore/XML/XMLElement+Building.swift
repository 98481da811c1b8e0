//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Collects the content of an element: elements, lists and optionals of them, and text.
@resultBuilder
package enum XMLBuilder {
    package static func buildExpression(_ element: XMLElement) -> [XMLNode] { [.element(element)] }
    package static func buildExpression(_ element: XMLElement?) -> [XMLNode] { element.map { [.element($0)] } ?? [] }
    package static func buildExpression(_ elements: [XMLElement]) -> [XMLNode] { elements.map { .element($0) } }
    package static func buildExpression(_ text: String) -> [XMLNode] { [.text(text)] }
    package static func buildExpression(_ nodes: [XMLNode]) -> [XMLNode] { nodes }
    package static func buildBlock(_ parts: [XMLNode]...) -> [XMLNode] { parts.flatMap { $0 } }
    package static func buildOptional(_ part: [XMLNode]?) -> [XMLNode] { part ?? [] }
    package static func buildEither(first part: [XMLNode]) -> [XMLNode] { part }
    package static func buildEither(second part: [XMLNode]) -> [XMLNode] { part }
    package static func buildArray(_ parts: [[XMLNode]]) -> [XMLNode] { parts.flatMap { $0 } }
}

extension XMLElement {
    /// An element with attributes (those with nil values are left out; `xml:lang` is understood) and content.
    package init(
        _ name: String, _ namespace: String, _ attributes: KeyValuePairs<String, String?> = [:],
        @XMLBuilder _ content: () -> [XMLNode] = { [] }
    ) {
        self.init(
            name: name, namespace: namespace,
            attributes: attributes.compactMap { name, value in
                guard let value else { return nil }
                return name == "xml:lang"
                    ? XMLAttribute(name: "lang", namespace: Namespace.xml, value: value)
                    : XMLAttribute(name: name, namespace: "", value: value)
            },
            nodes: content())
    }

    /// An element that holds text only.
    package init(
        _ name: String, _ namespace: String, _ attributes: KeyValuePairs<String, String?> = [:], text: String
    ) {
        self.init(name, namespace, attributes) { text }
    }

    /// An element whose content is XML already: what ``xmlString`` gave and nothing else.
    ///
    /// For large answers made of stored stanzas, which need not be read to be sent. The content cannot be looked into: it
    /// is there for the serialiser only, and lost if the element is taken apart. It may be put into another element.
    package init(
        _ name: String, _ namespace: String, _ attributes: KeyValuePairs<String, String?> = [:], serialised xml: String
    ) {
        var builder = XMLTreeBuilder()
        Self.withBytes(name) { name in
            Self.withBytes(namespace) { builder.start(name: name, namespace: $0) }
        }
        for (name, value) in attributes {
            guard let value else { continue }
            Self.withBytes(name) { name in
                Self.withBytes(Self.allowed(value)) {
                    builder.attribute(name: name, namespace: UnsafeRawBufferPointer(start: nil, count: 0), value: $0)
                }
            }
        }
        Self.withBytes(xml) { builder.serialised($0) }
        builder.end()
        self.init(builder)
    }

    package init(name: String, namespace: String, attributes: [XMLAttribute], nodes: [XMLNode]) {
        var builder = XMLTreeBuilder()
        Self.withBytes(name) { name in
            Self.withBytes(namespace) { builder.start(name: name, namespace: $0) }
        }
        for attribute in attributes {
            Self.withBytes(attribute.name) { name in
                Self.withBytes(attribute.namespace) { namespace in
                    Self.withBytes(Self.allowed(attribute.value)) {
                        builder.attribute(name: name, namespace: namespace, value: $0)
                    }
                }
            }
        }
        for node in nodes {
            switch node {
            case .element(let element): builder.append(element)
            case .text(let text): builder.text(XMLElement.allowed(text))
            }
        }
        builder.end()
        self.init(builder)
    }

    /// What the builder, which has been given an element, has made of it.
    private init(_ builder: consuming XMLTreeBuilder) {
        self.init(
            tree: builder.finish()
                ?? XMLTree.make(nodes: .init(start: nil, count: 0), bytes: .init(start: nil, count: 0), depth: 0))
    }

    /// The same element with one attribute set, or removed if `value` is nil.
    package func with(attribute name: String, _ value: String?) -> XMLElement {
        var attributes = attributes.filter { $0.name != name || !$0.namespace.isEmpty }
        if let value { attributes.append(XMLAttribute(name: name, namespace: "", value: value)) }
        return XMLElement(name: self.name, namespace: namespace, attributes: attributes, nodes: nodes)
    }

    /// The same element with what its words are written in (`xml:lang`).
    package func with(language: String) -> XMLElement {
        let others = attributes.filter { $0.name != "lang" || $0.namespace != Namespace.xml }
        return XMLElement(
            name: name, namespace: namespace,
            attributes: others + [XMLAttribute(name: "lang", namespace: Namespace.xml, value: language)], nodes: nodes)
    }

    /// The same element with one more child at its end.
    package func adding(_ child: XMLElement) -> XMLElement {
        XMLElement(name: name, namespace: namespace, attributes: attributes, nodes: nodes + [.element(child)])
    }

    /// The same element without those children.
    package func removingChildren(where matches: (XMLElement) -> Bool) -> XMLElement {
        XMLElement(
            name: name, namespace: namespace, attributes: attributes,
            nodes: nodes.filter {
                guard case .element(let element) = $0 else { return true }
                return !matches(element)
            })
    }

    /// Text without the characters that XML cannot carry (XML 1.0 §2.2): control characters and the two non-characters.
    static func allowed(_ text: String) -> String {
        func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
            switch scalar.value {
            case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
            default: false
            }
        }
        guard text.unicodeScalars.contains(where: { !isAllowed($0) }) else { return text }
        var result = String.UnicodeScalarView()
        result.append(contentsOf: text.unicodeScalars.filter(isAllowed))
        return String(result)
    }

    private static func withBytes<R>(_ string: String, _ body: (UnsafeRawBufferPointer) -> R) -> R {
        var string = string
        return string.withUTF8 { body(UnsafeRawBufferPointer($0)) }
    }
}

extension XMLElement: Equatable, CustomStringConvertible {
    /// Equal names, attributes in any order, and equal children and text in the same order.
    package static func == (left: XMLElement, right: XMLElement) -> Bool {
        left.canonicalString == right.canonicalString
    }

    package var description: String { xmlString }

    /// The element as text, with attributes sorted.
    package var canonicalString: String {
        var lines = ""
        // Nil closes an element.
        var pending: [XMLNode?] = [.element(self)]
        while let next = pending.popLast() {
            guard case .element(let element) = next else {
                if case .text(let text) = next { lines += " " + text.debugDescription } else { lines += ")" }
                continue
            }
            lines += "({\(element.namespace)}\(element.name)"
            for attribute in element.attributes.sorted(by: { ($0.namespace, $0.name) < ($1.namespace, $1.name) }) {
                lines += " {\(attribute.namespace)}\(attribute.name)=\(attribute.value.debugDescription)"
            }
            pending.append(nil)
            var nodes: [XMLNode] = []
            for node in element.nodes {
                // Neighbouring texts are one.
                if case .text(let text) = node, case .text(let before)? = nodes.last {
                    nodes[nodes.count - 1] = .text(before + text)
                } else {
                    nodes.append(node)
                }
            }
            pending.append(contentsOf: nodes.reversed().map { $0 })
        }
        return lines
    }
}
