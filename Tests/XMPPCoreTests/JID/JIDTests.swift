//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

/// RFC 7622 §3.5, table 1, and more.
struct ValidJID: CustomTestStringConvertible, Sendable {
    var written: String
    var local: String?
    var domain: String
    var resource: String?

    init(_ written: String, _ local: String?, _ domain: String, _ resource: String?) {
        self.written = written
        self.local = local
        self.domain = domain
        self.resource = resource
    }

    var testDescription: String { written }

    static let all = [
        // RFC 7622 §3.5, table 1, in its order
        ValidJID("juliet@example.com", "juliet", "example.com", nil),
        ValidJID("juliet@example.com/foo", "juliet", "example.com", "foo"),
        ValidJID("juliet@example.com/foo bar", "juliet", "example.com", "foo bar"),
        ValidJID("juliet@example.com/foo@bar", "juliet", "example.com", "foo@bar"),
        ValidJID("foo\\20bar@example.com", "foo\\20bar", "example.com", nil),
        ValidJID("fussball@example.com", "fussball", "example.com", nil),
        ValidJID("fu\u{DF}ball@example.com", "fu\u{DF}ball", "example.com", nil),
        ValidJID("\u{3C0}@example.com", "\u{3C0}", "example.com", nil),
        ValidJID("\u{3A3}@example.com/foo", "\u{3C3}", "example.com", "foo"),
        ValidJID("\u{3C3}@example.com/foo", "\u{3C3}", "example.com", "foo"),
        ValidJID("\u{3C2}@example.com/foo", "\u{3C2}", "example.com", "foo"),
        ValidJID("king@example.com/\u{265A}", "king", "example.com", "\u{265A}"),
        ValidJID("example.com", nil, "example.com", nil),
        ValidJID("example.com/foobar", nil, "example.com", "foobar"),
        ValidJID("a.example.com/b@example.net", nil, "a.example.com", "b@example.net"),
        // Separators
        ValidJID("a@b/c/d@e", "a", "b", "c/d@e"),
        ValidJID("a@b/@", "a", "b", "@"),
        ValidJID("a@b//", "a", "b", "/"),
        ValidJID("b/c@d", nil, "b", "c@d"),
        // Case
        ValidJID("JULIET@Example.COM/Balcony", "juliet", "example.com", "Balcony"),
        ValidJID("juliet@EXAMPLE.com", "juliet", "example.com", nil),
        ValidJID("\u{C9}va@example.com", "\u{E9}va", "example.com", nil),
        ValidJID("\u{130}x@example.com", "i\u{307}x", "example.com", nil),
        // Homographs
        ValidJID("\u{FF2A}\u{FF35}\u{FF2C}@example.com", "jul", "example.com", nil),
        ValidJID("e\u{301}va@example.com/e\u{301}", "\u{E9}va", "example.com", "\u{E9}"),
        ValidJID("\u{FF76}\u{FF9E}@example.com", "\u{30AC}", "example.com", nil),
        ValidJID("juliet@example.com/a\u{A0}b\u{3000}c", "juliet", "example.com", "a b c"),
        ValidJID("juliet@example.com/\u{FF21}", "juliet", "example.com", "\u{FF21}"),
        // Domains
        ValidJID("example.com.", nil, "example.com", nil),
        ValidJID("a@example.com./r", "a", "example.com", "r"),
        ValidJID("a@b_c._tcp.example", "a", "b_c._tcp.example", nil),
        ValidJID("a@b_c.b\u{FC}cher.example", "a", "b_c.b\u{FC}cher.example", nil),
        ValidJID("a@B\u{DC}CHER.example", "a", "b\u{FC}cher.example", nil),
        ValidJID("a@xn--bcher-kva.example", "a", "b\u{FC}cher.example", nil),
        ValidJID("a@XN--BCHER-KVA.example", "a", "b\u{FC}cher.example", nil),
        ValidJID("a@fa\u{DF}.de", "a", "fa\u{DF}.de", nil),
        ValidJID("a@\u{FF45}\u{FF58}.example", "a", "ex.example", nil),
        ValidJID("a@b\u{FC}cher\u{3002}example", "a", "b\u{FC}cher.example", nil),
        ValidJID("a@b\u{FC}cher.example.", "a", "b\u{FC}cher.example", nil),
        ValidJID("a@127.0.0.1", "a", "127.0.0.1", nil),
        ValidJID("a@[::1]/r", "a", "[::1]", "r"),
        ValidJID("a@[2001:DB8:0::1]", "a", "[2001:db8::1]", nil),
        ValidJID("localhost", nil, "localhost", nil),
        // Contextual rules
        ValidJID("l\u{B7}l@example.com", "l\u{B7}l", "example.com", nil),
        ValidJID("\u{375}\u{3B1}@example.com", "\u{375}\u{3B1}", "example.com", nil),
        ValidJID("\u{5D0}\u{5F3}@example.com", "\u{5D0}\u{5F3}", "example.com", nil),
        ValidJID("\u{30AB}\u{30FB}\u{30AB}@example.com", "\u{30AB}\u{30FB}\u{30AB}", "example.com", nil),
        ValidJID("\u{915}\u{94D}\u{200D}\u{937}@example.com", "\u{915}\u{94D}\u{200D}\u{937}", "example.com", nil),
        ValidJID("\u{628}\u{200C}\u{628}@example.com", "\u{628}\u{200C}\u{628}", "example.com", nil),
        // Bidi rule
        ValidJID("\u{5D0}\u{5D1}1@example.com", "\u{5D0}\u{5D1}1", "example.com", nil),
        ValidJID("\u{627}\u{661}@example.com", "\u{627}\u{661}", "example.com", nil),
        // Newer than the tables, allowed in free-form text only
        ValidJID("a@b/\u{1FAE8}", "a", "b", "\u{1FAE8}"),
    ]
}

@Suite struct JIDTests {
    @Test(arguments: ValidJID.all)
    func readsValidAddress(_ example: ValidJID) throws {
        let jid = try JID(example.written)
        #expect(jid.local == example.local)
        #expect(jid.domain == example.domain)
        #expect(jid.resource == example.resource)
        #expect(try JID(local: example.local, domain: example.domain, resource: example.resource) == jid)
    }

    @Test(arguments: ValidJID.all)
    func isIdempotent(_ example: ValidJID) throws {
        let jid = try JID(example.written)
        let again = try JID(jid.description)
        #expect(again == jid)
        #expect(again.hashValue == jid.hashValue)
        #expect(Array(again.description.utf8) == Array(jid.description.utf8))
    }

    @Test(arguments: ValidJID.all)
    func readsTheSameFromOctets(_ example: ValidJID) throws {
        let outcome = Array(example.written.utf8).withUnsafeBytes { bytes in Result { try JID(utf8: bytes) } }
        #expect(try outcome.get() == JID(example.written))
    }

    @Test func knowsItsForms() throws {
        let full = try JID("a@b/c")
        #expect(!full.isBare)
        #expect(!full.isDomain)
        #expect(full.bareString == "a@b")
        #expect(full.bare.description == "a@b")
        #expect(full.bare.isBare)
        #expect(full.domainJID.description == "b")
        #expect(full.domainJID.isDomain)
        #expect(try full.bare.with(resource: "c") == full)
        #expect(try full.with(resource: "d").description == "a@b/d")
        #expect(full.bare.bare == full.bare)
        let domain = try JID("b/c")
        #expect(!domain.isDomain)
        #expect(domain.bareString == "b")
        #expect(domain.domainJID == domain.bare)
    }

    @Test func differsByEachPart() throws {
        let addresses = ["a@b", "b@b", "a@c", "b", "a@b/a", "a@b/b", "b/a"]
        let jids = try Set(addresses.map { try JID($0) })
        #expect(jids.count == addresses.count)
    }

    @Test func takesPartsOfTheLongestLength() throws {
        let longest = String(repeating: "a", count: JID.maximumPartLength)
        #expect(try JID("\(longest)@b/\(longest)").local == longest)
        let label = String(repeating: "b", count: 63)
        let domain = Array(repeating: label, count: 15).joined(separator: ".") + "." + label
        #expect(domain.utf8.count == JID.maximumPartLength)
        #expect(try JID(domain).domain == domain)
        // Half as long once composed
        let accents = String(repeating: "e\u{301}", count: 511)
        #expect(try JID("\(accents)@b").local?.utf8.count == 1022)
    }

    /// RFC 7622 §3.3.1 and §3.2, character by character.
    @Test func sortsASCIICharacters() {
        for code in UInt8(0)..<128 {
            let character = String(UnicodeScalar(code))
            let isVisible = (0x21...0x7E).contains(code)
            let isLocal = isVisible && !"\"&'/:<>@".contains(character)
            #expect(((try? JID(local: character, domain: "b")) != nil) == isLocal, "\(code)")
            let isDomain = character.allSatisfy { $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_" || $0 == "." }
            #expect(((try? JID(local: "a", domain: "x\(character)x")) != nil) == isDomain, "\(code)")
            let isResource = isVisible || code == 0x20
            #expect(((try? JID("a@b/x\(character)")) != nil) == isResource, "\(code)")
            #expect((try? JID("a@b/x\(character)"))?.resource == (isResource ? "x\(character)" : nil))
        }
    }

    @Test func keepsItsLayoutSmall() {
        #expect(MemoryLayout<JID>.stride <= 40)
    }
}
