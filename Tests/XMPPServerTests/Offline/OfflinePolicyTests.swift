//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPServer

@Suite struct OfflinePolicyTests {
    static let body = XMLElement("body", Namespace.client, text: "Hello")
    static let thread = XMLElement("thread", Namespace.client, text: "t1")
    static let composing = XMLElement("composing", "http://jabber.org/protocol/chatstates")
    static let receipt = XMLElement("received", "urn:xmpp:receipts", ["id": "1"])
    static func hint(_ name: String) -> XMLElement { XMLElement(name, "urn:xmpp:hints") }

    /// XEP-0160 §3 and XEP-0334 §4: type, content, kept or not.
    static let table: [(StanzaType, [XMLElement], Bool)] = [
        (.normal, [body], true),
        (.chat, [body], true),
        (.groupchat, [body], false),
        (.headline, [body], false),
        (.error, [body], false),
        (.chat, [composing], false),
        (.normal, [composing], false),
        (.chat, [composing, thread], false),
        (.chat, [composing, body], true),
        (.chat, [receipt], true),
        (.chat, [], false),
        (.chat, [thread], false),
        (.chat, [body, hint("no-store")], false),
        (.chat, [body, hint("no-store"), hint("store")], false),
        (.chat, [body, hint("no-permanent-store")], true),
        (.chat, [body, hint("no-copy")], true),
        (.chat, [composing, hint("store")], true),
        (.chat, [composing, hint("no-permanent-store")], false),
        (.error, [hint("store")], false),
        (.groupchat, [body, hint("store")], false),
    ]

    @Test func keepsWhatIsWorthReadingLater() {
        for (type, content, isKept) in Self.table {
            let stanza = Stanza(.message, type) { content }
            #expect(OfflinePolicy.keeps(stanza) == isKept, "\(stanza.element)")
        }
    }

    @Test func keepsMessagesOnly() {
        #expect(!OfflinePolicy.keeps(Stanza(.presence, .available) { Self.body }))
        #expect(!OfflinePolicy.keeps(Stanza(.iq, .get) { Self.body }))
    }
}
