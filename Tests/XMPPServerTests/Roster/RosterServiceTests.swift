//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit

@testable import XMPPServer

/// A server without connections: what becomes of rosters in the store.
struct RosterFixture {
    struct Shares: ServerModule {
        let id = "shares"
        let items: [JID: [RosterItem]]
        func register(in registrar: inout ModuleRegistrar) {
            registrar.roster { [items] in items[$0] ?? [] }
        }
    }

    let server: ServerCore
    let alice: JID
    let bob: JID
    let contact: JID

    init(limit: Int = 100, shared: [JID: [RosterItem]] = [:]) async throws {
        alice = try JID("alice@acme.example")
        bob = try JID("bob@acme.example")
        contact = try JID("care@elsewhere.example")
        var limits = ServerLimits()
        limits.rosterItems = limit
        server = try ServerCore(
            configuration: ServerConfiguration(hosts: [.init(name: "acme.example")], limits: limits),
            modules: [Shares(items: shared)], database: try XMPPDatabase(inMemory: "roster"),
            log: TestServer.Setup().log)
        for account in [alice, bob] {
            try await server.accountStore.create(account.bareString, credentials: [], created: 0)
        }
    }

    var rosters: RosterService { server.rosters }

    func roster(_ account: JID) async throws -> Roster { try await rosters.load(account: account, server: server) }

    func send(_ type: StanzaType, from: JID, to: JID) async throws -> [SubscriptionEffect] {
        try await rosters.commit(server) { try $0.send(Stanza(.presence, type, from: from, to: to)) }
    }

    func receive(_ type: StanzaType, from: JID, to: JID) async throws -> [SubscriptionEffect] {
        try await rosters.commit(server) { try $0.receive(Stanza(.presence, type, from: from, to: to)) }
    }
}

extension SubscriptionEffect: CustomStringConvertible {
    /// As the tests say it.
    var description: String {
        switch self {
        case .send: "send"
        case .route(let stanza): "route \(stanza.type) to \(stanza.to?.description ?? "-")"
        case .tell(let stanza, let account): "tell \(account) \(stanza.type)"
        case .showPresence(let account, let contact): "show \(account) to \(contact)"
        case .hidePresence(let account, let contact): "hide \(account) from \(contact)"
        }
    }
}

@Suite struct RosterServiceTests {
    @Test func keepsWhatAClientSets() async throws {
        let test = try await RosterFixture()
        try await test.rosters.set(test.bob, name: "Bob", groups: ["Work"], of: test.alice, server: test.server)
        let first = try await test.roster(test.alice)
        #expect(
            first[test.bob]
                == RosterItem(jid: test.bob, name: "Bob", groups: ["Work"], isListed: true))
        try await test.rosters.set(test.bob, name: nil, groups: [], of: test.alice, server: test.server)
        let second = try await test.roster(test.alice)
        #expect(second[test.bob] == RosterItem(jid: test.bob, isListed: true))
        #expect(second.version > first.version)
        try await test.rosters.remove(test.bob, of: test.alice, server: test.server)
        let third = try await test.roster(test.alice)
        #expect(third.items.isEmpty)
        #expect(third.version > second.version)
    }

    @Test func refusesToRemoveWhatIsNotThere() async throws {
        let test = try await RosterFixture()
        await #expect(throws: StanzaError(.itemNotFound)) {
            try await test.rosters.remove(test.bob, of: test.alice, server: test.server)
        }
    }

    @Test func refusesMoreContactsThanAllowed() async throws {
        let test = try await RosterFixture(limit: 2)
        // Strangers who ask take no room of the user's own.
        for number in 0..<8 {
            _ = try await test.receive(.subscribe, from: try JID("s\(number)@elsewhere.example"), to: test.alice)
        }
        #expect(try await test.roster(test.alice).items.count == 4)
        try await test.rosters.set(test.bob, name: nil, groups: [], of: test.alice, server: test.server)
        _ = try await test.send(.subscribe, from: test.alice, to: test.contact)
        let third = try JID("third@elsewhere.example")
        await #expect(throws: StanzaError.self) {
            try await test.rosters.set(third, name: nil, groups: [], of: test.alice, server: test.server)
        }
        await #expect(throws: StanzaError.self) { _ = try await test.send(.subscribe, from: test.alice, to: third) }
        // What is there can still be changed.
        try await test.rosters.set(test.bob, name: "Bob", groups: [], of: test.alice, server: test.server)
    }

    @Test func changesBothSidesOfALocalSubscriptionTogether() async throws {
        let test = try await RosterFixture()
        #expect(try await test.send(.subscribe, from: test.alice, to: test.bob).isEmpty)
        #expect(try await test.roster(test.alice)[test.bob]?.ask == true)
        let request = try #require(try await test.roster(test.bob)[test.alice])
        #expect(request.pendingIn)
        #expect(!request.isVisible)

        let approval = try await test.send(.subscribed, from: test.bob, to: test.alice)
        #expect(approval.map(\.description) == ["show \(test.bob) to \(test.alice)"])
        #expect(try await test.roster(test.alice)[test.bob]?.subscription == .to)
        #expect(try await test.roster(test.bob)[test.alice]?.subscription == .from)

        let end = try await test.send(.unsubscribed, from: test.bob, to: test.alice)
        #expect(end.map(\.description) == ["hide \(test.bob) from \(test.alice)"])
        #expect(try await test.roster(test.alice)[test.bob]?.subscription == Subscription.none)
        #expect(try await test.roster(test.bob)[test.alice]?.subscription == Subscription.none)
    }

    @Test func approvesAtOnceWhatWasApprovedInAdvance() async throws {
        let test = try await RosterFixture()
        #expect(try await test.send(.subscribed, from: test.bob, to: test.alice).isEmpty)
        #expect(try await test.roster(test.bob)[test.alice]?.approved == true)
        #expect(try await test.roster(test.alice).items.isEmpty)
        let effects = try await test.send(.subscribe, from: test.alice, to: test.bob)
        #expect(effects.map(\.description) == ["show \(test.bob) to \(test.alice)"])
        #expect(try await test.roster(test.alice)[test.bob]?.subscription == .to)
        #expect(try await test.roster(test.bob)[test.alice]?.subscription == .from)
    }

    @Test func endsBothDirectionsWhenAContactIsRemoved() async throws {
        let test = try await RosterFixture()
        _ = try await test.send(.subscribe, from: test.alice, to: test.bob)
        _ = try await test.send(.subscribed, from: test.bob, to: test.alice)
        _ = try await test.send(.subscribe, from: test.bob, to: test.alice)
        _ = try await test.send(.subscribed, from: test.alice, to: test.bob)
        #expect(try await test.roster(test.alice)[test.bob]?.subscription == .both)
        let (alice, bob) = (test.alice, test.bob)
        let effects = try await test.rosters.commit(test.server) { try $0.remove(bob, of: alice) }
        // Each is gone for the other.
        #expect(Set(effects.map(\.description)) == ["hide \(alice) from \(bob)", "hide \(bob) from \(alice)"])
        #expect(try await test.roster(alice).items.isEmpty)
        // Bob keeps her in his list, without a subscription (RFC 6121 §3.2.3).
        #expect(try await test.roster(bob)[alice]?.subscription == Subscription.none)
        #expect(try await test.roster(bob)[alice]?.isVisible == true)
    }

    @Test func tellsTheContactElsewhereWhenItIsRemoved() async throws {
        let test = try await RosterFixture()
        _ = try await test.send(.subscribe, from: test.alice, to: test.contact)
        _ = try await test.receive(.subscribed, from: test.contact, to: test.alice)
        _ = try await test.receive(.subscribe, from: test.contact, to: test.alice)
        _ = try await test.send(.subscribed, from: test.alice, to: test.contact)
        let (alice, contact) = (test.alice, test.contact)
        let effects = try await test.rosters.commit(test.server) { try $0.remove(contact, of: alice) }
        #expect(
            effects.map(\.description) == [
                "route unsubscribe to \(contact)", "route unsubscribed to \(contact)", "hide \(alice) from \(contact)",
            ])
    }

    @Test func routesToAddressesThatAreNoAccounts() async throws {
        let test = try await RosterFixture()
        let effects = try await test.send(.subscribe, from: test.alice, to: test.contact)
        #expect(effects.map(\.description) == ["route subscribe to \(test.contact)"])
        #expect(try await test.receive(.subscribed, from: test.contact, to: test.alice).isEmpty)
        #expect(try await test.roster(test.alice)[test.contact]?.subscription == .to)
        let again = try await test.receive(.subscribe, from: test.contact, to: test.alice)
        #expect(again.isEmpty)
        let approval = try await test.send(.subscribed, from: test.alice, to: test.contact)
        #expect(
            approval.map(\.description) == [
                "route subscribed to \(test.contact)", "show \(test.alice) to \(test.contact)",
            ])
        let end = try await test.receive(.unsubscribe, from: test.contact, to: test.alice)
        #expect(end.map(\.description) == ["hide \(test.alice) from \(test.contact)"])
    }

    @Test func saysNothingForAccountsThatDoNotExist() async throws {
        let test = try await RosterFixture()
        let nobody = try JID("nobody@acme.example")
        #expect(try await test.send(.subscribe, from: test.alice, to: nobody).isEmpty)
        #expect(try await test.receive(.subscribe, from: test.contact, to: nobody).isEmpty)
        #expect(try await test.roster(nobody).items.isEmpty)
        #expect(try await test.roster(test.alice)[nobody]?.ask == true)
    }

    @Test func keepsARequestUntilItIsAnswered() async throws {
        let test = try await RosterFixture()
        let (contact, alice) = (test.contact, test.alice)
        let request = Stanza(.presence, .subscribe, id: "r1", from: contact, to: alice) {
            XMLElement("status", Namespace.client, text: "Please")
        }
        _ = try await test.rosters.commit(test.server) { try $0.receive(request) }
        let waiting = await test.rosters.pendingRequests(alice, server: test.server)
        #expect(waiting.map(\.id) == ["r1"])
        #expect(waiting.first?.child("status", Namespace.client)?.text == "Please")
        _ = try await test.send(.unsubscribed, from: alice, to: contact)
        #expect(await test.rosters.pendingRequests(alice, server: test.server).isEmpty)
        // A stranger who was refused leaves no trace.
        #expect(try await test.roster(alice).items.isEmpty)
    }

    @Test func keepsNoMoreOfARequestThanItNeeds() async throws {
        let test = try await RosterFixture()
        let (contact, alice) = (test.contact, test.alice)
        let request = Stanza(.presence, .subscribe, id: "r1", from: contact, to: alice) {
            XMLElement("status", Namespace.client, text: String(repeating: "x", count: 10_000))
        }
        _ = try await test.rosters.commit(test.server) { try $0.receive(request) }
        let waiting = await test.rosters.pendingRequests(alice, server: test.server)
        #expect(waiting.first?.id == "r1")
        #expect(waiting.first?.child("status", Namespace.client) == nil)
    }

    @Test func keepsAContactInTheListWhoAsksLater() async throws {
        let test = try await RosterFixture()
        try await test.rosters.set(test.contact, name: nil, groups: [], of: test.alice, server: test.server)
        _ = try await test.receive(.subscribe, from: test.contact, to: test.alice)
        #expect(try await test.roster(test.alice)[test.contact]?.isVisible == true)
        _ = try await test.receive(.unsubscribe, from: test.contact, to: test.alice)
        #expect(try await test.roster(test.alice)[test.contact]?.isVisible == true)
    }

    // MARK: Contacts of the configuration

    @Test func leavesContactsOfTheConfigurationSubscribed() async throws {
        let alice = try JID("alice@acme.example")
        let bob = try JID("bob@acme.example")
        let care = try JID("care@elsewhere.example")
        let test = try await RosterFixture(shared: [
            alice: [RosterItem(jid: bob, name: "Bob", groups: ["Staff"]), RosterItem(jid: care, groups: ["Care"])]
        ])
        #expect(
            try await test.send(.subscribe, from: alice, to: bob).map(\.description)
                == ["tell \(alice) subscribed", "show \(bob) to \(alice)"])
        #expect(
            try await test.send(.subscribe, from: alice, to: care).map(\.description)
                == ["tell \(alice) subscribed", "route probe to \(care)"])
        for type in [StanzaType.subscribed, .unsubscribe, .unsubscribed] {
            #expect(try await test.send(type, from: alice, to: care).isEmpty)
        }
        #expect(
            try await test.receive(.subscribe, from: care, to: alice).map(\.description)
                == ["route subscribed to \(care)", "show \(alice) to \(care)"])
        #expect(try await test.receive(.unsubscribe, from: care, to: alice).isEmpty)
        let roster = try await test.roster(alice)
        #expect(roster[bob]?.subscription == .both)
        #expect(roster[care]?.subscription == .both)
        #expect(roster.version == 0)
    }

    @Test func refusesToRemoveContactsOfTheConfiguration() async throws {
        let alice = try JID("alice@acme.example")
        let bob = try JID("bob@acme.example")
        let test = try await RosterFixture(shared: [alice: [RosterItem(jid: bob, groups: ["Staff"])]])
        try await test.rosters.set(bob, name: "Bobby", groups: ["Staff", "Friends"], of: alice, server: test.server)
        #expect(try await test.roster(alice)[bob]?.groups == ["Staff", "Friends"])
        let stored = try await test.rosters.store.item(bob.bareString, of: alice.bareString)
        #expect(stored?.groups == ["Friends"])
        let error = await #expect(throws: StanzaError.self) {
            try await test.rosters.remove(bob, of: alice, server: test.server)
        }
        #expect(error?.condition == .notAllowed)
        #expect(error?.text != nil)
    }
}
