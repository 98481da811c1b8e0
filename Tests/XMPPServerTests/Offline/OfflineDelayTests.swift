//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPXML

@testable import XMPPServer

@Suite struct OfflineDelayTests {
    @Test func saysSinceWhenAMessageHasWaited() throws {
        let host = try JID("acme.example")
        let stanza = Stanza(.message, .chat, id: "m1", from: try JID("a@acme.example/x"), to: try JID("b@acme.example"))
        {
            XMLElement("body", Namespace.client, text: "Hello")
        }
        let stored = String(decoding: stanza.xmlBytes, as: UTF8.self)
        let read = try DelayedStanza.read(stored, stamp: 1_795_262_400_123, host: host)
        let delay = try #require(read.child("delay", "urn:xmpp:delay"))
        #expect(delay["from"] == "acme.example")
        #expect(delay["stamp"] == Timestamp(milliseconds: 1_795_262_400_123).description)
        #expect(read.from == stanza.from)
        #expect(read.to == stanza.to)
        #expect(read.id == "m1")
        #expect(read.child("body", Namespace.client)?.text == "Hello")
    }

    @Test func refusesWhatIsNoStanza() throws {
        let host = try JID("acme.example")
        #expect(throws: (any Error).self) { try DelayedStanza.read("<message", stamp: 0, host: host) }
        #expect(throws: (any Error).self) { try DelayedStanza.read("<other/>", stamp: 0, host: host) }
    }
}
