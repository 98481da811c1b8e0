//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPXML

/// What goes in on a stream and what must come out, however the bytes are cut up on their way.
struct StreamFixture: Sendable, CustomTestStringConvertible {
    /// How it ends.
    enum Outcome: Sendable, Equatable {
        /// The stream goes on, or was closed properly.
        case open
        /// The peer gets this stream error.
        case error(StreamError.Condition)
    }

    let name: String
    let input: [UInt8]
    /// What is found before the end: `open`, `close` and the canonical string of each element.
    let events: [String]
    let outcome: Outcome
    let limits: XMLLimits

    var testDescription: String { name }

    /// The usual header of a client.
    static let header =
        "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='a.example' version='1.0'>"

    init(
        _ name: String, bytes: [UInt8], _ events: [String] = [], _ outcome: Outcome,
        limits: XMLLimits = .beforeAuthentication
    ) {
        self.name = name
        input = bytes
        self.events = events
        self.outcome = outcome
        self.limits = limits
    }

    /// Raw text from the first byte on.
    init(
        _ name: String, raw: String, _ events: [String] = [], _ outcome: Outcome,
        limits: XMLLimits = .beforeAuthentication
    ) {
        self.init(name, bytes: Array(raw.utf8), events, outcome, limits: limits)
    }

    /// Text after the usual header; the event of the header is added.
    init(
        _ name: String, _ text: String, _ elements: [XMLElement] = [], _ outcome: Outcome = .open,
        limits: XMLLimits = .beforeAuthentication
    ) {
        self.init(
            name, bytes: Array((Self.header + text).utf8), ["open"] + elements.map(\.canonicalString), outcome,
            limits: limits)
    }

    /// Feeds the pieces to a new stream; what came out.
    func run(_ pieces: [ArraySlice<UInt8>], pool: XMLParserPool = XMLParserPool()) -> ([String], Outcome) {
        let parser = XMLStreamParser(pool: pool, limits: limits)
        var events: [String] = []
        for piece in pieces {
            do throws(StreamError) {
                try parser.feed(Array(piece)) { events.append(Self.describe($0)) }
            } catch {
                return (events, .error(error.condition))
            }
        }
        return (events, .open)
    }

    /// Checks it whole, cut at each byte, and one byte at a time.
    func check(sourceLocation: SourceLocation = #_sourceLocation) {
        expect([input[...]], "whole", sourceLocation)
        expect(input.indices.map { input[$0...$0] }, "one byte at a time", sourceLocation)
        // With one pool: what a stream leaves behind must not harm the next.
        let pool = XMLParserPool()
        for index in input.indices.dropFirst() {
            expect([input[..<index], input[index...]], "cut at \(index)", sourceLocation, pool)
        }
    }

    private func expect(
        _ pieces: [ArraySlice<UInt8>], _ how: String, _ sourceLocation: SourceLocation,
        _ pool: XMLParserPool = XMLParserPool()
    ) {
        let (events, outcome) = run(pieces, pool: pool)
        // The comparison first: an expectation that is written out costs much more than one that holds.
        if events == self.events, outcome == self.outcome { return }
        #expect(events == self.events, "\(name), \(how)", sourceLocation: sourceLocation)
        #expect(outcome == self.outcome, "\(name), \(how)", sourceLocation: sourceLocation)
    }

    static func describe(_ event: XMLStreamEvent) -> String {
        switch event {
        case .opened: "open"
        case .element(let element): element.canonicalString
        case .closed: "close"
        }
    }
}

extension XMLStreamParser {
    /// Feeds bytes that stand in an array.
    func feed(_ bytes: [UInt8], _ body: (XMLStreamEvent) -> Void) throws(StreamError) {
        let result: Result<Void, StreamError> = bytes.withUnsafeBytes { buffer in
            do throws(StreamError) {
                return .success(try feed(buffer, body))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    /// Feeds text; the elements found.
    @discardableResult
    func elements(_ text: String) throws(StreamError) -> [XMLElement] {
        var elements: [XMLElement] = []
        try feed(Array(text.utf8)) {
            if case .element(let element) = $0 { elements.append(element) }
        }
        return elements
    }
}
