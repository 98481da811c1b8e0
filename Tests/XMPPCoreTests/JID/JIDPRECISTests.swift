//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@Suite struct JIDPRECISTests {
    /// RFC 8265 §3.5 and §4.3, as far as they concern one profile.
    @Test(arguments: [
        ("juliet@example.com", "juliet@example.com"), ("fussball", "fussball"), ("fu\u{DF}ball", "fu\u{DF}ball"),
        ("\u{3C0}", "\u{3C0}"), ("\u{3A3}", "\u{3C3}"), ("\u{3C3}", "\u{3C3}"), ("\u{3C2}", "\u{3C2}"),
        ("JULIET", "juliet"),
    ])
    func mapsUserNames(_ name: String, _ prepared: String) throws {
        #expect(try PRECIS.usernameCaseMapped(name) == prepared)
    }

    /// The short way for ASCII, of which all but the space is valid (RFC 8264 §9.11).
    @Test func mapsASCIIUserNames() throws {
        let all = String(String.UnicodeScalarView((0x21..<0x7F).compactMap { Unicode.Scalar($0 as UInt32) }))
        #expect(try PRECIS.usernameCaseMapped(all) == all.lowercased())
        // With a character that takes the long way, and rests as it is.
        #expect(try PRECIS.usernameCaseMapped("\u{DF}" + all) == "\u{DF}" + all.lowercased())
        for name in ["a b", " ", "a\u{7F}", "a\u{1F}"] {
            #expect(throws: JIDError(.string, .forbiddenCharacter)) { try PRECIS.usernameCaseMapped(name) }
        }
    }

    @Test(arguments: ["foo bar", "henry\u{2163}", "\u{265A}", "a\u{0}"])
    func rejectsUserName(_ name: String) {
        #expect(throws: JIDError(.string, .forbiddenCharacter)) { try PRECIS.usernameCaseMapped(name) }
    }

    @Test(arguments: [
        ("correct horse battery staple", "correct horse battery staple"),
        ("Correct Horse Battery Staple", "Correct Horse Battery Staple"),
        ("\u{3C0}\u{DF}\u{E5}", "\u{3C0}\u{DF}\u{E5}"), ("Jack of \u{2666}s", "Jack of \u{2666}s"),
        ("foo\u{1680}bar", "foo bar"), (" foo ", " foo "), ("a\u{30A}", "\u{E5}"), ("\u{FF21}", "\u{FF21}"),
    ])
    func preparesPasswords(_ password: String, _ prepared: String) throws {
        #expect(Array(try PRECIS.opaqueString(password).utf8) == Array(prepared.utf8))
    }

    @Test func rejectsPasswords() {
        #expect(throws: JIDError(.string, .empty)) { try PRECIS.opaqueString("") }
        #expect(throws: JIDError(.string, .forbiddenCharacter)) { try PRECIS.opaqueString("my cat is a \tby") }
        #expect(throws: JIDError(.string, .empty)) { try PRECIS.usernameCaseMapped("") }
    }

    /// All of Unicode goes through both profiles without a trap, and what passes is stable.
    @Test func isStableForEachCodePoint() throws {
        for value in UInt32(0)..<0x11_0000 {
            // Planes 4…13 are empty and alike.
            if (0x4_0100..<0xE_0000).contains(value) { continue }
            guard let scalar = Unicode.Scalar(value) else { continue }
            let string = String(scalar)
            if let name = try? PRECIS.usernameCaseMapped(string) {
                let again = try PRECIS.usernameCaseMapped(name)
                if !again.utf8.elementsEqual(name.utf8) { Issue.record("U+\(String(value, radix: 16))") }
            }
            if let opaque = try? PRECIS.opaqueString(string) {
                let again = try PRECIS.opaqueString(opaque)
                if !again.utf8.elementsEqual(opaque.utf8) { Issue.record("U+\(String(value, radix: 16))") }
            }
        }
    }
}
