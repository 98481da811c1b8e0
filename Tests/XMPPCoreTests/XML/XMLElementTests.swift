//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPCore

@Suite struct XMLElementTests {
    private let message = XMLElement(
        "message", Namespace.client, ["to": "romeo@a.example", "id": nil, "type": "chat", "xml:lang": "de"]
    ) {
        XMLElement("body", Namespace.client, text: "Hällo & <Welt>")
        "between"
        XMLElement("unknown", "urn:unknown", ["a": "1"]) { XMLElement("inner", "urn:unknown") }
        XMLElement("body", Namespace.client, ["xml:lang": "en"], text: "Hello")
    }

    @Test func packsNodesInto16Bytes() {
        #expect(MemoryLayout<XMLPackedNode>.size == 16)
        #expect(MemoryLayout<XMLPackedNode>.stride == 16)
    }

    @Test func readsNamesAndAttributes() {
        #expect(message.name == "message")
        #expect(message.namespace == Namespace.client)
        #expect(message.isNamed("message", Namespace.client))
        #expect(!message.isNamed("message", Namespace.server))
        #expect(!message.isNamed("iq", Namespace.client))
        #expect(message["to"] == "romeo@a.example")
        #expect(message["id"] == nil)
        #expect(message["lang"] == nil)
        #expect(message["a"] == nil)
        #expect(message.language == "de")
        #expect(message.withAttribute(.type) { $0.count } == 4)
        #expect(message.withAttribute(.from) { $0.count } == nil)
        #expect(
            message.attributes == [
                XMLAttribute(name: "to", value: "romeo@a.example"), XMLAttribute(name: "type", value: "chat"),
                XMLAttribute(name: "lang", namespace: Namespace.xml, value: "de"),
            ])
    }

    @Test func readsContent() throws {
        #expect(message.children.map(\.name) == ["body", "unknown", "body"])
        #expect(message.firstChild?.text == "Hällo & <Welt>")
        #expect(message.text == "between")
        #expect(message.children("body", Namespace.client).map(\.language) == [nil, "en"])
        let unknown = try #require(message.child("unknown", "urn:unknown"))
        #expect(unknown.nameToken == .unknown)
        #expect(unknown.namespaceToken == .unknown)
        #expect(unknown["a"] == "1")
        #expect(unknown.firstChild?.isNamed("inner", "urn:unknown") == true)
        #expect(unknown.firstChild?.firstChild == nil)
        #expect(message.child("inner", "urn:unknown") == nil)
        #expect(message.child(.body, .clientNamespace)?.text == "Hällo & <Welt>")
        #expect(message.child(.iq, .clientNamespace) == nil)
        #expect(message.nodes.count == 4)
    }

    @Test func writesText() {
        #expect(
            message.xmlString
                == "<message xmlns='jabber:client' to='romeo@a.example' type='chat' xml:lang='de'>"
                + "<body>Hällo &amp; &lt;Welt&gt;</body>between<unknown xmlns='urn:unknown' a='1'><inner/></unknown>"
                + "<body xml:lang='en'>Hello</body></message>")
        #expect(message.description == message.xmlString)
    }

    @Test func takesConditionsListsAndLoops() {
        let show = true
        let none: XMLElement? = nil
        let element = XMLElement("x", "u") {
            if show { XMLElement("a", "u") }
            if !show { XMLElement("b", "u") } else { "text" }
            none
            for number in 1...2 { XMLElement("n\(number)", "u") }
            [XMLElement("c", "u"), XMLElement("d", "u")]
            [XMLNode.text("more"), .element(XMLElement("e", "u"))]
        }
        #expect(element.xmlString == "<x xmlns='u'><a/>text<n1/><n2/><c/><d/>more<e/></x>")
    }

    @Test func leavesOutWhatXMLCannotCarry() {
        let bad = "a\u{0}b\u{1}c\u{B}\u{1F}d\u{FFFE}e\u{FFFF}f\t\n\u{7F}"
        let element = XMLElement("x", "", ["v": bad], text: bad)
        #expect(element.text == "abcdef\t\n\u{7F}")
        #expect(element["v"] == "abcdef\t\n\u{7F}")
        #expect(element.xmlString == "<x v='abcdef&#x9;&#xA;\u{7F}'>abcdef\t\n\u{7F}</x>")
    }

    // MARK: Editing

    @Test func setsAttributes() {
        let changed = message.with(attribute: "id", "1'2").with(attribute: "to", nil).with(attribute: "type", "normal")
        #expect(changed["id"] == "1'2")
        #expect(changed["to"] == nil)
        #expect(changed["type"] == "normal")
        #expect(changed.language == "de")
        #expect(changed.nodes.count == 4)
        #expect(message["type"] == "chat")
        // One of the same name in a namespace stays.
        let lang = message.with(attribute: "lang", "x").with(attribute: "lang", nil)
        #expect(lang.language == "de")
        #expect(lang["lang"] == nil)
    }

    @Test func addsAndRemovesChildren() {
        let longer = message.adding(XMLElement("delay", "urn:xmpp:delay"))
        #expect(longer.children.map(\.name) == ["body", "unknown", "body", "delay"])
        #expect(longer.text == "between")
        let shorter = longer.removingChildren { $0.name == "body" }
        #expect(shorter.children.map(\.name) == ["unknown", "delay"])
        #expect(shorter.text == "between")
        #expect(shorter["to"] == "romeo@a.example")
        #expect(shorter.removingChildren { _ in true }.children.map(\.name) == [])
        #expect(longer.removingChildren { $0.name == "delay" } == message)
    }

    @Test func copiesNoMoreThanTheBranch() throws {
        let large = String(repeating: "x", count: 100_000)
        let tree = XMLElement("iq", Namespace.client) {
            XMLElement("before", "urn:large", text: large)
            XMLElement("small", "urn:small", ["a": "1"]) {
                "text"
                XMLElement("in", "urn:small", text: "more")
            }
            XMLElement("query", Namespace.client)
            XMLElement("after", "urn:large", text: large)
        }
        #expect(tree.tree.header.byteCount > 200_000)
        let small = try #require(tree.child("small", "urn:small"))
        let copy = XMLElement("message", Namespace.client).adding(small)
        #expect(copy.firstChild == small)
        #expect(copy.tree.header.byteCount < 100)
        let empty = XMLElement("message", Namespace.client).adding(try #require(tree.child("query", Namespace.client)))
        #expect(empty.tree.header.byteCount == 0)
        #expect(tree.removingChildren { $0.namespace == "urn:large" }.tree.header.byteCount < 100)
    }

    @Test func knowsItsDepth() {
        let deep = (1..<300).reduce(XMLElement("x", "u")) { inner, _ in XMLElement("x", "u") { inner } }
        #expect(deep.tree.header.depth == 300)
        #expect(XMLElement("a", "u").adding(deep).adding(XMLElement("b", "u")).tree.header.depth == 301)
        #expect(XMLElement("a", "u").adding(deep).removingChildren { _ in true }.tree.header.depth == 1)
        #expect(deep.xmlString.hasSuffix("<x/>" + String(repeating: "</x>", count: 299)))
    }

    // MARK: Equality

    @Test func comparesByMeaning() {
        let one = XMLElement("a", "u", ["x": "1", "y": "2"]) {
            "te"
            "xt"
            XMLElement("b", "u")
        }
        #expect(
            one
                == XMLElement("a", "u", ["y": "2", "x": "1"]) {
                    "text"
                    XMLElement("b", "u")
                })
        let unlike = [
            XMLElement("a", "u", ["x": "1"]) {
                "text"
                XMLElement("b", "u")
            },
            XMLElement("a", "u", ["x": "1", "y": "3"]) {
                "text"
                XMLElement("b", "u")
            },
            XMLElement("a", "v", ["x": "1", "y": "2"]) {
                "text"
                XMLElement("b", "u")
            },
            XMLElement("c", "u", ["x": "1", "y": "2"]) {
                "text"
                XMLElement("b", "u")
            },
            XMLElement("a", "u", ["x": "1", "y": "2"]) {
                XMLElement("b", "u")
                "text"
            },
            XMLElement("a", "u", ["x": "1", "y": "2"]) {
                "te"
                XMLElement("b", "u")
                "xt"
            },
            XMLElement("a", "u", ["x": "1", "y": "2"]) {
                "text"
                XMLElement("b", "v")
            },
            XMLElement("a", "u", ["x": "1", "y": "2"]) { "text" },
            XMLElement("a", "u", ["x": "1", "y": "2"]) {
                "text"
                XMLElement("b", "u") { XMLElement("b", "u") }
            },
        ]
        for element in unlike { #expect(element != one) }
    }

    @Test func tellsSiblingsFromChildren() {
        #expect(
            XMLElement("a", "") { XMLElement("b", "") { XMLElement("c", "") } }
                != XMLElement("a", "") {
                    XMLElement("b", "")
                    XMLElement("c", "")
                })
    }

    @Test func cannotBeFooledByText() {
        #expect(XMLElement("a", "", text: "({}b)") != XMLElement("a", "") { XMLElement("b", "") })
        #expect(
            XMLElement("a", "", text: "\" ({}b) \"")
                != XMLElement("a", "") {
                    ""
                    XMLElement("b", "")
                    ""
                })
    }
}
