//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct RosterAndBindTests {
    /// RFC 6121 §2.1.4, §2.1.6 and §2.6.2.
    @Test func readsAndWritesRoster() throws {
        try expectGolden(RosterQuery(version: ""), "<query xmlns='jabber:iq:roster' ver=''/>")
        try expectGolden(RosterQuery(), "<query xmlns='jabber:iq:roster'/>")
        try expectGolden(
            RosterQuery(
                version: "ver7",
                items: [
                    .init(
                        try JID("nurse@example.com"), name: "Nurse", groups: ["Servants", "Friends"],
                        subscription: .both),
                    .init(try JID("romeo@example.net"), subscription: RosterItem.Subscription.none, isAsking: true),
                    .init(try JID("mercutio@example.net"), isApproved: true),
                ]),
            """
            <query xmlns='jabber:iq:roster' ver='ver7'>
              <item jid='nurse@example.com' name='Nurse' subscription='both'>
                <group>Servants</group><group>Friends</group>
              </item>
              <item jid='romeo@example.net' subscription='none' ask='subscribe'/>
              <item jid='mercutio@example.net' approved='true'/>
            </query>
            """)
        #expect(RosterQuery.versioningFeature == (try parse("<ver xmlns='urn:xmpp:features:rosterver'/>")))
    }

    @Test(arguments: RosterItem.Subscription.allCases)
    func keepsEachSubscription(_ subscription: RosterItem.Subscription) throws {
        try expectRoundTrip(RosterItem(try JID("a@b"), subscription: subscription))
    }

    @Test func keepsGroupsThatAreWrong() throws {
        try expectRoundTrip(RosterItem(try JID("a@b"), groups: ["a", "a", ""]))
    }

    /// XEP-0144 §3.
    @Test func readsAndWritesRosterExchanges() throws {
        try expectGolden(
            RosterExchange(items: [
                .init(try JID("rosencrantz@denmark.lit"), name: "Rosencrantz", groups: ["Visitors"]),
                .init(try JID("guildenstern@denmark.lit"), action: .delete),
            ]),
            """
            <x xmlns='http://jabber.org/protocol/rosterx'>
              <item action='add' jid='rosencrantz@denmark.lit' name='Rosencrantz'><group>Visitors</group></item>
              <item action='delete' jid='guildenstern@denmark.lit'/>
            </x>
            """)
        let bare = "<x xmlns='http://jabber.org/protocol/rosterx'><item jid='a@b'/></x>"
        #expect(try RosterExchange(parse(bare)).items == [.init(try JID("a@b"), action: .add)])
        for wrong in ["<item/>", "<item jid='@'/>", "<item jid='a@b' action='burn'/>"] {
            let element = try parse("<x xmlns='http://jabber.org/protocol/rosterx'>\(wrong)</x>")
            #expect(throws: PayloadError.self) { try RosterExchange(element) }
        }
    }

    @Test(arguments: [
        ("support@acme.example", "Acme Support", "xmpp:support@acme.example?roster;name=Acme%20Support;group=BizBuddy"),
        (
            "a;b!c@acme.example/x", "Bücher; ?",
            "xmpp:a%3Bb%21c@acme.example?roster;name=B%C3%BCcher%3B%20%3F;group=BizBuddy"
        ),
    ])
    func writesRosterLinks(jid: String, name: String, link: String) throws {
        #expect(try #require(try? RosterLink(JID(jid), name: name, group: "BizBuddy")).description == link)
    }

    /// RFC 6120 §7.6.1 and §7.7.1.
    @Test func readsAndWritesBinding() throws {
        let bind = "urn:ietf:params:xml:ns:xmpp-bind"
        try expectGolden(ResourceBinding.request(resource: nil), "<bind xmlns='\(bind)'/>")
        try expectGolden(
            ResourceBinding.request(resource: "balcony"),
            "<bind xmlns='\(bind)'><resource>balcony</resource></bind>")
        try expectGolden(
            ResourceBinding.result(try JID("juliet@im.example.com/balcony")),
            "<bind xmlns='\(bind)'><jid>juliet@im.example.com/balcony</jid></bind>")
        let empty = try ResourceBinding(parse("<bind xmlns='\(bind)'><resource/></bind>"))
        #expect(empty == .request(resource: nil))
        try expectMalformed(
            ResourceBinding.self,
            ["<bind xmlns='o'/>", "<bind xmlns='\(bind)'><jid>a@b</jid></bind>", "<bind xmlns='\(bind)'><jid/></bind>"])
    }

    /// RFC 3921 §3.
    @Test func readsAndWritesSession() throws {
        let session = "urn:ietf:params:xml:ns:xmpp-session"
        try expectGolden(SessionEstablishment(), "<session xmlns='\(session)'/>")
        #expect(SessionEstablishment.feature == (try parse("<session xmlns='\(session)'><optional/></session>")))
        try expectMalformed(SessionEstablishment.self, ["<session xmlns='o'/>"])
    }

    @Test func rejectsMalformed() throws {
        try expectMalformed(
            RosterQuery.self,
            [
                "<query xmlns='o'/>", "<query xmlns='jabber:iq:roster'><item/></query>",
                "<query xmlns='jabber:iq:roster'><item jid='@'/></query>",
                "<query xmlns='jabber:iq:roster'><item jid='a@b' subscription='all'/></query>",
                "<query xmlns='jabber:iq:roster'><item jid='a@b' ask='unsubscribe'/></query>",
                "<query xmlns='jabber:iq:roster'><item jid='a@b' approved='yes'/></query>",
            ])
    }
}
