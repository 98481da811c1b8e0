//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPXML

/// The short way for usual headers, against libxml2's for all.
@Suite struct PlainHeaderTests {
    private static let streams = "xmlns:stream='http://etherx.jabber.org/streams'"

    /// What a parser finds and how it ends; cut in two, a header is libxml2's to read.
    private func events(of text: String, cutAt cut: Int? = nil, limits: XMLLimits = .beforeAuthentication) -> [String] {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: limits)
        let bytes = Array(text.utf8)
        var found: [String] = []
        for piece in cut.map({ [bytes[..<$0], bytes[$0...]] }) ?? [bytes[...]] {
            do throws(StreamError) {
                try parser.feed(Array(piece)) { found.append("\($0)") }
            } catch {
                found.append("error \(error)")
                break
            }
        }
        return found
    }

    private func plain(_ text: String, limits: XMLLimits = .beforeAuthentication) -> PlainHeader? {
        Array(text.utf8).withUnsafeBytes { PlainHeader($0, limits: limits) }
    }

    static let usual = [
        "<stream:stream xmlns='jabber:client' \(streams)>",
        "<?xml version='1.0'?><stream:stream to='a.example' version='1.0' xml:lang='en' xmlns='jabber:client' \(streams)>",
        "<?xml version=\"1.0\"?>\n<stream:stream \(streams) xmlns=\"jabber:client\"\n\tto=\"a.example\" >",
        "<?xml version='1.0' encoding='UTF-8'?><stream:stream from='j@a.example' id='' \(streams) xmlns='jabber:client' >",
        "<stream:stream id='it&quot;s' to='x' xmlns='jabber:client' \(streams)>".replacing("&quot;", with: "\""),
        "<stream:stream id='a>b  c' version='2.7' xmlns='jabber:client' \(streams)>",
    ]

    @Test(arguments: usual) func readsUsualHeadersAsLibxmlDoes(text: String) throws {
        let header = try #require(plain(text))
        #expect(header.length == text.utf8.count)
        let rest = "<presence/> \n<message to='b'><body>x</body></message></stream:stream>"
        #expect(events(of: text + rest) == events(of: text + rest, cutAt: text.utf8.count - 1))
        #expect(events(of: text).count == 1)
    }

    static let unusual = [
        "", "<", "<stream:stream", "<stream:stream>", " <stream:stream xmlns='jabber:client' \(streams)>",
        "<stream:stream xmlns='jabber:client' \(streams)", "<stream:stream xmlns='jabber:client' \(streams)/>",
        "<stream:stream xmlns='jabber:client'>", "<stream:stream \(streams)>",
        "<stream:stream xmlns='jabber:server' \(streams)>", "<stream:stream xmlns='' xmlns='jabber:client' \(streams)>",
        "<stream:stream to='a' to='b' xmlns='jabber:client' \(streams)>",
        "<stream:stream xmlns='jabber:client'\(streams)>", "<stream:stream to = 'a' xmlns='jabber:client' \(streams)>",
        "<stream:stream xmlns='jabber:client' xmlns:x='urn:x' \(streams)>",
        "<stream:stream to='a&amp;b' xmlns='jabber:client' \(streams)>",
        "<stream:stream to='a<b' xmlns='jabber:client' \(streams)>",
        "<stream:stream to='a\tb' xmlns='jabber:client' \(streams)>",
        "<stream:stream to='bücher.example' xmlns='jabber:client' \(streams)>",
        "<stream:stream to=\"a' xmlns='jabber:client' \(streams)>",
        "<stream:stream to=a xmlns='jabber:client' \(streams)>",
        "<stream:streams xmlns='jabber:client' \(streams)>", "<s:stream xmlns='jabber:client' \(streams)>",
        "<stream:stream xmlns='jabber:client' xmlns:stream='urn:other'>",
        "<?xml version='1.1'?><stream:stream xmlns='jabber:client' \(streams)>",
        "<?xml version='1.0' encoding='ISO-8859-1'?><stream:stream xmlns='jabber:client' \(streams)>",
        "<?xml version='1.0' standalone='yes'?><stream:stream xmlns='jabber:client' \(streams)>",
        "\u{FEFF}<stream:stream xmlns='jabber:client' \(streams)>",
    ]

    @Test(arguments: unusual) func leavesTheRestToLibxml(text: String) {
        #expect(plain(text) == nil)
    }

    @Test func takesNoMoreThanTheLimitsAllow() {
        let text = Self.usual[1]
        let bytes = XMLLimits(bytes: text.utf8.count - 1, depth: 9, elements: 9, attributes: 32)
        let attributes = XMLLimits(bytes: 9999, depth: 9, elements: 9, attributes: 4)
        #expect(plain(text) != nil)
        #expect(plain(text, limits: bytes) == nil)
        #expect(plain(text, limits: attributes) == nil)
        #expect(events(of: text, limits: attributes).last?.contains("policyViolation") == true)
    }

    @Test func needsNoParserOfItsOwn() throws {
        let pool = XMLParserPool()
        let parser = XMLStreamParser(pool: pool, limits: .beforeAuthentication)
        try parser.feed(Array(Self.usual[1].utf8)) { _ in }
        #expect(!parser.holdsParser)
        #expect(pool.count == 0)
    }

    @Test(arguments: ["", " \n", "<auth/>", "x"]) func takesNothingBehindARestart(rest: String) {
        let parser = XMLStreamParser(pool: XMLParserPool(), limits: .beforeAuthentication)
        var isRefused = false
        do throws(StreamError) {
            try parser.feed(Array((Self.usual[1] + rest).utf8)) { _ in parser.restart() }
        } catch {
            isRefused = error.condition == .policyViolation
        }
        #expect(isRefused == (rest.contains { !$0.isWhitespace }))
    }
}
