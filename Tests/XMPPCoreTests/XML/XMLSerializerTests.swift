//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import XMPPCore

@Suite struct XMLSerializerTests {
    private func write(_ element: XMLElement, _ serializer: XMLSerializer = XMLSerializer()) -> String {
        var bytes = [UInt8](repeating: 0, count: serializer.bound(of: element))
        let count = bytes.withUnsafeMutableBytes { serializer.write(element, into: $0) }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    @Test func declaresNamespacesWhereTheyChange() {
        let element = XMLElement("iq", Namespace.client) {
            XMLElement("a", "urn:a") {
                XMLElement("b", "urn:a")
                XMLElement("c", "urn:c") { XMLElement("d", "urn:a") }
                XMLElement("e", "")
                XMLElement("f", Namespace.client)
            }
            XMLElement("g", Namespace.client)
            XMLElement("query", Namespace.roster) { XMLElement("item", Namespace.roster) }
        }
        let inner =
            "<a xmlns='urn:a'><b/><c xmlns='urn:c'><d xmlns='urn:a'/></c><e xmlns=''/><f xmlns='jabber:client'/></a><g/>"
            + "<query xmlns='jabber:iq:roster'><item/></query></iq>"
        #expect(write(element) == "<iq>" + inner)
        #expect(write(element, XMLSerializer(inherited: .empty)) == "<iq xmlns='jabber:client'>" + inner)
        #expect(write(element, XMLSerializer(inherited: .unknown)) == "<iq xmlns='jabber:client'>" + inner)
    }

    @Test func writesStreamPrefix() {
        let features = XMLElement("features", Namespace.streams) {
            XMLElement("bind", Namespace.bind) { XMLElement("required", Namespace.bind) }
            XMLElement("x", Namespace.client)
            XMLElement("y", "")
        }
        let inner = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><required/></bind>"
        #expect(write(features) == "<stream:features>\(inner)<x/><y xmlns=''/></stream:features>")
        #expect(
            write(features, XMLSerializer(inherited: .empty))
                == "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>"
                + "\(inner)<x xmlns='jabber:client'/><y/></stream:features>")
        #expect(
            write(StreamError(.conflict).element)
                == "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>")
        // Inside another namespace, the children's own is declared as if the prefixed one were not there.
        let odd = XMLElement("a", "urn:a") { XMLElement("s", Namespace.streams) { XMLElement("b", "urn:a") } }
        #expect(write(odd) == "<a xmlns='urn:a'><stream:s><b/></stream:s></a>")
    }

    @Test func escapesTextAndAttributes() {
        let all = "&<>'\"\r\n\t]]>"
        #expect(
            write(XMLElement("x", Namespace.client, ["a": all], text: all))
                == "<x a='&amp;&lt;&gt;&apos;&quot;&#xD;&#xA;&#x9;]]&gt;'>&amp;&lt;&gt;'\"&#xD;\n\t]]&gt;</x>")
        #expect(write(XMLElement("x", "u'&<\"")) == "<x xmlns='u&apos;&amp;&lt;&quot;'/>")
    }

    @Test func writesAttributesInNamespaces() {
        let element = XMLElement(
            name: "x", namespace: Namespace.client,
            attributes: [
                XMLAttribute(name: "a", value: "1"), XMLAttribute(name: "a", namespace: "urn:a", value: "2"),
                XMLAttribute(name: "a", namespace: "urn:b'", value: "3"),
                XMLAttribute(name: "lang", namespace: Namespace.xml, value: "de"),
                XMLAttribute(name: "id", namespace: Namespace.client, value: "4"),
            ], nodes: [])
        #expect(
            write(element)
                == "<x a='1' xmlns:a2='urn:a' a2:a='2' xmlns:a3='urn:b&apos;' a3:a='3' xml:lang='de' "
                + "xmlns:a5='jabber:client' a5:id='4'/>")
    }

    @Test(arguments: [0, 1, 5, 100, 60_000])
    func staysWithinTheBound(length: Int) {
        for character in ["&", "x", "\"", "\r", "ä"] {
            let text = String(repeating: character, count: length)
            let name = "n" + String(repeating: "a", count: min(length, 1000))
            let element = XMLElement(
                name: name, namespace: "urn:" + text.prefix(1000),
                attributes: (1...12).map {
                    XMLAttribute(name: "\(name)\($0)", namespace: "urn:" + text.prefix(100), value: text)
                },
                nodes: [
                    .text(text), .element(XMLElement(name, Namespace.streams)),
                    .element(XMLElement(name, "", ["a": text])),
                ])
            for inherited in [XMLToken.empty, .clientNamespace, .unknown] {
                let serializer = XMLSerializer(inherited: inherited)
                let bound = serializer.bound(of: element)
                var bytes = [UInt8](repeating: 0xA5, count: bound + 16)
                let count = bytes.withUnsafeMutableBytes {
                    serializer.write(element, into: UnsafeMutableRawBufferPointer(rebasing: $0[..<bound]))
                }
                #expect(count <= bound)
                #expect(bytes.suffix(16).allSatisfy { $0 == 0xA5 })
            }
        }
    }

    @Test func boundsTheSmallestElements() {
        for namespace in ["", "u", Namespace.client, Namespace.streams] {
            let element = XMLElement("x", namespace) { XMLElement("y", namespace) { "t" } }
            for inherited in [XMLToken.empty, .clientNamespace] {
                let serializer = XMLSerializer(inherited: inherited)
                #expect(write(element, serializer).utf8.count <= serializer.bound(of: element))
            }
        }
    }
}
