//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import Testing
import XMPPCore

@testable import XMPPXML

@Suite struct XMLRoundTripTests {
    /// Serialises within the bound, with a canary behind it.
    private func write(_ element: XMLElement, _ serializer: XMLSerializer) -> [UInt8] {
        let bound = serializer.bound(of: element)
        var bytes = [UInt8](repeating: 0xA5, count: bound + 64)
        let count = bytes.withUnsafeMutableBytes { buffer in
            serializer.write(element, into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<bound]))
        }
        #expect(count <= bound)
        #expect(bytes.suffix(64).allSatisfy { $0 == 0xA5 })
        return Array(bytes.prefix(count))
    }

    private func parse(_ bytes: [UInt8], _ pool: XMLParserPool, header: String) throws -> XMLElement? {
        let parser = XMLStreamParser(
            pool: pool, limits: XMLLimits(bytes: 1_000_000, depth: 100, elements: 10_000, attributes: 100))
        var found: [XMLElement] = []
        try parser.feed(Array(header.utf8)) { _ in }
        try parser.feed(bytes) { if case .element(let element) = $0 { found.append(element) } }
        #expect(found.count == 1)
        return found.first
    }

    @Test(arguments: [2, 5, 12, 60])
    func readsWhatItWrites(depth: Int) throws {
        let pool = XMLParserPool()
        var trees = RandomTree(seed: UInt64(depth))
        for round in 0..<(depth == 60 ? 60 : 250) {
            let element = trees.element(depth: depth)
            let alone = write(element, XMLSerializer(inherited: .empty))
            let again = try XMLElement(parsing: alone)
            if again != element { Issue.record("\(round), alone: \(element.xmlString)") }
            let inStream = write(element, XMLSerializer())
            if try parse(inStream, pool, header: StreamFixture.header) != element {
                Issue.record("\(round), in a stream: \(element.xmlString)")
            }
            // Reading and writing once more changes nothing.
            if again.xmlBytes != element.xmlBytes { Issue.record("\(round), twice: \(element.xmlString)") }
        }
    }

    @Test func writesBranchesOfLargerTrees() throws {
        var trees = RandomTree(seed: 99)
        for _ in 0..<100 {
            let element = trees.element(depth: 6)
            for child in element.children {
                #expect(try XMLElement(parsing: write(child, XMLSerializer(inherited: .empty))) == child)
                let copy = XMLElement("wrap", "urn:w").adding(child)
                #expect(copy.firstChild == child)
                #expect(try XMLElement(parsing: copy.xmlString) == copy)
            }
        }
    }

    @Test func writesComponentStreams() throws {
        let pool = XMLParserPool()
        let header = "<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>"
        let element = XMLElement("message", Namespace.client, ["to": "a@b"]) {
            XMLElement("body", Namespace.client, text: "Hi")
            XMLElement("forwarded", "urn:xmpp:forward:0") { XMLElement("message", Namespace.client) }
        }
        let bytes = write(element, XMLSerializer(inherited: .clientNamespace))
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == "<message to='a@b'><body>Hi</body><forwarded xmlns='urn:xmpp:forward:0'>"
                + "<message xmlns='jabber:client'/></forwarded></message>")
        #expect(try parse(bytes, pool, header: header) == element)
    }

    @Test func writesIntoBuffers() throws {
        var buffer = ByteBuffer()
        buffer.writeString("before")
        let element = XMLElement("iq", Namespace.client, ["type": "get", "id": "1"]) {
            XMLElement("ping", "urn:xmpp:ping")
        }
        buffer.writeElement(element)
        var stanza = try Stanza(element)
        stanza.to = try JID("a@b.example/c'<&d")
        buffer.writeStanza(stanza)
        #expect(
            String(buffer: buffer)
                == "before<iq type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>"
                + "<iq to='a@b.example/c&apos;&lt;&amp;d' type='get' id='1'><ping xmlns='urn:xmpp:ping'/></iq>")
    }

    @Test func writesAddressesWithinTheBound() throws {
        let resource = String(repeating: "'&<>\"", count: 200)
        let jid = try JID("a@b.example/\(resource)")
        let element = XMLElement("message", Namespace.client)
        let bytes = write(element, XMLSerializer(from: .jid(jid), to: .jid(jid)))
        let again = try XMLElement(parsing: bytes)
        #expect(again["from"] == jid.description)
        #expect(again["to"] == jid.description)
    }
}
