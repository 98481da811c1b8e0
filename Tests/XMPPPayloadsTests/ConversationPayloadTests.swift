//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

/// What messages carry beside their words.
@Suite struct ConversationPayloadTests {
    /// XEP-0066, example 4.
    @Test func readsAndWritesLinks() throws {
        try expectGolden(
            OutOfBandLink("http://www.jabber.org/images/psa-license.jpg", description: "A license to Jabber!"),
            """
            <x xmlns='jabber:x:oob'>
              <url>http://www.jabber.org/images/psa-license.jpg</url><desc>A license to Jabber!</desc>
            </x>
            """)
        try expectMalformed(
            OutOfBandLink.self,
            ["<x xmlns='jabber:x:oob'/>", "<x xmlns='jabber:x:oob'><url> </url></x>", "<x xmlns='jabber:x:data'/>"])
    }

    /// XEP-0308, example 2.
    @Test func readsAndWritesCorrections() throws {
        try expectGolden(
            MessageCorrection("bad1"), "<replace id='bad1' xmlns='urn:xmpp:message-correct:0'/>")
        try expectMalformed(MessageCorrection.self, ["<replace xmlns='urn:xmpp:message-correct:0'/>"])
    }

    /// XEP-0444, examples 2 and 4.
    @Test func readsAndWritesReactions() throws {
        try expectGolden(
            MessageReactions("744f6e18-a57a-11e9-a656-4889e7820c76", ["👋", "🐢"]),
            """
            <reactions id='744f6e18-a57a-11e9-a656-4889e7820c76' xmlns='urn:xmpp:reactions:0'>
              <reaction>👋</reaction><reaction>🐢</reaction>
            </reactions>
            """)
        try expectGolden(MessageReactions("a", []), "<reactions id='a' xmlns='urn:xmpp:reactions:0'/>")
        let twice =
            "<reactions id='a' xmlns='urn:xmpp:reactions:0'><reaction>👋</reaction><reaction>👋</reaction></reactions>"
        #expect(try MessageReactions(parse(twice)).reactions == ["👋"])
        try expectMalformed(MessageReactions.self, ["<reactions xmlns='urn:xmpp:reactions:0'/>"])
    }

    /// XEP-0461, examples 2 and 3.
    @Test func readsAndWritesReplies() throws {
        try expectGolden(
            MessageReply("message-id1", to: try JID("anna@example.com/tablet")),
            "<reply to='anna@example.com/tablet' id='message-id1' xmlns='urn:xmpp:reply:0'/>")
        try expectGolden(
            FallbackIndication(for: "urn:xmpp:reply:0", body: 0..<38),
            "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='38'/></fallback>")
        try expectGolden(
            FallbackIndication(for: "urn:xmpp:reply:0"),
            "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'/>")
        try expectMalformed(MessageReply.self, ["<reply xmlns='urn:xmpp:reply:0' to='a@b.example'/>"])
        try expectMalformed(
            FallbackIndication.self,
            [
                "<fallback xmlns='urn:xmpp:fallback:0'/>",
                "<fallback xmlns='urn:xmpp:fallback:0' for='x'><body start='5' end='4'/></fallback>",
                "<fallback xmlns='urn:xmpp:fallback:0' for='x'><body start='-1' end='4'/></fallback>",
            ])
    }
}
