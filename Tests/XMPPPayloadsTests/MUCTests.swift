//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads

@Suite struct MUCTests {
    /// XEP-0045 §7.2.1, §7.2.5 and §7.2.14, examples 18, 30 and 37 to 41.
    @Test func readsAndWritesJoin() throws {
        try expectGolden(MUC.Join(), "<x xmlns='http://jabber.org/protocol/muc'/>")
        try expectGolden(
            MUC.Join(password: "cauldronburn", history: .init(maximumStanzas: 20)),
            """
            <x xmlns='http://jabber.org/protocol/muc'>
              <history maxstanzas='20'/><password>cauldronburn</password>
            </x>
            """)
        try expectGolden(
            MUC.History(
                maximumCharacters: 0, seconds: 180, since: Timestamp("1970-01-01T00:00:00Z")),
            """
            <history xmlns='http://jabber.org/protocol/muc' maxchars='0' seconds='180' since='1970-01-01T00:00:00Z'/>
            """)
    }

    /// XEP-0045 §7.2.2, example 24, with a real address.
    @Test func readsAndWritesSelfPresence() throws {
        try expectGolden(
            MUC.User(
                items: [
                    .init(affiliation: .member, role: .participant, jid: try JID("hag66@shakespeare.lit/pda"))
                ],
                statuses: [.nonAnonymous, .selfPresence, .nicknameAssigned]),
            """
            <x xmlns='http://jabber.org/protocol/muc#user'>
              <item affiliation='member' jid='hag66@shakespeare.lit/pda' role='participant'/>
              <status code='100'/>
              <status code='110'/>
              <status code='210'/>
            </x>
            """)
    }

    /// XEP-0045 §8.2, example 90, and §7.6, example 50.
    @Test func readsAndWritesKickAndNicknameChange() throws {
        try expectGolden(
            MUC.User(
                items: [
                    .init(
                        affiliation: MUC.Affiliation.none, role: MUC.Role.none,
                        actor: .init(jid: try JID("fluellen@shakespeare.lit"), nickname: "Fluellen"),
                        reason: "Avaunt, you cullion!")
                ],
                statuses: [.kicked]),
            """
            <x xmlns='http://jabber.org/protocol/muc#user'>
              <item affiliation='none' role='none'>
                <actor jid='fluellen@shakespeare.lit' nick='Fluellen'/>
                <reason>Avaunt, you cullion!</reason>
              </item>
              <status code='307'/>
            </x>
            """)
        try expectGolden(
            MUC.User(
                items: [.init(affiliation: .member, role: .participant, nickname: "oldhag")],
                statuses: [.nicknameChanged]),
            """
            <x xmlns='http://jabber.org/protocol/muc#user'>
              <item affiliation='member' nick='oldhag' role='participant'/>
              <status code='303'/>
            </x>
            """)
    }

    /// XEP-0045 §7.8.2, examples 56 to 59, and §7.9, example 61.
    @Test func readsAndWritesInvitations() throws {
        try expectGolden(
            MUC.User(
                invitations: [
                    .init(
                        to: try JID("hecate@shakespeare.lit"), reason: "Hey Hecate!",
                        continuation: .init(thread: "e0ffe42b28561960c6b12b944a092794b9683a38"))
                ]),
            """
            <x xmlns='http://jabber.org/protocol/muc#user'>
              <invite to='hecate@shakespeare.lit'>
                <reason>Hey Hecate!</reason>
                <continue thread='e0ffe42b28561960c6b12b944a092794b9683a38'/>
              </invite>
            </x>
            """)
        try expectGolden(
            MUC.User(
                invitations: [.init(from: try JID("crone1@shakespeare.lit/desktop"), continuation: .init())],
                password: "cauldronburn"),
            """
            <x xmlns='http://jabber.org/protocol/muc#user'>
              <invite from='crone1@shakespeare.lit/desktop'><continue/></invite>
              <password>cauldronburn</password>
            </x>
            """)
        try expectGolden(
            MUC.User(decline: .init(to: try JID("crone1@shakespeare.lit"), reason: "Sorry, I'm too busy right now.")),
            """
            <x xmlns='http://jabber.org/protocol/muc#user'>
              <decline to='crone1@shakespeare.lit'><reason>Sorry, I'm too busy right now.</reason></decline>
            </x>
            """)
    }

    /// XEP-0045 §10.9, example 202.
    @Test func readsAndWritesDestruction() throws {
        try expectGolden(
            MUC.User(
                items: [.init(affiliation: MUC.Affiliation.none, role: MUC.Role.none)],
                destruction: .init(
                    alternative: try JID("coven@chat.shakespeare.lit"), reason: "Macbeth doth come.")),
            """
            <x xmlns='http://jabber.org/protocol/muc#user'>
              <item affiliation='none' role='none'/>
              <destroy jid='coven@chat.shakespeare.lit'><reason>Macbeth doth come.</reason></destroy>
            </x>
            """)
    }

    @Test(arguments: MUC.Affiliation.allCases)
    func keepsEachAffiliation(_ affiliation: MUC.Affiliation) throws {
        try expectRoundTrip(MUC.User(items: [.init(affiliation: affiliation)]))
    }

    @Test(arguments: MUC.Role.allCases)
    func keepsEachRole(_ role: MUC.Role) throws {
        try expectRoundTrip(MUC.User(items: [.init(role: role)]))
    }

    @Test func keepsEachStatus() throws {
        try expectRoundTrip(MUC.User(statuses: MUC.Status.known))
        #expect(Set(MUC.Status.known).count == MUC.Status.known.count)
        let unknown = try #require(MUC.Status(rawValue: 999))
        try expectRoundTrip(MUC.User(statuses: [unknown]))
        #expect(MUC.Status(rawValue: 99) == nil)
        #expect(MUC.Status(rawValue: 1000) == nil)
    }

    @Test func rejectsMalformed() throws {
        let user = "http://jabber.org/protocol/muc#user"
        try expectMalformed(
            MUC.User.self,
            [
                "<x xmlns='http://jabber.org/protocol/muc'/>", "<x xmlns='\(user)'><item affiliation='king'/></x>",
                "<x xmlns='\(user)'><item role='king'/></x>", "<x xmlns='\(user)'><item jid='a@@b'/></x>",
                "<x xmlns='\(user)'><status/></x>", "<x xmlns='\(user)'><status code='x'/></x>",
                "<x xmlns='\(user)'><status code='99'/></x>", "<x xmlns='\(user)'><invite to='@'/></x>",
                "<x xmlns='\(user)'><decline from='@'/></x>", "<x xmlns='\(user)'><destroy jid='@'/></x>",
                "<x xmlns='\(user)'><item><actor jid='@'/></item></x>",
            ])
        try expectMalformed(
            MUC.Join.self,
            [
                "<x xmlns='\(user)'/>",
                "<x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='-1'/></x>",
                "<x xmlns='http://jabber.org/protocol/muc'><history maxchars='many'/></x>",
                "<x xmlns='http://jabber.org/protocol/muc'><history seconds='99999999999999999999'/></x>",
                "<x xmlns='http://jabber.org/protocol/muc'><history since='yesterday'/></x>",
            ])
        try expectMalformed(MUC.History.self, ["<x xmlns='http://jabber.org/protocol/muc'/>"])
    }
}
