//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPServer

@Suite struct RosterSharedContactsTests {
    let alice: JID
    let bob: JID
    let carol: JID

    init() throws {
        alice = try JID("alice@acme.example")
        bob = try JID("bob@acme.example")
        carol = try JID("carol@acme.example")
    }

    func shared(_ items: [RosterItem]) -> SharedContacts { SharedContacts(items, account: alice) }

    @Test func mergesAContactOfSeveralGroups() {
        let contacts = shared([
            RosterItem(jid: bob, groups: ["Support"]),
            RosterItem(jid: bob, name: "Bob", groups: ["Staff", "Support"]),
        ])
        #expect(contacts.items.count == 1)
        #expect(contacts.items[bob]?.name == "Bob")
        #expect(contacts.items[bob]?.groups == ["Support", "Staff"])
        #expect(contacts.items[bob]?.subscription == .both)
        #expect(contacts.items[bob]?.isShared == true)
    }

    @Test func leavesTheUserHimselfOut() {
        #expect(shared([RosterItem(jid: alice, groups: ["Staff"])]).items.isEmpty)
    }

    @Test func keepsTheUsersNameAndGroupsBesideTheShared() throws {
        let contacts = shared([RosterItem(jid: bob, name: "Bob", groups: ["Support"])])
        let own = RosterItem(jid: bob, name: "Bobby", groups: ["Friends", "Support"], subscription: .none, ask: true)
        let merged = try #require(contacts.merged(own, for: bob))
        #expect(merged.name == "Bobby")
        #expect(merged.groups == ["Support", "Friends"])
        #expect(merged.subscription == .both)
        #expect(!merged.ask)
        #expect(merged.isShared)
    }

    @Test func leavesOtherContactsAlone() {
        let contacts = shared([RosterItem(jid: bob)])
        let own = RosterItem(jid: carol, name: "Carol", subscription: .to)
        #expect(contacts.merged(own, for: carol) == own)
        #expect(contacts.merged(nil, for: carol) == nil)
    }

    @Test func storesOnlyWhatIsTheUsersOwn() {
        let contacts = shared([RosterItem(jid: bob, name: "Bob", groups: ["Support"])])
        let same = contacts.ownPart(name: "Bob", groups: ["Support", "Friends"], of: bob)
        #expect(same.name == nil)
        #expect(same.groups == ["Friends"])
        let other = contacts.ownPart(name: "Bob", groups: ["Support"], of: carol)
        #expect(other.name == "Bob")
        #expect(other.groups == ["Support"])
    }

    @Test func changesTheVersionWithTheConfiguration() {
        let plain = Roster(version: 7, own: [], shared: shared([]), readAt: 0)
        let one = Roster(version: 7, own: [], shared: shared([RosterItem(jid: bob)]), readAt: 0)
        let two = Roster(version: 7, own: [], shared: shared([RosterItem(jid: bob, name: "Bob")]), readAt: 0)
        let three = Roster(version: 7, own: [], shared: shared([RosterItem(jid: bob, groups: ["Bob"])]), readAt: 0)
        #expect(plain.versionString == "7")
        #expect(Set([plain, one, two, three].map(\.versionString)).count == 4)
        let both = [RosterItem(jid: bob), RosterItem(jid: carol)]
        let there = Roster(version: 7, own: [], shared: shared(both), readAt: 0)
        let back = Roster(version: 7, own: [], shared: shared(both.reversed()), readAt: 0)
        #expect(there.versionString == back.versionString)
    }

    @Test func bringsASharedContactBackWhenTheUsersOwnItemGoes() {
        var roster = Roster(
            version: 1, own: [RosterItem(jid: bob, name: "Bobby")],
            shared: shared([RosterItem(jid: bob, name: "Bob")]), readAt: 0)
        #expect(roster[bob]?.name == "Bobby")
        #expect(roster.apply(nil, contact: bob, version: 2)?.name == "Bob")
        #expect(roster[bob]?.name == "Bob")
        #expect(roster.version == 2)
        #expect(roster.apply(nil, contact: carol, version: 3) == nil)
    }

    @Test func hidesThoseWhoOnlyAsked() {
        #expect(!RosterItem(jid: bob, pendingIn: true).isVisible)
        #expect(RosterItem(jid: bob, pendingIn: true, isListed: true).isVisible)
        #expect(RosterItem(jid: bob, name: "Bob", pendingIn: true).isVisible)
        #expect(RosterItem(jid: bob, subscription: .to, pendingIn: true).isVisible)
        #expect(RosterItem(jid: bob, approved: true).isVisible)
        #expect(RosterItem(jid: bob, ask: true).isVisible)
        #expect(RosterItem(jid: bob, isShared: true).isVisible)
    }
}
