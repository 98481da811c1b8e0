//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
internal import XMPPXML

extension XMLElement {
    /// Reads an element as it would stand in a client's stream: without a namespace it is in `jabber:client`.
    package init(scripted text: String) throws {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .stored)
        var found: [XMLElement] = []
        let stream = "<stream:stream xmlns='\(Namespace.client)' xmlns:stream='\(Namespace.streams)'>" + text
        do {
            try Array(stream.utf8).withUnsafeBytes { bytes in
                try parser.feed(bytes) { if case .element(let element) = $0 { found.append(element) } }
            }
        } catch {
            throw ExpectationFailure("Not well-formed (\(error)): \(text)")
        }
        guard found.count == 1, let element = found.first else {
            throw ExpectationFailure("Not one element but \(found.count): \(text)")
        }
        self = element
    }

    /// Whether the element is exactly what the pattern says, attributes in any order. `*` stands for any value of an
    /// attribute that has to be there, and for any text. Blank text between elements is not looked at.
    package func matches(_ pattern: XMLElement) -> Bool {
        guard isNamed(pattern.name, pattern.namespace), hasAttributes(of: pattern),
            attributes.count == pattern.attributes.count, hasText(of: pattern)
        else { return false }
        let own = Array(children)
        let wanted = Array(pattern.children)
        return own.count == wanted.count && zip(own, wanted).allSatisfy { $0.matches($1) }
    }

    /// Whether the element holds all that the pattern does; more of everything is allowed.
    package func includes(_ pattern: XMLElement) -> Bool {
        guard isNamed(pattern.name, pattern.namespace), hasAttributes(of: pattern),
            pattern.significantText.isEmpty || hasText(of: pattern)
        else { return false }
        return pattern.children.allSatisfy { wanted in children.contains { $0.includes(wanted) } }
    }

    package func matches(_ pattern: String) throws -> Bool { matches(try XMLElement(scripted: pattern)) }

    package func includes(_ pattern: String) throws -> Bool { includes(try XMLElement(scripted: pattern)) }

    private func hasAttributes(of pattern: XMLElement) -> Bool {
        let own = attributes
        return pattern.attributes.allSatisfy { wanted in
            own.contains {
                $0.name == wanted.name && $0.namespace == wanted.namespace
                    && (wanted.value == "*" || wanted.value == $0.value)
            }
        }
    }

    private func hasText(of pattern: XMLElement) -> Bool {
        let wanted = pattern.significantText
        return wanted == "*" || wanted == significantText
    }

    /// The text, or nothing if it only separates elements.
    private var significantText: String {
        let text = text
        return firstChild != nil && text.allSatisfy(\.isWhitespace) ? "" : text
    }
}

/// Throws what is there instead unless the element is what the pattern says (``XMLElement/matches(_:)``).
package func expect(_ element: XMLElement, is pattern: String) throws {
    guard try element.matches(pattern) else {
        throw ExpectationFailure("Wanted \(pattern)\n   got \(element.xmlString)")
    }
}
