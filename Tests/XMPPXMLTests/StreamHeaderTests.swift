//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPXML

@Suite struct StreamHeaderTests {
    private static let streams = "xmlns:stream='http://etherx.jabber.org/streams'"

    private func header(_ text: String) throws -> StreamHeader {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .beforeAuthentication)
        var headers: [StreamHeader] = []
        try parser.feed(Array(text.utf8)) {
            if case .opened(let header) = $0 { headers.append(header) }
        }
        #expect(headers.count == 1)
        return try #require(headers.first)
    }

    @Test func readsEveryAttribute() throws {
        let header = try header(
            """
            <?xml version='1.0' encoding='UTF-8'?><stream:stream from='juliet@a.example' to="a.example" id='x&amp;&#39;' \
            version='1.0' xml:lang='de' xmlns='jabber:client' \(Self.streams)>
            """)
        #expect(
            header
                == StreamHeader(
                    contentNamespace: "jabber:client", to: "a.example", from: "juliet@a.example", id: "x&'",
                    version: "1.0", language: "de"))
    }

    @Test func keepsAttributesItDoesNotKnow() throws {
        let header = try header(
            "<stream:stream xmlns='jabber:server' xmlns:db='jabber:server:dialback' db:x='1' y='2' \(Self.streams)>")
        #expect(header.contentNamespace == "jabber:server")
        #expect(header.extensions == ["{jabber:server:dialback}x": "1", "{}y": "2"])
        #expect(header.version == nil)
    }

    @Test(arguments: [
        ("<stream xmlns='http://etherx.jabber.org/streams'>", "stream", Namespace.streams, Namespace.streams),
        (
            "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>", "stream", Namespace.streams,
            "jabber:client"
        ),
        ("<stream:stream xmlns='jabber:client' xmlns:stream='urn:wrong'>", "stream", "urn:wrong", "jabber:client"),
        ("<stream:other xmlns='jabber:client' \(Self.streams)>", "other", Namespace.streams, "jabber:client"),
        ("<stream:stream \(Self.streams)>", "stream", Namespace.streams, ""),
        ("<stream:stream xmlns='urn:odd' \(Self.streams)>", "stream", Namespace.streams, "urn:odd"),
        ("<html>", "html", "", ""),
    ])
    func tellsNamesAndNamespaces(text: String, name: String, namespace: String, content: String) throws {
        let header = try header(text)
        #expect(header.name == name)
        #expect(header.namespace == namespace)
        #expect(header.contentNamespace == content)
    }

    @Test(arguments: ["jabber:server", "jabber:component:accept"])
    func readsContentNamespaceAsClients(namespace: String) throws {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .afterAuthentication)
        let elements = try parser.elements(
            """
            <stream:stream xmlns='\(namespace)' \(Self.streams)><message><body>Hi</body></message>\
            <message><x xmlns='urn:x'><message xmlns='\(namespace)'/></x></message>
            """)
        try #require(elements.count == 2)
        #expect(
            elements[0] == XMLElement("message", Namespace.client) { XMLElement("body", Namespace.client, text: "Hi") })
        #expect(elements[1].firstChild?.firstChild?.namespace == Namespace.client)
    }

    @Test func leavesOtherNamespacesAlone() throws {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .afterAuthentication)
        let elements = try parser.elements(StreamFixture.header + "<message xmlns='jabber:server'/>")
        #expect(elements.first?.namespace == Namespace.server)
    }

    @Test(arguments: [
        "<stream xmlns='http://etherx.jabber.org/streams' xmlns:c='jabber:client'>|<c:message><c:body>1</c:body></c:message>",
        "<s:stream xmlns='jabber:client' xmlns:s='http://etherx.jabber.org/streams'>|<message><body>1</body></message>",
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:c='jabber:client'>|<c:message><body>1</body></c:message>",
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' xmlns:q=\"urn:a&amp;b'c\">|<message><body>1</body></message>",
    ])
    func readsStreamsWithUnusualPrefixes(text: String) throws {
        // Parsers that have read such a header never go into the pool, yet are replaced when they have grown.
        let pool = XMLParserPool()
        let parser = XMLStreamParser(pool: pool, limits: .afterAuthentication)
        let parts = text.split(separator: "|").map(String.init)
        let message = XMLElement("message", Namespace.client) { XMLElement("body", Namespace.client, text: "1") }
        #expect(try parser.elements(parts[0]) == [])
        for round in 0..<3000 {
            let elements = try parser.elements("<n\(round) xmlns='urn:\(round)'/>" + parts[1])
            if elements.count != 2 || elements.last != message { Issue.record("\(elements)") }
        }
        #expect(pool.count == 0)
        var isClosed = false
        let end = "</" + parts[0].dropFirst().prefix { $0 != " " } + ">"
        try parser.feed(Array(end.utf8)) { if case .closed = $0 { isClosed = true } }
        #expect(isClosed)
    }

    @Test func beginsAnewAfterRestart() throws {
        let pool = XMLParserPool()
        let parser = XMLStreamParser(pool: pool, limits: .beforeAuthentication)
        try parser.elements(
            "<?xml version='1.0'?>" + StreamFixture.header + "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>")
        parser.restart()
        var events: [String] = []
        try parser.feed(Array("<?xml version='1.0'?>\(StreamFixture.header)<iq/>".utf8)) {
            events.append(StreamFixture.describe($0))
        }
        #expect(events == ["open", "({jabber:client}iq)"])
    }

    @Test func givesItsParserBackWhenItBeginsAnew() throws {
        let pool = XMLParserPool()
        let parser = XMLStreamParser(pool: pool, limits: .beforeAuthentication)
        for _ in 0..<3 {
            try parser.elements(StreamFixture.header)
            try parser.feed(Array("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/> ".utf8)) { _ in parser.restart() }
            #expect(!parser.holdsParser)
            #expect(pool.count == 1)
        }
        #expect(try parser.elements(StreamFixture.header + "<iq/>") == [XMLElement("iq", Namespace.client)])
    }

    @Test(arguments: ["<presence/>", "<pre", "</stream:stream>", "x", "\0"])
    func refusesWhatCameWithTheElementThatRestarts(rest: String) {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .beforeAuthentication)
        var names: [String] = []
        #expect(throws: StreamError(.policyViolation, text: "Data before the stream was restarted.")) {
            try parser.feed(Array((StreamFixture.header + "<starttls xmlns='\(Namespace.tls)'/>" + rest).utf8)) {
                guard case .element(let element) = $0 else { return }
                names.append(element.name)
                parser.restart()
            }
        }
        #expect(names == ["starttls"])
    }

    @Test func refusesSecondHeaderWithoutRestart() {
        StreamFixture(
            "second header", raw: StreamFixture.header + StreamFixture.header, ["open"], .error(.badFormat)
        ).check()
    }
}
