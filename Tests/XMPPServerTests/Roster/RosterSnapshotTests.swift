//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPServer

/// The snapshot that an online account holds of its roster.
@Suite struct RosterSnapshotTests {
    let alice: JID
    let bob: JID

    init() throws {
        alice = try JID("alice@acme.example")
        bob = try JID("bob@acme.example")
    }

    func change(_ version: Int64, name: String?) -> RosterChange {
        RosterChange(
            account: alice, contact: bob, version: version, item: name.map { RosterItem(jid: bob, name: $0) },
            isPushed: true, stanza: nil)
    }

    @Test func takesChangesOnce() {
        let account = Account(alice, roster: Roster(version: 5, items: [:]))
        let first = account.apply(change(6, name: "Bob"))
        #expect(first?.item?.name == "Bob")
        #expect(first?.version == "6")
        #expect(account.apply(change(6, name: "Bob")) == nil)
        #expect(account.apply(change(4, name: "Old")) == nil)
        #expect(account.roster[bob]?.name == "Bob")
        let gone = account.apply(change(9, name: nil))
        #expect(gone?.version == "9")
        #expect(gone?.item == nil)
        #expect(account.roster[bob] == nil)
    }

    @Test func isNeverReplacedByAnOlderOne() {
        let account = Account(alice, roster: Roster(version: 5, items: [:]))
        #expect(!account.replaceRoster(Roster(version: 4, items: [bob: RosterItem(jid: bob)])))
        #expect(account.roster.items.isEmpty)
        #expect(account.replaceRoster(Roster(version: 7, items: [bob: RosterItem(jid: bob)])))
        #expect(account.roster.version == 7)
    }

    @Test func isReadAgainIfItChangedOnTheWayIn() async throws {
        let test = try await RosterFixture()
        let loaded = try await test.roster(test.alice)
        // The account is not online yet: nobody tells it.
        try await test.rosters.set(test.bob, name: "Bob", groups: [], of: test.alice, server: test.server)
        let account = Account(test.alice, roster: loaded)
        let settling = try #require(test.rosters.settle(account, server: test.server))
        await settling()
        #expect(account.roster[test.bob]?.name == "Bob")
        #expect(test.rosters.settle(account, server: test.server) == nil)
    }

    @Test func isReliedOnIfNothingChanged() async throws {
        let test = try await RosterFixture()
        try await test.rosters.set(test.bob, name: "Bob", groups: [], of: test.alice, server: test.server)
        let account = Account(test.alice, roster: try await test.roster(test.alice))
        #expect(test.rosters.settle(account, server: test.server) == nil)
        // Once it is known to be whole, changes reach it as they happen.
        try await test.rosters.set(test.bob, name: "Bobby", groups: [], of: test.alice, server: test.server)
        #expect(test.rosters.settle(account, server: test.server) == nil)
    }

    @Test func tellsOnlyWhoAskedWithAVersion() async throws {
        let test = try await RosterFixture()
        try await test.rosters.set(test.bob, name: "Bob", groups: [], of: test.alice, server: test.server)
        _ = try await test.receive(.subscribe, from: test.contact, to: test.alice)
        let account = Account(test.alice, roster: try await test.roster(test.alice))
        let current = account.roster.versionString
        #expect(test.rosters.query(account, known: current) == nil)
        #expect(test.rosters.query(account, known: "")?["ver"] == current)
        #expect(test.rosters.query(account, known: nil)?["ver"] == nil)
        // Who only asked is no contact.
        #expect(test.rosters.query(account, known: nil)?.children.map { $0["jid"] } == [test.bob.bareString])
    }
}
