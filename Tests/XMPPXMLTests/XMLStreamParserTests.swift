//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPXML

@Suite struct XMLStreamParserTests {
    private static func message(_ text: String) -> XMLElement {
        XMLElement("message", Namespace.client) { XMLElement("body", Namespace.client, text: text) }
    }

    private static let wellFormed: [StreamFixture] = [
        StreamFixture("header only", ""),
        StreamFixture(
            "closed", raw: StreamFixture.header + "<iq/></stream:stream>", ["open", "({jabber:client}iq)", "close"],
            .open),
        StreamFixture(
            "white space after the end", raw: StreamFixture.header + "</stream:stream>\n", ["open", "close"], .open),
        StreamFixture("text", "<message><body>Hi</body></message>", [message("Hi")]),
        StreamFixture("CDATA", "<message><body>a<![CDATA[<b>&amp;]]>c</body></message>", [message("a<b>&amp;c")]),
        StreamFixture("empty CDATA", "<message><body><![CDATA[]]></body></message>", [message("")]),
        StreamFixture(
            "predefined entities", "<message><body>&lt;&gt;&amp;&apos;&quot;&#65;&#x10FFFF;</body></message>",
            [message("<>&'\"A\u{10FFFF}")]),
        StreamFixture(
            "entities in attributes", "<iq id='&lt;&gt;&amp;&apos;&quot;&#38;#38;&#9;' a=\"'&amp;amp;\"/>",
            [XMLElement("iq", Namespace.client, ["id": "<>&'\"&#38;\t", "a": "'&amp;"])]),
        StreamFixture(
            "white space in attributes", "<iq id=' a\tb\nc '/>", [XMLElement("iq", Namespace.client, ["id": " a b c "])]
        ),
        StreamFixture("line ends", "<message><body>a\r\nb\rc\n</body></message>", [message("a\nb\nc\n")]),
        StreamFixture(
            "two-, three-, four-byte characters", "<message><body>äß€\u{1F600}</body></message>",
            [message("äß€\u{1F600}")]),
        StreamFixture(
            "DEL and C1", "<message><body>\u{7F}\u{85}\u{9F}</body></message>", [message("\u{7F}\u{85}\u{9F}")]),
        StreamFixture(
            "keep-alive", " \n\t\r <iq/> <iq/>\r\n \r",
            [XMLElement("iq", Namespace.client), XMLElement("iq", Namespace.client)]),
        StreamFixture(
            "prefixes",
            "<m:message xmlns:m='jabber:client' xmlns='urn:x'><y/><m:body xml:lang='de' m:a='1'>x</m:body></m:message>",
            [
                XMLElement("message", Namespace.client) {
                    XMLElement("y", "urn:x")
                    XMLElement(
                        name: "body", namespace: Namespace.client,
                        attributes: [
                            XMLAttribute(name: "lang", namespace: Namespace.xml, value: "de"),
                            XMLAttribute(name: "a", namespace: Namespace.client, value: "1"),
                        ], nodes: [.text("x")])
                }
            ]),
        StreamFixture("no namespace", "<x xmlns=''><y/></x>", [XMLElement("x", "") { XMLElement("y", "") }]),
        StreamFixture(
            "mixed content", "<x xmlns='u'>a<y/>b<y/></x>",
            [
                XMLElement("x", "u") {
                    "a"
                    XMLElement("y", "u")
                    "b"
                    XMLElement("y", "u")
                }
            ]),
        StreamFixture(
            "stream error from the peer",
            "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
            [StreamError(.conflict).element]),
        StreamFixture(
            "namespace with separators", "<x xmlns='urn:a:b;c=d&amp;e&apos;f#g'/>",
            [XMLElement("x", "urn:a:b;c=d&e'f#g")]),
        StreamFixture(
            "greater-than in attributes", "<x a='>' b=\"/>\"/>",
            [XMLElement("x", Namespace.client, ["a": ">", "b": "/>"])]),
        StreamFixture(
            "other quotes in attributes", "<x a='\"' b=\"'\"/>",
            [XMLElement("x", Namespace.client, ["a": "\"", "b": "'"])]),
        StreamFixture("one quote in an attribute", "<x a=\"'>\"/>", [XMLElement("x", Namespace.client, ["a": "'>"])]),
        StreamFixture(
            "quotes in text", "<x>it's</x><x>\"</x>",
            [XMLElement("x", Namespace.client, text: "it's"), XMLElement("x", Namespace.client, text: "\"")]),
        StreamFixture("brackets in text", "<x>]] > ]</x>", [XMLElement("x", Namespace.client, text: "]] > ]")]),
        StreamFixture(
            "brackets in CDATA", "<x><![CDATA[]]]]><![CDATA[>]]></x>", [XMLElement("x", Namespace.client, text: "]]>")]),
        StreamFixture("names beyond ASCII", "<élan xmlns='u' ünï='1'/>", [XMLElement("élan", "u", ["ünï": "1"])]),
        StreamFixture("xml declaration", raw: "<?xml version='1.0'?>\n" + StreamFixture.header, ["open"], .open),
        StreamFixture(
            "declared UTF-8", raw: "<?xml version=\"1.0\" encoding=\"utf-8\" standalone='yes'?>" + StreamFixture.header,
            ["open"], .open),
        StreamFixture("white space before the header", raw: "\n \t" + StreamFixture.header, ["open"], .open),
    ]

    @Test(arguments: wellFormed)
    func reads(fixture: StreamFixture) {
        fixture.check()
    }

    private static let badUTF8: [(String, [UInt8])] = [
        ("lone continuation", [0x80]),
        ("overlong slash", [0xC0, 0xAF]),
        ("overlong NUL", [0xC0, 0x80]),
        ("overlong three bytes", [0xE0, 0x80, 0xAF]),
        ("overlong four bytes", [0xF0, 0x80, 0x80, 0xAF]),
        ("surrogate", [0xED, 0xA0, 0x80]),
        ("surrogate pair", [0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80]),
        ("beyond U+10FFFF", [0xF4, 0x90, 0x80, 0x80]),
        ("five bytes", [0xF8, 0x88, 0x80, 0x80, 0x80]),
        ("cut short", [0xE2, 0x82]),
        ("Latin-1", [0xE4]),
        ("0xFF", [0xFF]),
        ("NUL", [0x00]),
        ("control character", [0x01]),
        ("vertical tab", [0x0B]),
        ("form feed", [0x0C]),
        ("escape", [0x1B]),
        ("U+FFFE", [0xEF, 0xBF, 0xBE]),
        ("U+FFFF", [0xEF, 0xBF, 0xBF]),
    ]

    private static let places = [
        ("<message><body>a", "b</body></message>"), ("<iq id='a", "b'/>"), ("<a", "b/>"), ("<a><![CDATA[", "]]></a>"),
        ("<a xmlns='", "'/>"),
    ]

    @Test(arguments: badUTF8.indices)
    func refusesBadCharacters(index: Int) {
        let (name, bad) = Self.badUTF8[index]
        for (before, after) in Self.places {
            StreamFixture(
                "\(name) in \(before)", bytes: Array((StreamFixture.header + before).utf8) + bad + Array(after.utf8),
                ["open"],
                .error(.notWellFormed)
            ).check()
        }
    }

    private static let malformed: [StreamFixture] = [
        StreamFixture("text first", raw: "hello world", [], .error(.notWellFormed)),
        StreamFixture("HTTP", raw: "GET / HTTP/1.1\r\n\r\n", [], .error(.notWellFormed)),
        StreamFixture("wrong end tag", "<message></presence>", [], .error(.notWellFormed)),
        StreamFixture("end of the stream inside a stanza", "<message></stream:stream>", [], .error(.notWellFormed)),
        StreamFixture(
            "wrong end of the stream", "<iq/></stream>", [XMLElement("iq", Namespace.client)], .error(.notWellFormed)),
        StreamFixture("same attribute twice", "<iq id='1' id='2'/>", [], .error(.notWellFormed)),
        StreamFixture(
            "same attribute by two prefixes", "<iq xmlns:a='u' xmlns:b='u' a:x='1' b:x='2'/>", [],
            .error(.notWellFormed)),
        StreamFixture("same declaration twice", "<iq xmlns='u' xmlns='u'/>", [], .error(.notWellFormed)),
        StreamFixture("unquoted attribute", "<iq id=1/>", [], .error(.notWellFormed)),
        StreamFixture("attribute without value", "<iq id/>", [], .error(.notWellFormed)),
        // libxml2 waits for what might end a tag or an entity before it looks at them.
        StreamFixture("less-than in attribute", "<iq id='<'/><iq/>", [], .error(.notWellFormed)),
        StreamFixture("lone ampersand", "<iq>a & b</iq><iq>;</iq>", [], .error(.notWellFormed)),
        StreamFixture("end of CDATA in text", "<iq>]]></iq>", [], .error(.notWellFormed)),
        StreamFixture("character reference to NUL", "<iq>&#0;</iq>", [], .error(.notWellFormed)),
        StreamFixture("character reference to a control", "<iq id='&#x1;'/>", [], .error(.notWellFormed)),
        StreamFixture("character reference to a surrogate", "<iq>&#xD800;</iq>", [], .error(.notWellFormed)),
        StreamFixture("character reference too large", "<iq>&#x110000;</iq>", [], .error(.notWellFormed)),
        StreamFixture("character reference that overflows", "<iq>&#x100000041;</iq>", [], .error(.notWellFormed)),
        StreamFixture("unbound prefix", "<a:iq/>", [], .error(.badNamespacePrefix)),
        StreamFixture("unbound prefix of an attribute", "<iq a:b='1'/>", [], .error(.badNamespacePrefix)),
        StreamFixture("prefix unbound again", "<iq xmlns:a=''/>", [], .error(.notWellFormed)),
        StreamFixture("xml prefix bound to another", "<iq xmlns:xml='u'/>", [], .error(.notWellFormed)),
        StreamFixture("prefix xmlns bound", "<iq xmlns:xmlns='u'/>", [], .error(.notWellFormed)),
        StreamFixture("namespace that is no URI", "<x xmlns='a}b{c| &quot;'/>", [], .error(.notWellFormed)),
        StreamFixture("two colons", "<a:b:c xmlns:a='u'/>", [], .error(.notWellFormed)),
        StreamFixture(
            "data after the end", raw: StreamFixture.header + "</stream:stream><iq/>", ["open", "close"],
            .error(.notWellFormed)),
        StreamFixture(
            "text between stanzas", "<iq/>hello<iq/>", [XMLElement("iq", Namespace.client)], .error(.badFormat)),
        StreamFixture("CDATA between stanzas", "<![CDATA[x]]><iq/>", [], .error(.badFormat)),
        StreamFixture("character reference between stanzas", "&#65;<iq/>", [], .error(.badFormat)),
        StreamFixture("byte order mark between stanzas", "\u{FEFF}<iq/>", [], .error(.badFormat)),
        StreamFixture("stream in a stream", "<stream:stream>", [], .error(.badFormat)),
        StreamFixture(
            "stream in a stanza", "<message><s:stream xmlns:s='http://etherx.jabber.org/streams'/></message>", [],
            .error(.badFormat)),
    ]

    @Test(arguments: malformed)
    func refuses(fixture: StreamFixture) {
        fixture.check()
    }

    private static let laughs = """
        <!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>
        """

    private static let restricted: [StreamFixture] = [
        StreamFixture("DTD", raw: "<!DOCTYPE a>" + StreamFixture.header, [], .error(.restrictedXml)),
        StreamFixture("billion laughs", raw: laughs + "<l>&c;</l>", [], .error(.restrictedXml)),
        StreamFixture(
            "declaration and DTD",
            raw: "<?xml version='1.0'?><!DOCTYPE a SYSTEM 'http://a.example/a.dtd'>" + StreamFixture.header,
            [], .error(.restrictedXml)),
        StreamFixture(
            "external entity", raw: "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", [],
            .error(.restrictedXml)),
        StreamFixture(
            "parameter entity", raw: "<!DOCTYPE a [<!ENTITY % x SYSTEM 'http://a.example/'>%x;]><a/>", [],
            .error(.restrictedXml)),
        StreamFixture("undefined entity", "<iq>&nbsp;</iq>", [], .error(.restrictedXml)),
        StreamFixture("undefined entity in attribute", "<iq id='&foo;'/>", [], .error(.restrictedXml)),
        StreamFixture("comment", "<!-- x --><iq/>", [], .error(.restrictedXml)),
        StreamFixture("comment in a stanza", "<iq><!----></iq>", [], .error(.restrictedXml)),
        StreamFixture(
            "comment before the header", raw: "<!-- x -->" + StreamFixture.header, [], .error(.restrictedXml)),
        StreamFixture("processing instruction", "<?php x?><iq/>", [], .error(.restrictedXml)),
        StreamFixture("processing instruction in a stanza", "<iq><?x?></iq>", [], .error(.restrictedXml)),
        StreamFixture(
            "stylesheet", raw: "<?xml-stylesheet href='a'?>" + StreamFixture.header, [], .error(.restrictedXml)),
        StreamFixture(
            "comment after the end", raw: StreamFixture.header + "</stream:stream><!-- -->", ["open", "close"],
            .error(.restrictedXml)),
    ]

    @Test(arguments: restricted)
    func refusesRestricted(fixture: StreamFixture) {
        fixture.check()
    }

    @Test func refusesDocumentTypeInsideTheStream() {
        StreamFixture("DTD between stanzas", "<!DOCTYPE a><iq/>", [], .error(.notWellFormed)).check()
        StreamFixture("XML declaration between stanzas", "<?xml version='1.0'?><iq/>", [], .error(.notWellFormed))
            .check()
        StreamFixture(
            "two XML declarations", raw: "<?xml version='1.0'?><?xml version='1.0'?>", [], .error(.notWellFormed)
        ).check()
    }

    private static func utf16(_ text: String, bigEndian: Bool, mark: Bool) -> [UInt8] {
        ((mark ? "\u{FEFF}" : "") + text).utf16.flatMap { unit in
            bigEndian ? [UInt8(unit >> 8), UInt8(unit & 0xFF)] : [UInt8(unit & 0xFF), UInt8(unit >> 8)]
        }
    }

    private static let encodings: [StreamFixture] = [
        StreamFixture(
            "UTF-16BE with mark", bytes: utf16(StreamFixture.header, bigEndian: true, mark: true), [],
            .error(.unsupportedEncoding)),
        StreamFixture(
            "UTF-16LE with mark", bytes: utf16(StreamFixture.header, bigEndian: false, mark: true), [],
            .error(.unsupportedEncoding)),
        StreamFixture(
            "UTF-16BE", bytes: utf16(StreamFixture.header, bigEndian: true, mark: false), [],
            .error(.unsupportedEncoding)),
        StreamFixture(
            "UTF-16LE", bytes: utf16(StreamFixture.header, bigEndian: false, mark: false), [],
            .error(.unsupportedEncoding)),
        StreamFixture("UTF-32BE", bytes: [0, 0, 0, 0x3C, 0, 0, 0, 0x73], [], .error(.unsupportedEncoding)),
        StreamFixture(
            "declared Latin-1", raw: "<?xml version='1.0' encoding='ISO-8859-1'?>" + StreamFixture.header, [],
            .error(.unsupportedEncoding)),
        StreamFixture(
            "declared UTF-16", raw: "<?xml version='1.0' encoding=\"UTF-16\"?>" + StreamFixture.header, [],
            .error(.unsupportedEncoding)),
        StreamFixture(
            "declared ASCII", raw: "<?xml version='1.0' encoding='US-ASCII' ?>" + StreamFixture.header, [],
            .error(.unsupportedEncoding)),
        StreamFixture(
            "declared UTF-7", raw: "<?xml version='1.0' encoding='UTF-7'?>+ADw-stream/>", [],
            .error(.unsupportedEncoding)),
    ]

    @Test(arguments: encodings)
    func refusesOtherEncodings(fixture: StreamFixture) {
        fixture.check()
    }

    @Test func takesByteOrderMarkOfUTF8ForText() {
        // RFC 6120 §11.6: a zero-width no-break space, and text does not stand before a stream.
        for text in ["\u{FEFF}", "\u{FEFF}<?xml version='1.0'?>"] {
            StreamFixture("mark", raw: text + StreamFixture.header, [], .error(.notWellFormed)).check()
        }
    }

    @Test func staysDeadAfterAnError() {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .beforeAuthentication)
        #expect(throws: StreamError.self) { try parser.elements(StreamFixture.header + "<!-- -->") }
        #expect(throws: StreamError(.restrictedXml)) { try parser.elements("<iq/>") }
        #expect(!parser.holdsParser)
    }

    @Test func takesNothingFromNoBytes() throws {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .beforeAuthentication)
        #expect(try parser.elements("") == [])
        #expect(try parser.elements(StreamFixture.header) == [])
        #expect(try parser.elements("") == [])
    }
}
