//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

/// The specifications of one element or two.
@Suite struct SmallPayloadTests {
    /// XEP-0012 §2, example 2, and §3, example 5.
    @Test func readsAndWritesLastActivity() throws {
        try expectGolden(LastActivity(), "<query xmlns='jabber:iq:last'/>")
        try expectGolden(
            LastActivity(seconds: 903, status: "Heading Home"),
            "<query xmlns='jabber:iq:last' seconds='903'>Heading Home</query>")
        try expectMalformed(
            LastActivity.self, ["<query xmlns='jabber:iq:last' seconds='long'/>", "<query xmlns='o'/>"])
    }

    /// XEP-0054 §3.1.
    @Test func readsAndWritesQuickResponses() throws {
        // XEP-0439 §3.1
        try expectGolden(
            QuickResponse("yes", label: "Yes!", language: "en"),
            "<response xmlns='urn:xmpp:quick-response:0' xml:lang='en' value='yes' label='Yes!'/>")
        try expectGolden(QuickResponse("1"), "<response xmlns='urn:xmpp:quick-response:0' value='1'/>")
        #expect(throws: PayloadError.self) {
            try QuickResponse(parse("<response xmlns='urn:xmpp:quick-response:0' label='Yes!'/>"))
        }
    }

    @Test func keepsVCardAsItIs() throws {
        let xml = "<vCard xmlns='vcard-temp'><FN>Peter Saint-Andre</FN><N><FAMILY>Saint-Andre</FAMILY></N></vCard>"
        let card = try VCard(parse(xml))
        #expect(card.element == (try parse(xml)))
        #expect(card.formattedName == "Peter Saint-Andre")
        #expect(card.size == card.element.xmlString.utf8.count)
        #expect(card.size >= xml.utf8.count - 4)
        #expect(!card.isEmpty)
        #expect(VCard().isEmpty)
        try expectGolden(VCard(), "<vCard xmlns='vcard-temp'/>")
        try expectMalformed(VCard.self, ["<vCard xmlns='vcard'/>", "<card xmlns='vcard-temp'/>"])
    }

    /// XEP-0085 §5.1.
    @Test(arguments: ChatState.allCases)
    func keepsEachChatState(_ state: ChatState) throws {
        try expectGolden(state, "<\(state.rawValue) xmlns='http://jabber.org/protocol/chatstates'/>")
        let message = XMLElement("message", Namespace.client) {
            XMLElement("body", Namespace.client, text: "a")
            state.element
        }
        #expect(ChatState(in: message) == state)
    }

    @Test func findsNoChatState() throws {
        #expect(ChatState(in: XMLElement("message", Namespace.client)) == nil)
        try expectMalformed(
            ChatState.self, ["<typing xmlns='http://jabber.org/protocol/chatstates'/>", "<active xmlns='o'/>"])
    }

    /// XEP-0092 §3, example 2.
    @Test func readsAndWritesVersion() throws {
        try expectGolden(
            SoftwareVersion(name: "Exodus", version: "0.7.0.4", operatingSystem: "Windows-XP 5.01.2600"),
            """
            <query xmlns='jabber:iq:version'>
              <name>Exodus</name><version>0.7.0.4</version><os>Windows-XP 5.01.2600</os>
            </query>
            """)
        try expectRoundTrip(SoftwareVersion(name: "a", version: "b"))
        #expect(SoftwareVersion.request == (try parse("<query xmlns='jabber:iq:version'/>")))
        try expectMalformed(
            SoftwareVersion.self,
            [
                "<query xmlns='jabber:iq:version'><name>a</name></query>",
                "<query xmlns='jabber:iq:version'><version>a</version></query>", "<query xmlns='o'/>",
            ])
    }

    /// XEP-0184 §5.
    @Test func readsAndWritesReceipts() throws {
        try expectGolden(DeliveryReceipt.request, "<request xmlns='urn:xmpp:receipts'/>")
        try expectGolden(
            DeliveryReceipt.received(id: "richard2-4.1.247"),
            "<received xmlns='urn:xmpp:receipts' id='richard2-4.1.247'/>")
        try expectMalformed(
            DeliveryReceipt.self,
            ["<received xmlns='urn:xmpp:receipts'/>", "<seen xmlns='urn:xmpp:receipts'/>", "<request xmlns='o'/>"])
    }

    /// XEP-0199 §4.1.
    @Test func readsAndWritesPing() throws {
        try expectGolden(Ping(), "<ping xmlns='urn:xmpp:ping'/>")
        try expectMalformed(Ping.self, ["<ping xmlns='o'/>", "<pong xmlns='urn:xmpp:ping'/>"])
    }

    /// XEP-0202 §3, example 2.
    @Test func readsAndWritesTime() throws {
        let utc = try #require(Timestamp("2006-12-19T17:58:35Z"))
        try expectGolden(
            EntityTime(utc: utc, offset: -360),
            "<time xmlns='urn:xmpp:time'><tzo>-06:00</tzo><utc>2006-12-19T17:58:35Z</utc></time>")
        for offset in [-840, -90, -1, 0, 1, 330, 840] { try expectRoundTrip(EntityTime(utc: utc, offset: offset)) }
        let zulu = try EntityTime(
            parse("<time xmlns='urn:xmpp:time'><tzo>Z</tzo><utc>2006-12-19T17:58:35Z</utc></time>"))
        #expect(zulu.offset == 0)
        #expect(EntityTime.request == (try parse("<time xmlns='urn:xmpp:time'/>")))
        let utcElement = "<utc>2006-12-19T17:58:35Z</utc>"
        try expectMalformed(
            EntityTime.self,
            [
                "<time xmlns='urn:xmpp:time'/>", "<time xmlns='urn:xmpp:time'>\(utcElement)</time>",
                "<time xmlns='urn:xmpp:time'>\(utcElement)<tzo>CET</tzo></time>",
                "<time xmlns='urn:xmpp:time'>\(utcElement)<tzo>.5Z</tzo></time>",
                "<time xmlns='urn:xmpp:time'><tzo>Z</tzo><utc>now</utc></time>", "<time xmlns='o'/>",
            ])
    }

    /// XEP-0203 §3, examples 1 and 2.
    @Test func readsAndWritesDelay() throws {
        let stamp = try #require(Timestamp("2002-09-10T23:08:25Z"))
        try expectGolden(
            DelayedDelivery(stamp: stamp, from: try JID("capulet.com"), reason: "Offline Storage"),
            "<delay xmlns='urn:xmpp:delay' from='capulet.com' stamp='2002-09-10T23:08:25Z'>Offline Storage</delay>")
        try expectGolden(
            DelayedDelivery(stamp: stamp), "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z'/>")
        try expectMalformed(
            DelayedDelivery.self,
            [
                "<delay xmlns='urn:xmpp:delay'/>", "<delay xmlns='urn:xmpp:delay' stamp='then'/>",
                "<delay xmlns='urn:xmpp:delay' stamp='2002-09-10T23:08:25Z' from='@'/>",
                "<delay xmlns='o' stamp='2002-09-10T23:08:25Z'/>",
            ])
    }

    /// XEP-0249 §2, example 1, and §3, example 2.
    @Test func readsAndWritesDirectInvitation() throws {
        try expectGolden(
            DirectInvitation(
                room: try JID("darkcave@macbeth.shakespeare.lit"), password: "cauldronburn", reason: "Hey Hecate!",
                isContinuation: true, thread: "e0ffe42b28561960c6b12b944a092794b9683a38"),
            """
            <x xmlns='jabber:x:conference' continue='true' jid='darkcave@macbeth.shakespeare.lit'
               password='cauldronburn' reason='Hey Hecate!' thread='e0ffe42b28561960c6b12b944a092794b9683a38'/>
            """)
        try expectGolden(
            DirectInvitation(room: try JID("a@b")), "<x xmlns='jabber:x:conference' jid='a@b'/>")
        try expectMalformed(
            DirectInvitation.self,
            [
                "<x xmlns='jabber:x:conference'/>", "<x xmlns='jabber:x:conference' jid='@'/>",
                "<x xmlns='jabber:x:conference' jid='a@b' continue='maybe'/>", "<x xmlns='o' jid='a@b'/>",
            ])
    }

    /// XEP-0334 §4.
    @Test(arguments: ProcessingHint.allCases)
    func keepsEachHint(_ hint: ProcessingHint) throws {
        try expectGolden(hint, "<\(hint.rawValue) xmlns='urn:xmpp:hints'/>")
    }

    @Test func findsHints() throws {
        let message = XMLElement("message", Namespace.client) {
            ProcessingHint.noCopy.element
            XMLElement("no-such-hint", ProcessingHint.namespace)
            ProcessingHint.noStore.element
        }
        #expect(ProcessingHint.hints(in: message) == [.noCopy, .noStore])
        try expectMalformed(ProcessingHint.self, ["<store xmlns='o'/>", "<keep xmlns='urn:xmpp:hints'/>"])
    }

    /// XEP-0359 §3.
    @Test func readsAndWritesStanzaIDs() throws {
        try expectGolden(
            StanzaID("de305d54-75b4-431b-adb2-eb6b9e546013", by: try JID("room@muc.example.com")),
            """
            <stanza-id xmlns='urn:xmpp:sid:0' id='de305d54-75b4-431b-adb2-eb6b9e546013' by='room@muc.example.com'/>
            """)
        try expectGolden(OriginID("a"), "<origin-id xmlns='urn:xmpp:sid:0' id='a'/>")
        try expectMalformed(
            StanzaID.self,
            [
                "<stanza-id xmlns='urn:xmpp:sid:0' id='a'/>", "<stanza-id xmlns='urn:xmpp:sid:0' by='a@b'/>",
                "<stanza-id xmlns='urn:xmpp:sid:0' id='a' by='@'/>",
            ])
        try expectMalformed(OriginID.self, ["<origin-id xmlns='urn:xmpp:sid:0'/>", "<origin-id xmlns='o' id='a'/>"])
    }

    /// XEP-0114 §3.
    @Test func namesComponents() {
        #expect(ComponentProtocol.acceptNamespace == Namespace.component)
        #expect(ComponentProtocol.connectNamespace == "jabber:component:connect")
        #expect(ComponentProtocol.handshakeElement == "handshake")
    }
}
