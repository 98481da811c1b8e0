//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@Suite struct JIDEscapingTests {
    /// XEP-0106 §6.1, table 3, and the mail address of §6.2.
    static let table = [
        ("space cadet", "space\\20cadet"),
        ("call me \"ishmael\"", "call\\20me\\20\\22ishmael\\22"),
        ("at&t guy", "at\\26t\\20guy"),
        ("d'artagnan", "d\\27artagnan"),
        ("/.fanboy", "\\2f.fanboy"),
        ("::foo::", "\\3a\\3afoo\\3a\\3a"),
        ("<foo>", "\\3cfoo\\3e"),
        ("user@host", "user\\40host"),
        ("c:\\net", "c\\3a\\net"),
        ("c:\\\\net", "c\\3a\\\\net"),
        ("c:\\cool stuff", "c\\3a\\cool\\20stuff"),
        ("c:\\5commas", "c\\3a\\5c5commas"),
        ("here's_a_wild_&_/cr%zy/_address", "here\\27s_a_wild_\\26_\\2fcr%zy\\2f_address"),
        // §5.3: sequences that are no escapes stay
        ("\\2plus\\2is\\4", "\\2plus\\2is\\4"),
        ("foo\\bar", "foo\\bar"),
        ("foob\\41r", "foob\\41r"),
        ("\\27", "\\5c27"),
        ("\\5c", "\\5c5c"),
        ("\u{E9}\u{265A}", "\u{E9}\u{265A}"),
        ("", ""),
        ("\\", "\\"),
        ("a\\2", "a\\2"),
    ]

    @Test(arguments: table)
    func escapesAndUnescapes(_ name: String, _ local: String) {
        #expect(JID.escapedLocal(name) == local)
        #expect(JID.unescapedLocal(local) == name)
    }

    @Test(arguments: table.prefix(13))
    func makesLocalPartsThatAreValid(_ name: String, _ local: String) throws {
        let jid = try JID(local: JID.escapedLocal(name), domain: "example.com")
        #expect(jid.local.map(JID.unescapedLocal) == name)
    }

    @Test func hasNoSpaceAtTheEdges() {
        #expect(JID.escapedLocal("  a b ") == "a\\20b")
        #expect(JID.unescapedLocal("\\20a\\20b\\20") == "\\20a b\\20")
        #expect(JID.unescapedLocal("\\20") == "\\20")
    }

    @Test func heedsCase() {
        #expect(JID.unescapedLocal("\\2F\\3A") == "\\2F\\3A")
    }
}
