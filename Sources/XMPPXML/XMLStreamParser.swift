//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Parses one connection's stream, with a parser of the loop's pool while a stanza is incomplete and none in between.
///
/// It belongs to its connection's loop. After an error it is dead.
package final class XMLStreamParser {
    private let pool: XMLParserPool
    private var parser: SAXParser?
    private var contentNamespace = XMLToken.unknown
    private var isPoolable = false
    private var openingTag = ""
    private var isOpen = false
    private var failed: StreamError?
    private var declaration: [UInt8]? = []
    private var wasRestarted = false

    /// Whether it holds a parser; not so between two stanzas.
    var holdsParser: Bool { parser != nil }

    /// Fed at a time, so that libxml2's buffer, which never shrinks, stays about as small as the largest stanza.
    private static let maximumPiece = 16_384

    package var limits: XMLLimits

    package init(pool: XMLParserPool, limits: XMLLimits) {
        self.pool = pool
        self.limits = limits
    }

    /// The stream begins anew (RFC 6120 §4.3.3): the next bytes are a header. Called while an event is handed on, it
    /// makes anything that came in the same read an error: those bytes were sent before TLS or log-in was in force.
    package func restart() {
        wasRestarted = true
        parser = nil
        isOpen = false
        isPoolable = false
        declaration = []
    }

    /// Parses bytes and hands on what was found, in order, up to an error.
    ///
    /// - Throws: the stream error to be sent; what was found before it has been handed on.
    package func feed(
        _ bytes: UnsafeRawBufferPointer, _ body: (XMLStreamEvent) -> Void
    ) throws(StreamError) {
        if let failed { throw failed }
        var rest = bytes
        do throws(StreamError) {
            if !isOpen {
                if parser == nil, declaration?.isEmpty == true, let plain = PlainHeader(bytes, limits: limits) {
                    rest = try open(plain, rest, body)
                } else {
                    try checkDeclaration(bytes)
                }
            }
            while !rest.isEmpty {
                if parser == nil, isOpen {
                    // Keep-alive (RFC 6120 §4.6.1): no parser is taken for it.
                    rest = UnsafeRawBufferPointer(rebasing: rest.drop(while: \.isXMLSpace))
                    guard let first = rest.first else { return }
                    // libxml2 would wait for the next `<` before it said so.
                    guard first == UInt8(ascii: "<") else {
                        throw StreamError(first < 0x20 ? .notWellFormed : .badFormat, text: "Text between stanzas.")
                    }
                }
                rest = try feedPart(rest, body)
            }
        } catch {
            failed = error
            parser = nil
            throw error
        }
    }

    /// Takes a header that was read without a parser; what comes behind it is for one of the pool's.
    private func open(
        _ plain: PlainHeader, _ bytes: UnsafeRawBufferPointer, _ body: (XMLStreamEvent) -> Void
    ) throws(StreamError) -> UnsafeRawBufferPointer {
        isOpen = true
        declaration = nil
        contentNamespace = .clientNamespace
        isPoolable = true
        openingTag = ""
        wasRestarted = false
        let rest = UnsafeRawBufferPointer(rebasing: bytes.dropFirst(plain.length))
        body(.opened(plain.header))
        guard wasRestarted else { return rest }
        guard rest.allSatisfy(\.isXMLSpace) else { throw Self.dataAfterRestart }
        return UnsafeRawBufferPointer(rebasing: rest[rest.endIndex...])
    }

    /// Feeds no more than the budget allows, then sees how far the last stanza reached.
    private func feedPart(
        _ bytes: UnsafeRawBufferPointer, _ body: (XMLStreamEvent) -> Void
    ) throws(StreamError) -> UnsafeRawBufferPointer {
        let parser = try current()
        parser.limits = limits
        let room = limits.bytes - (parser.fed - parser.lastEnd)
        guard room > 0 else { throw StreamError(.policyViolation, text: "The stanza is too large.") }
        let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(min(room, Self.maximumPiece)))
        parser.feed(part)
        wasRestarted = false
        var isLate = false
        parser.drain { event in
            if wasRestarted {
                isLate = true
                return
            }
            if case .opened = event {
                isOpen = true
                declaration = nil
                contentNamespace = parser.contentNamespace
                isPoolable =
                    parser.isPlainHeader
                    && (contentNamespace == .clientNamespace || contentNamespace == .componentNamespace)
                openingTag = isPoolable ? "" : parser.openingTag
            }
            body(event)
        }
        if wasRestarted, isLate || !parser.isIdle || part.count < bytes.count { throw Self.dataAfterRestart }
        if let failure = parser.failure { throw failure }
        if wasRestarted {
            // What it has read last is of no account to whoever has it next.
            pool.giveBack(parser)
        } else if isOpen, parser.isIdle, self.parser === parser {
            if isPoolable {
                self.parser = nil
                pool.giveBack(parser)
            } else if parser.hasGrown {
                self.parser = nil
            }
        }
        return UnsafeRawBufferPointer(rebasing: bytes.dropFirst(part.count))
    }

    private func current() throws(StreamError) -> SAXParser {
        if let parser { return parser }
        let made =
            if !isOpen { SAXParser() } else if isPoolable { pool.borrow(contentNamespace, limits) } else {
                SAXParser(openingTag: openingTag)
            }
        guard let made else { throw StreamError(.resourceConstraint) }
        if !isPoolable { made.beginLoan(limits) }
        parser = made
        return made
    }

    /// libxml2 is told to ignore a declared encoding; a peer that declares another than UTF-8 is told so
    /// (RFC 6120 §11.6).
    private func checkDeclaration(_ bytes: UnsafeRawBufferPointer) throws(StreamError) {
        guard var text = declaration else { return }
        text.append(contentsOf: bytes.prefix(Self.maximumDeclaration - text.count))
        if text.isEmpty { return }
        // The byte order marks of UTF-16 and UTF-32, or a character of theirs.
        if text.starts(with: [0xFE, 0xFF].prefix(text.count)) || text.starts(with: [0xFF, 0xFE].prefix(text.count))
            || text.prefix(4).contains(0)
        {
            throw StreamError(.unsupportedEncoding)
        }
        // libxml2 would wait for a `>` before it said that this is no tag.
        if text.count > 1, text[0] == UInt8(ascii: "<"), !Self.mayFollowOpeningBracket(text[1]) {
            throw StreamError(.notWellFormed)
        }
        let opening = Array("<?xml".utf8)
        guard text.starts(with: opening.prefix(text.count)) else {
            declaration = nil
            return
        }
        guard let end = text.firstIndex(of: UInt8(ascii: ">")) else {
            declaration = text.count < Self.maximumDeclaration ? text : nil
            return
        }
        declaration = nil
        let words = text[..<end].map { $0 | 0x20 }
        if Self.find("encoding", in: words), !Self.find("utf-8", in: words) { throw StreamError(.unsupportedEncoding) }
    }

    /// What can begin a name, a declaration, a comment or a processing instruction (XML 1.0 §2.3).
    private static func mayFollowOpeningBracket(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"),
            UInt8(ascii: ":"), UInt8(ascii: "?"), UInt8(ascii: "!"), 0x80...0xFF:
            true
        default: false
        }
    }

    /// Whether bytes, which have been made lower case, hold a word.
    private static func find(_ word: StaticString, in bytes: [UInt8]) -> Bool {
        let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes.count >= word.count else { return false }
        return (0...bytes.count - word.count).contains { bytes[$0...].starts(with: word) }
    }

    private static let maximumDeclaration = 200
    private static let dataAfterRestart = StreamError(.policyViolation, text: "Data before the stream was restarted.")
}
