//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPXML

@Suite struct XMLLimitsTests {
    private static let limits = XMLLimits(bytes: 1000, depth: 5, elements: 8, attributes: 4)

    private static func nested(_ depth: Int) -> XMLElement {
        (1..<depth).reduce(XMLElement("x", Namespace.client)) { inner, _ in XMLElement("x", Namespace.client) { inner }
        }
    }

    private static func wide(_ count: Int) -> XMLElement {
        XMLElement("x", Namespace.client) { (1..<count).map { _ in XMLElement("y", Namespace.client) } }
    }

    private static func text(_ element: XMLElement) -> String {
        String(decoding: element.xmlBytes(inherited: .clientNamespace), as: UTF8.self)
    }

    private static let fixtures: [StreamFixture] = [
        StreamFixture("as deep as may be", text(nested(5)), [nested(5)], limits: limits),
        StreamFixture("one too deep", text(nested(6)), [], .error(.policyViolation), limits: limits),
        StreamFixture(
            "deep and not closed", String(repeating: "<x>", count: 300), [], .error(.policyViolation), limits: limits),
        StreamFixture("as many elements as may be", text(wide(8)), [wide(8)], limits: limits),
        StreamFixture("one too many", text(wide(9)), [], .error(.policyViolation), limits: limits),
        StreamFixture(
            "elements count for each stanza", text(wide(8)) + text(wide(8)), [wide(8), wide(8)], limits: limits),
        StreamFixture(
            "as many attributes as may be", "<x a='1' b='2' c='3' d='4'/>",
            [XMLElement("x", Namespace.client, ["a": "1", "b": "2", "c": "3", "d": "4"])], limits: limits),
        StreamFixture(
            "one attribute too many", "<x a='1' b='2' c='3' d='4' e='5'/>", [], .error(.policyViolation), limits: limits
        ),
        StreamFixture(
            "declarations count", "<x xmlns:a='1' xmlns:b='2' xmlns:c='3' d='4' e='5'/>", [], .error(.policyViolation),
            limits: limits),
        StreamFixture(
            "header with many attributes",
            raw: "<stream:stream a='1' b='2' c='3' d='4' e='5' xmlns:stream='http://etherx.jabber.org/streams'>",
            [], .error(.policyViolation), limits: limits),
    ]

    @Test(arguments: fixtures)
    func holds(fixture: StreamFixture) {
        fixture.check()
    }

    /// Runs with the header in a read of its own, as it always is.
    private func outcome(_ text: String, chunk: Int, limits: XMLLimits = limits) -> (Int, StreamError.Condition?) {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: limits)
        var count = 0
        do throws(StreamError) {
            try parser.elements(StreamFixture.header)
            let bytes = Array(text.utf8)
            var rest = bytes[...]
            while !rest.isEmpty {
                try parser.feed(Array(rest.prefix(chunk))) { _ in count += 1 }
                rest = rest.dropFirst(chunk)
            }
        } catch {
            return (count, error.condition)
        }
        return (count, nil)
    }

    private func message(bytes: Int) -> String {
        "<message>" + String(repeating: "x", count: bytes - 19) + "</message>"
    }

    @Test(arguments: [1, 7, 999, 1000, 1001, 5000])
    func countsBytesOfOneStanza(chunk: Int) {
        #expect(outcome(message(bytes: 1000), chunk: chunk) == (1, nil))
        #expect(outcome(message(bytes: 1001), chunk: chunk) == (0, .policyViolation))
        #expect(outcome(message(bytes: 1000) + message(bytes: 1000) + "<iq/>", chunk: chunk) == (3, nil))
        #expect(outcome("<iq/>" + message(bytes: 1001), chunk: chunk) == (1, .policyViolation))
    }

    @Test(arguments: [1, 100, 100_000])
    func countsNothingAcrossSmallStanzas(chunk: Int) {
        #expect(
            outcome(String(repeating: "<message><body>Hi</body></message>", count: 500), chunk: chunk) == (500, nil))
    }

    @Test(arguments: [1, 13, 4096])
    func neverCountsKeepAlive(chunk: Int) {
        let space = String(repeating: " \n", count: 20_000)
        #expect(outcome(space + message(bytes: 900) + space + "<iq/>" + space, chunk: chunk) == (2, nil))
        // Not a way around the limit either.
        #expect(outcome(" " + message(bytes: 1400), chunk: chunk) == (0, .policyViolation))
    }

    @Test(arguments: [1, 1000, 100_000])
    func countsWhiteSpaceInTheHeaderAndInStanzas(chunk: Int) {
        let space = String(repeating: " ", count: 1100)
        #expect(outcome("<message>" + space + "</message>", chunk: chunk) == (0, .policyViolation))
        #expect(outcome("<message" + space + "/>", chunk: chunk) == (0, .policyViolation))
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: Self.limits)
        #expect(throws: StreamError(.policyViolation, text: "The stanza is too large.")) {
            try parser.elements("<stream:stream" + space + space)
        }
        let another = XMLStreamParser(pool: XMLParserPool(), limits: Self.limits)
        #expect(throws: StreamError(.policyViolation, text: "The stanza is too large.")) {
            try another.elements(space + space)
        }
    }

    @Test(arguments: [
        "<", "<x a='", "<x xmlns='", "<x><![CDATA[", "<x>&", "<!--", "<?x ", "<!DOCTYPE x [", "</", "<x",
    ])
    func boundsTokensThatNeverEnd(start: String) {
        let (count, condition) = outcome(start + String(repeating: "a", count: 100_000), chunk: 700)
        #expect(count == 0)
        #expect(condition != nil)
    }

    @Test func takesOneByteAtATimeInLinearTime() throws {
        // Quadratic work would take minutes here.
        let limits = XMLLimits.afterAuthentication
        for start in ["<x>", "<x a='", "<x><![CDATA["] {
            let (count, condition) = outcome(start + String(repeating: "a", count: 262_200), chunk: 1, limits: limits)
            #expect(count == 0)
            #expect(condition == .policyViolation)
        }
    }

    @Test func boundsNames() throws {
        let longest = String(repeating: "n", count: 1024)
        let limits = XMLLimits.afterAuthentication
        for text in ["<NAME/>", "<x NAME='1'/>", "<x xmlns='NAME'/>", "<x xmlns:a='NAME' a:b='1'/>"] {
            let good = text.replacing("NAME", with: longest)
            let bad = text.replacing("NAME", with: longest + "n")
            #expect(outcome(good, chunk: 10_000, limits: limits) == (1, nil))
            #expect(outcome(bad, chunk: 10_000, limits: limits) == (0, .policyViolation))
        }
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: limits)
        #expect(throws: StreamError.self) { try parser.elements("<x xmlns='\(longest)n'>") }
    }

    @Test func appliesNewLimitsAtOnce() throws {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .beforeAuthentication)
        try parser.elements(StreamFixture.header)
        parser.limits = .afterAuthentication
        #expect(try parser.elements(message(bytes: 20_000)).count == 1)
        parser.limits = .beforeAuthentication
        #expect(throws: StreamError.self) { try parser.elements(message(bytes: 20_000)) }
    }

    @Test func neverGoesBelowWhatTheRFCAsksFor() {
        // RFC 6120 §13.12
        #expect(XMLLimits.beforeAuthentication.bytes >= 10_000)
        #expect(XMLLimits.afterAuthentication.bytes >= 10_000)
    }
}

extension XMLElement {
    /// As it is written to a stream of this content namespace.
    func xmlBytes(inherited: XMLToken) -> [UInt8] {
        let serializer = XMLSerializer(inherited: inherited)
        var bytes = [UInt8](repeating: 0, count: serializer.bound(of: self))
        let count = bytes.withUnsafeMutableBytes { serializer.write(self, into: $0) }
        return Array(bytes.prefix(count))
    }
}
