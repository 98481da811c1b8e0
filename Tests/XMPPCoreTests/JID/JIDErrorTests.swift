//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

/// RFC 7622 §3.5, table 2, and more.
struct InvalidJID: CustomTestStringConvertible, Sendable {
    var written: String
    var error: JIDError

    init(_ written: String, _ part: JIDError.Part, _ reason: JIDError.Reason) {
        self.written = written
        error = JIDError(part, reason)
    }

    var testDescription: String { "\(written.prefix(40)) \(error)" }

    static let all = [
        // RFC 7622 §3.5, table 2, in its order
        InvalidJID("\"juliet\"@example.com", .local, .forbiddenCharacter),
        InvalidJID("foo bar@example.com", .local, .forbiddenCharacter),
        InvalidJID("juliet@example.com/ foo", .resource, .leadingSpace),
        InvalidJID("@example.com/", .resource, .empty),
        InvalidJID("henry\u{2163}@example.com", .local, .forbiddenCharacter),
        InvalidJID("\u{265A}@example.com", .local, .forbiddenCharacter),
        InvalidJID("juliet@", .domain, .empty),
        InvalidJID("/foobar", .domain, .empty),
        // Empty parts
        InvalidJID("", .domain, .empty),
        InvalidJID("@example.com", .local, .empty),
        InvalidJID("a@/b", .domain, .empty),
        InvalidJID("a@b/", .resource, .empty),
        InvalidJID("@", .domain, .empty),
        InvalidJID("/", .resource, .empty),
        // Local parts
        InvalidJID("a@b@c", .domain, .forbiddenCharacter),
        InvalidJID("a&b@c", .local, .forbiddenCharacter),
        InvalidJID("a'b@c", .local, .forbiddenCharacter),
        InvalidJID("a:b@c", .local, .forbiddenCharacter),
        InvalidJID("a<b@c", .local, .forbiddenCharacter),
        InvalidJID("a>b@c", .local, .forbiddenCharacter),
        InvalidJID("a\u{7F}@c", .local, .forbiddenCharacter),
        InvalidJID("a\0@c", .local, .forbiddenCharacter),
        InvalidJID("a\u{FF20}b@c", .local, .forbiddenCharacter),  // fullwidth @
        InvalidJID("a\u{FF0F}b@c", .local, .forbiddenCharacter),  // fullwidth /
        InvalidJID("a\u{3000}b@c", .local, .forbiddenCharacter),  // ideographic space
        InvalidJID("a\u{AD}b@c", .local, .forbiddenCharacter),  // soft hyphen, ignorable
        InvalidJID("a\u{200B}b@c", .local, .forbiddenCharacter),  // zero width space
        InvalidJID("a\u{202E}b@c", .local, .forbiddenCharacter),  // right-to-left override
        InvalidJID("a\u{212A}@c", .local, .forbiddenCharacter),  // Kelvin sign
        InvalidJID("\u{FB01}@c", .local, .forbiddenCharacter),  // ligature fi
        InvalidJID("\u{1100}@c", .local, .forbiddenCharacter),  // old Hangul jamo
        InvalidJID("\u{E000}@c", .local, .forbiddenCharacter),  // private use
        InvalidJID("\u{1F600}@c", .local, .forbiddenCharacter),
        InvalidJID("\u{1FAE8}@c", .local, .forbiddenCharacter),
        InvalidJID("\u{640}@c", .local, .forbiddenCharacter),  // exception: tatweel
        // Contextual rules
        InvalidJID("a\u{B7}l@c", .local, .contextRule),
        InvalidJID("l\u{B7}@c", .local, .contextRule),
        InvalidJID("\u{375}a@c", .local, .contextRule),
        InvalidJID("a\u{375}@c", .local, .contextRule),
        InvalidJID("a\u{5F4}@c", .local, .contextRule),
        InvalidJID("\u{30FB}@c", .local, .contextRule),
        InvalidJID("a\u{200D}b@c", .local, .contextRule),
        InvalidJID("a\u{200C}b@c", .local, .contextRule),
        InvalidJID("\u{200C}@c", .local, .contextRule),
        InvalidJID("\u{627}\u{661}\u{6F1}@c", .local, .contextRule),
        InvalidJID("a@c/b\u{200D}", .resource, .contextRule),
        // Bidi rule
        InvalidJID("a\u{5D0}@c", .local, .bidiRule),
        InvalidJID("\u{5D0}a@c", .local, .bidiRule),
        InvalidJID("1\u{5D0}@c", .local, .bidiRule),
        InvalidJID("\u{5D0}-@c", .local, .bidiRule),
        InvalidJID("\u{627}1\u{661}@c", .local, .bidiRule),
        InvalidJID("\u{661}@c", .local, .bidiRule),
        // Resources
        InvalidJID("a@b/\u{A0}c", .resource, .leadingSpace),
        InvalidJID("a@b/c\nd", .resource, .forbiddenCharacter),
        InvalidJID("a@b/c\0", .resource, .forbiddenCharacter),
        InvalidJID("a@b/\u{FEFF}c", .resource, .forbiddenCharacter),
        InvalidJID("a@b/\u{202E}c", .resource, .forbiddenCharacter),
        InvalidJID("a@b/\u{E000}", .resource, .forbiddenCharacter),
        // Domains
        InvalidJID("a@b c", .domain, .forbiddenCharacter),
        InvalidJID("a@b\0c", .domain, .forbiddenCharacter),
        InvalidJID("a@b\u{FC}\0c", .domain, .forbiddenCharacter),
        InvalidJID("a@b:c", .domain, .forbiddenCharacter),
        InvalidJID("a@-b", .domain, .idna),
        InvalidJID("a@b-.example", .domain, .idna),
        InvalidJID("a@ab--cd.example", .domain, .idna),
        InvalidJID(".", .domain, .label),
        InvalidJID("a@.b", .domain, .label),
        InvalidJID("a@b..c", .domain, .label),
        InvalidJID("a@b..", .domain, .label),
        InvalidJID("a@b\u{FC}..", .domain, .label),
        InvalidJID("a@\u{2603}.example", .domain, .idna),  // snowman
        InvalidJID("a@xn--a", .domain, .idna),
        InvalidJID("a@xn--", .domain, .idna),
        InvalidJID("a@xn--abc-.example", .domain, .idna),
        InvalidJID("a@b\u{FF0F}c", .domain, .label),  // fullwidth /
        InvalidJID("a@b\u{FF20}c", .domain, .label),  // fullwidth @
        InvalidJID("a@[::1", .domain, .ipLiteral),
        InvalidJID("a@[]", .domain, .ipLiteral),
        InvalidJID("a@[127.0.0.1]", .domain, .ipLiteral),
        InvalidJID("a@[::1]x", .domain, .ipLiteral),
        InvalidJID("a@[fe80::1%25eth0]", .domain, .ipLiteral),
        InvalidJID("a@[" + String(repeating: "0", count: 5000) + "::]", .domain, .ipLiteral),
        // Too long
        InvalidJID(String(repeating: "a", count: 1024) + "@b", .local, .tooLong),
        InvalidJID("a@b/" + String(repeating: "a", count: 1024), .resource, .tooLong),
        InvalidJID(String(repeating: "\u{E9}", count: 512) + "@b", .local, .tooLong),
        InvalidJID("a@b/" + String(repeating: "\u{E9}", count: 512), .resource, .tooLong),
        InvalidJID(String(repeating: "\u{E9}", count: 1_000_000) + "@b", .local, .tooLong),
        InvalidJID(String(repeating: "\u{E9}", count: 1_000_000), .domain, .tooLong),
    ]
}

@Suite struct JIDErrorTests {
    @Test(arguments: InvalidJID.all)
    func rejects(_ example: InvalidJID) {
        #expect(throws: example.error) { try JID(example.written) }
    }

    @Test func rejectsOverlongDomains() {
        let label = String(repeating: "b", count: 64)
        #expect(throws: JIDError.self) { try JID(label) }
        let domain = Array(repeating: "b", count: 513).joined(separator: ".")
        #expect(domain.utf8.count == JID.maximumPartLength + 2)
        #expect(throws: JIDError.self) { try JID(domain) }
    }

    @Test(
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xE2, 0x82], [0x80], [0xF4, 0x90, 0x80, 0x80],
        ] as [[UInt8]])
    func rejectsWhatIsNotUTF8(_ octets: [UInt8]) {
        let at = Array("a@".utf8)
        let slash = Array("b/".utf8)
        let cases: [(JIDError.Part, [UInt8])] = [
            (.local, octets + Array("@b".utf8)), (.domain, at + octets), (.resource, slash + octets),
        ]
        for (part, bytes) in cases {
            #expect(throws: JIDError(part, .notUTF8)) {
                try bytes.withUnsafeBytes { bytes in Result { try JID(utf8: bytes) } }.get()
            }
        }
    }

    @Test func namesTheFaultWithoutTheText() {
        #expect(JIDError(.local, .forbiddenCharacter).description == "local: forbidden character")
        #expect(throws: JIDError(.resource, .empty)) { try JID(local: nil, domain: "b", resource: "") }
        #expect(throws: JIDError(.local, .empty)) { try JID(local: "", domain: "b") }
        #expect(throws: JIDError(.local, .forbiddenCharacter)) { try JID(local: "a@b", domain: "b") }
        #expect(throws: JIDError(.domain, .forbiddenCharacter)) { try JID(local: "a", domain: "b/c") }
        #expect(throws: JIDError(.domain, .forbiddenCharacter)) { try JID(local: nil, domain: "a@b") }
    }

    /// Whatever a peer sends either fails or comes to rest: no trap, no second form.
    @Test func survivesHostileOctets() {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func next() -> UInt64 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return state
        }
        let pieces: [String] = [
            "@", "/", ".", "a", "Z", "-", "_", "[", "]", ":", "xn--", "\u{E9}", "e\u{301}", "\u{FF21}", "\u{3000}",
            "\u{200D}",
            "\u{5D0}", "\u{661}", "\u{6F1}", "\u{130}", "\u{3A3}", "\u{1E9E}", "\u{1F600}", "\0", " ", "\\20", "\u{B7}",
            "l", "\u{AC00}",
            "\u{345}", "\u{1FB3}", "\u{301}", "\u{315}", "\u{30FB}", "\u{30AB}", "\u{3002}", "\u{FF0E}",
        ]
        for _ in 0..<20_000 {
            let text = (0..<next() % 8).map { _ in pieces[Int(next() % UInt64(pieces.count))] }.joined()
            guard let jid = try? JID(text) else { continue }
            let again = try? JID(jid.description)
            #expect(again == jid, "\(text.unicodeScalars.map { String($0.value, radix: 16) })")
            #expect(again.map { Array($0.description.utf8) } == Array(jid.description.utf8))
        }
        for _ in 0..<20_000 {
            let bytes = (0..<next() % 12).map { _ in UInt8(truncatingIfNeeded: next() >> 16) }
            _ = bytes.withUnsafeBytes { bytes in Result { try JID(utf8: bytes) } }
        }
    }
}
