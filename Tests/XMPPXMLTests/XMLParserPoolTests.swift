//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPXML

@Suite struct XMLParserPoolTests {
    private func open(_ pool: XMLParserPool, _ namespace: String = "jabber:client") throws -> XMLStreamParser {
        let parser = XMLStreamParser(pool: pool, limits: .afterAuthentication)
        // Spaces around `=`, which hardly anybody writes: otherwise no parser is needed for the header.
        try parser.elements(
            "<?xml version='1.0'?><stream:stream xmlns = '\(namespace)' xmlns:stream='http://etherx.jabber.org/streams'>"
        )
        return parser
    }

    @Test func holdsNoParserBetweenStanzas() throws {
        let pool = XMLParserPool()
        let parser = try open(pool)
        #expect(!parser.holdsParser)
        #expect(pool.count == 1)
        try parser.elements("<mess")
        #expect(parser.holdsParser)
        #expect(pool.count == 0)
        try parser.elements("age/>")
        #expect(!parser.holdsParser)
        #expect(pool.count == 1)
    }

    @Test(arguments: [" ", "\n", "\r", "\r\n", " \t\n\r"])
    func holdsNoParserForKeepAlive(space: String) throws {
        let pool = XMLParserPool()
        let parser = try open(pool)
        try parser.elements(space)
        #expect(!parser.holdsParser)
        #expect(try parser.elements("<iq/>" + space).count == 1)
        #expect(!parser.holdsParser)
        // What is left of it in the shared parser harms nobody.
        let other = try open(pool)
        #expect(try other.elements(space + "<iq/>").count == 1)
        #expect(try parser.elements("<iq/>").count == 1)
        #expect(pool.count == 2)
    }

    @Test func neverMixesConnections() throws {
        let pool = XMLParserPool()
        let first = try open(pool)
        let second = try open(pool)
        let text = { (name: String) in "<message id='\(name)'><body>\(name) says hällo &amp; bye</body></message>" }
        let one = Array(text("one").utf8)
        let two = Array(text("two").utf8)
        for cut in one.indices.dropFirst() {
            var ids: [String] = []
            try first.feed(Array(one[..<cut])) { _ in Issue.record("too early") }
            try second.feed(Array(two[..<cut])) { _ in Issue.record("too early") }
            try first.feed(Array(one[cut...])) {
                if case .element(let element) = $0 { ids.append(element["id"] ?? "") }
            }
            try second.feed(Array(two[cut...])) {
                if case .element(let element) = $0 {
                    ids.append(element["id"] ?? "")
                    ids.append(element.firstChild?.text ?? "")
                }
            }
            if ids != ["one", "two", "two says hällo & bye"] { Issue.record("\(cut): \(ids)") }
        }
        #expect(pool.count == 2)
    }

    @Test func keepsComponentsAndClientsApart() throws {
        let pool = XMLParserPool()
        let client = try open(pool)
        let component = try open(pool, "jabber:component:accept")
        for _ in 0..<3 {
            #expect(try client.elements("<message/>").first?.namespace == Namespace.client)
            #expect(try component.elements("<message/>").first?.namespace == Namespace.client)
            #expect(try client.elements("<m xmlns='jabber:component:accept'/>").first?.namespace == Namespace.component)
            #expect(try component.elements("<m xmlns='jabber:component:accept'/>").first?.namespace == Namespace.client)
        }
        #expect(pool.count == 2)
    }

    @Test func dropsParserOfFailedConnection() throws {
        let pool = XMLParserPool()
        let bad = try open(pool)
        let good = try open(pool)
        #expect(pool.count == 1 || pool.count == 2)
        let before = pool.count
        #expect(throws: StreamError.self) { try bad.elements("<a></b>") }
        #expect(pool.count == before - 1)
        #expect(try good.elements("<iq/>").count == 1)
    }

    @Test func dropsParserOfConnectionThatGoesAway() throws {
        let pool = XMLParserPool()
        try open(pool).elements("<message><body>half")
        #expect(try open(pool).elements("<iq id='1'/>") == [XMLElement("iq", Namespace.client, ["id": "1"])])
        #expect(pool.count == 1)
    }

    @Test func keepsParserAfterWarning() throws {
        // A relative namespace name is only a warning, which must not stick to the next connection.
        let pool = XMLParserPool()
        let first = try open(pool)
        #expect(try first.elements("<x xmlns='a'/>").count == 1)
        #expect(try open(pool).elements("<x xmlns='b'/><iq/>").count == 2)
        #expect(try first.elements("<iq/>").count == 1)
    }

    @Test func retiresParserAfterLargeStanza() throws {
        let pool = XMLParserPool()
        let parser = try open(pool)
        #expect(pool.count == 1)
        let large = "<message><body>" + String(repeating: "x", count: 70_000) + "</body></message>"
        #expect(try parser.elements(large).count == 1)
        #expect(pool.count == 0)
        #expect(try parser.elements("<iq/>").count == 1)
        #expect(pool.count == 1)
    }

    @Test func keepsParserAfterManySmallStanzasInOneRead() throws {
        let pool = XMLParserPool()
        let parser = try open(pool)
        let many = String(repeating: "<iq id='abcdefgh'/>", count: 10_000)
        #expect(try parser.elements(many).count == 10_000)
        #expect(pool.count == 1)
    }

    @Test func keepsFewParsers() throws {
        let pool = XMLParserPool()
        let parsers = try (0..<200).map { _ in try open(pool) }
        for parser in parsers { try parser.elements("<iq") }
        for parser in parsers { #expect(try parser.elements("/>").count == 1) }
        #expect(pool.count <= 64)
    }

    @Test func forgetsNamesThatPeersInvent() throws {
        let pool = XMLParserPool()
        let parser = try open(pool)
        var count = 0
        var retired = 0
        // A million names; each parser may learn about two thousand.
        let perChunk = 500
        for round in 0..<2000 {
            var text = ""
            for number in 0..<perChunk / 2 { text += "<n\(round)x\(number) a\(round)x\(number)=''/>" }
            try parser.feed(Array(text.utf8)) { _ in count += 1 }
            if pool.count == 0 { retired += 1 }
        }
        #expect(count == 500_000)
        #expect(retired > 300)
        #expect(pool.count <= 1)
    }
}
