//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPXML

/// Parses an example; white space that only sets elements apart is left out.
func parse(_ xml: String) throws -> XMLElement {
    func squeezed(_ element: XMLElement) -> XMLElement {
        let hasChildren = element.firstChild != nil
        let nodes = element.nodes.compactMap { node -> XMLNode? in
            switch node {
            case .element(let child): .element(squeezed(child))
            case .text(let text): hasChildren && text.allSatisfy(\.isWhitespace) ? nil : node
            }
        }
        return XMLElement(
            name: element.name, namespace: element.namespace, attributes: element.attributes, nodes: nodes)
    }
    return squeezed(try XMLElement(parsing: xml))
}

/// Expects that the text reads as the payload, that the payload writes the text, and that it survives the wire.
func expectGolden<Content: Payload & Equatable>(
    _ payload: Content, _ xml: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let expected = try parse(xml)
    #expect(try Content(expected) == payload, sourceLocation: sourceLocation)
    #expect(payload.element == expected, sourceLocation: sourceLocation)
    try expectRoundTrip(payload, sourceLocation: sourceLocation)
}

/// Expects that the payload survives the wire.
func expectRoundTrip<Content: Payload & Equatable>(
    _ payload: Content, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let onTheWire = try XMLElement(parsing: payload.element.xmlString)
    #expect(try Content(onTheWire) == payload, sourceLocation: sourceLocation)
}

/// Expects that none of these elements reads as such a payload.
func expectMalformed<Content: Payload>(
    _ type: Content.Type, _ examples: [String], sourceLocation: SourceLocation = #_sourceLocation
) throws {
    for example in examples {
        let element = try parse(example)
        #expect(throws: PayloadError.self, "\(example)", sourceLocation: sourceLocation) { try Content(element) }
    }
}
