//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct DiscoveryTests {
    /// XEP-0030 §3.1, example 2.
    @Test func readsAndWritesInfo() throws {
        try expectGolden(
            DiscoveryInfo(
                identities: [
                    .init(category: "conference", type: "text", name: "Play-Specific Chatrooms"),
                    .init(category: "directory", type: "chatroom", name: "Chambres", language: "fr"),
                ],
                features: ["http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/muc"]),
            """
            <query xmlns='http://jabber.org/protocol/disco#info'>
              <identity category='conference' type='text' name='Play-Specific Chatrooms'/>
              <identity category='directory' type='chatroom' name='Chambres' xml:lang='fr'/>
              <feature var='http://jabber.org/protocol/disco#info'/>
              <feature var='http://jabber.org/protocol/muc'/>
            </query>
            """)
    }

    /// XEP-0030 §3.2 and XEP-0128 §3.
    @Test func readsAndWritesNodeAndForm() throws {
        try expectGolden(
            DiscoveryInfo(
                node: "http://jabber.org/protocol/commands",
                identities: [.init(category: "automation", type: "command-list")],
                forms: [DataForm(.result, formType: "urn:x", fields: [.init("a", values: ["1"])])]),
            """
            <query xmlns='http://jabber.org/protocol/disco#info' node='http://jabber.org/protocol/commands'>
              <identity category='automation' type='command-list'/>
              <x xmlns='jabber:x:data' type='result'>
                <field var='FORM_TYPE' type='hidden'><value>urn:x</value></field>
                <field var='a'><value>1</value></field>
              </x>
            </query>
            """)
        try expectGolden(DiscoveryInfo(), "<query xmlns='http://jabber.org/protocol/disco#info'/>")
    }

    /// XEP-0030 §4.1, examples 16 and 21.
    @Test func readsAndWritesItems() throws {
        try expectGolden(
            DiscoveryItems(
                node: "music",
                items: [
                    .init(try JID("catalog.shakespeare.lit"), node: "books", name: "Books by and about Shakespeare"),
                    .init(try JID("juliet@capulet.com/balcony")),
                ]),
            """
            <query xmlns='http://jabber.org/protocol/disco#items' node='music'>
              <item jid='catalog.shakespeare.lit' node='books' name='Books by and about Shakespeare'/>
              <item jid='juliet@capulet.com/balcony'/>
            </query>
            """)
        try expectGolden(DiscoveryItems(), "<query xmlns='http://jabber.org/protocol/disco#items'/>")
    }

    @Test func rejectsMalformed() throws {
        try expectMalformed(
            DiscoveryInfo.self,
            [
                "<query xmlns='http://jabber.org/protocol/disco#items'/>",
                "<x xmlns='http://jabber.org/protocol/disco#info'/>",
                "<query xmlns='http://jabber.org/protocol/disco#info'><identity type='pc'/></query>",
                "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client'/></query>",
                "<query xmlns='http://jabber.org/protocol/disco#info'><feature/></query>",
                "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data'/></query>",
            ])
        try expectMalformed(
            DiscoveryItems.self,
            [
                "<query xmlns='http://jabber.org/protocol/disco#info'/>",
                "<query xmlns='http://jabber.org/protocol/disco#items'><item/></query>",
                "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='@'/></query>",
            ])
    }
}
