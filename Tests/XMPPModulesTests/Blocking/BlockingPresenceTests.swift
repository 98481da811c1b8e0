//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPServer
import XMPPStorage
import XMPPTestKit

/// XEP-0191 and presence: who is blocked sees the user go, and nothing more until he is let in again.
@Suite struct BlockingPresenceTests {
    static let alice = "alice@acme.example"
    static let bob = "bob@acme.example"

    private func with(
        befriended subscription: StoredRosterItem.Subscription? = .both, _ body: (TestServer) async throws -> Void
    ) async throws {
        try await RosterScene.with(modules: [BlockingModule()]) { server in
            if let subscription { try await server.befriend(Self.alice, Self.bob, subscription) }
            try await body(server)
        }
    }

    @Test func looksOfflineToWhoIsBlocked() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let second = try await server.client("alice@acme.example/2", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await alice.settle()
            _ = try await second.settle()

            _ = try await alice.block(Self.bob)
            #expect(
                Set(try await bob.settle().map(\.summary))
                    == ["unavailable \(Self.alice)/a", "unavailable \(Self.alice)/2"])
            // Neither sees a change of the other.
            _ = try await alice.say("<presence><show>away</show></presence>")
            #expect(try await bob.say("<presence><show>dnd</show></presence>") == ["available \(Self.bob)/b"])
            #expect(try await bob.say("<presence type='probe' to='\(Self.alice)'/>").isEmpty)
            let others = try await alice.settle() + second.settle()
            #expect(!others.map(\.summary).contains { $0.hasSuffix("\(Self.bob)/b") })
            // Nor does a session that comes now, on either side.
            let bobs = try await server.client("bob@acme.example/new")
            #expect(!(try await bobs.becomeAvailable().map(\.summary)).contains { $0.contains(Self.alice) })
            let alices = try await server.client("alice@acme.example/new")
            #expect(!(try await alices.becomeAvailable().map(\.summary)).contains { $0.contains(Self.bob) })
            #expect(!(try await bob.settle().map(\.summary)).contains { $0.contains(Self.alice) })
            _ = try await alice.settle()
            _ = try await second.settle()
            _ = try await bobs.settle()

            _ = try await second.unblock(Self.bob)
            let seen = try await bob.settle()
            #expect(
                Set(seen.map(\.summary)) == [
                    "available \(Self.alice)/a", "available \(Self.alice)/2", "available \(Self.alice)/new",
                ])
            #expect(seen.contains { $0["from"] == "\(Self.alice)/a" && $0.child("show", Namespace.client) != nil })
            let back = try await alice.settle()
            #expect(Set(back.map(\.summary)) == ["available \(Self.bob)/b", "available \(Self.bob)/new"])
            #expect(back.contains { $0["from"] == "\(Self.bob)/b" && $0.child("show", Namespace.client) != nil })
        }
    }

    @Test func tellsOnlyThoseWhoMaySee() async throws {
        try await with(befriended: .to) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let carol = try await server.client("carol@acme.example/c", isAvailable: true)
            _ = try await alice.settle()
            _ = try await alice.block(Self.bob, "carol@acme.example")
            #expect(try await bob.settle().isEmpty)
            #expect(try await carol.settle().isEmpty)
            _ = try await alice.unblock()
            #expect(try await bob.settle().isEmpty)
            #expect(try await carol.settle().isEmpty)
            #expect(try await alice.settle().map(\.summary) == ["available \(Self.bob)/b"])
        }
    }

    @Test func tellsADomainOfPeopleAndAResource() async throws {
        try await RosterScene.with(modules: [BlockingModule()]) { server in
            try await server.befriend(Self.alice, "dave@home.example")
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let desk = try await server.client("dave@home.example/desk", isAvailable: true)
            let phone = try await server.client("dave@home.example/phone", isAvailable: true)
            _ = try await desk.settle()
            _ = try await alice.block("dave@home.example/desk")
            #expect(try await desk.settle().map(\.summary) == ["unavailable \(Self.alice)/a"])
            #expect(try await phone.settle().isEmpty)
            _ = try await alice.block("home.example")
            #expect(try await phone.settle().map(\.summary) == ["unavailable \(Self.alice)/a"])
            _ = try await desk.settle()
            // The domain is free again, the one resource is not.
            _ = try await alice.unblock("home.example")
            #expect(try await phone.settle().map(\.summary) == ["available \(Self.alice)/a"])
        }
    }

    @Test func takesDirectedPresenceBack() async throws {
        try await with(befriended: nil) { server in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let carol = try await server.client("carol@acme.example/c", isAvailable: true)
            _ = try await alice.say("<presence to='\(Self.bob)/b'/><presence to='carol@acme.example/c'/>")
            #expect(try await bob.settle().map(\.summary) == ["available \(Self.alice)/a"])
            _ = try await alice.block(Self.bob)
            try await bob.expect("<presence type='unavailable' from='\(Self.alice)/a'/>")
            // And not a second time when the session ends.
            #expect(try await carol.settle().map(\.summary) == ["available \(Self.alice)/a"])
            try await alice.close()
            try await carol.expect("<presence type='unavailable' from='\(Self.alice)/a'/>")
            #expect(try await bob.settle().isEmpty)
        }
    }

    @Test func holdsForSessionsThatOutliveTheServer() async throws {
        var setup = TestServer.Setup()
        setup.modules = [RosterModule(), BlockingModule()]
        setup.database = try XMPPDatabase(inMemory: "blocking")
        let alice = try JID("alice@acme.example/a")
        let id = try await TestServer.with(setup) { server in
            for friend in [Self.bob, "carol@acme.example"] { try await server.befriend(Self.alice, friend) }
            let client = try await server.client("alice@acme.example/a")
            let id = try await client.enableResumption()
            _ = try await client.becomeAvailable()
            _ = try await client.block(Self.bob)
            return id
        }
        try await TestServer.with(setup) { server in
            let carol = try await server.client("carol@acme.example/c")
            #expect(try await carol.becomeAvailable().map(\.summary).contains("available \(Self.alice)/a"))
            let bob = try await server.client("bob@acme.example/b")
            #expect(!(try await bob.becomeAvailable().map(\.summary)).contains { $0.contains(Self.alice) })
            let client = try await server.resume(alice, id: id, handled: 0)
            client.send("<message to='\(Self.bob)' type='chat' id='m'><body>1</body></message>")
            #expect(try await client.expect("<message type='error' id='m'/>").condition == "not-acceptable")
            let second = try await server.client("alice@acme.example/2")
            _ = try await second.block("carol@acme.example")
            try await client.expect("<iq type='set'><block xmlns='urn:xmpp:blocking'/></iq>")
        }
    }

    /// Who resumes after a crash is shown everybody anew, but not those he has blocked.
    @Test func holdsForSessionsThatOutliveACrash() async throws {
        var setup = TestServer.Setup()
        setup.modules = [RosterModule(), BlockingModule()]
        setup.database = try XMPPDatabase(inMemory: "blocking")
        let first = try await TestServer.start(setup)
        for friend in [Self.bob, "carol@acme.example"] { try await first.befriend(Self.alice, friend) }
        let client = try await first.client("alice@acme.example/a")
        let id = try await client.enableResumption()
        _ = try await client.becomeAvailable()
        _ = try await client.block(Self.bob)
        _ = try await client.handledByServer()
        let second = try await TestServer.start(setup)
        let bob = try await second.client("bob@acme.example/b")
        _ = try await bob.becomeAvailable()
        let carol = try await second.client("carol@acme.example/c")
        _ = try await carol.becomeAvailable()
        let again = try await second.resume(try JID("alice@acme.example/a"), id: id, handled: 0)
        try await again.expect("<presence from='carol@acme.example/c'/>")
        #expect(!(try await again.settle().map(\.summary)).contains("available bob@acme.example/b"))
        #expect(!(try await bob.settle().map(\.summary)).contains { $0.contains(Self.alice) })
        await second.stop()
        await first.stop()
    }

    // MARK: Subscriptions

    @Test func dropsRequestsOfWhoIsBlocked() async throws {
        try await with(befriended: nil) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await alice.block(Self.bob)
            // He waits for an answer as from anybody who gives none.
            #expect(
                try await bob.say("<presence type='subscribe' to='\(Self.alice)'/>") == ["push \(Self.alice) none ask"])
            #expect(try await alice.settle().isEmpty)
            #expect(try await RosterStore(server.database).load(Self.alice).items.isEmpty)
            _ = try await alice.unblock()
            let later = try await server.client("alice@acme.example/later")
            #expect(!(try await later.becomeAvailable().map(\.summary)).contains { $0.hasPrefix("subscribe") })
        }
    }

    @Test func doesNotApproveInHerNameOrTakeAnApproval() async throws {
        try await with(befriended: nil) { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            // Approved in advance, and asked.
            _ = try await alice.say(
                "<presence type='subscribed' to='\(Self.bob)'/><presence type='subscribe' to='\(Self.bob)'/>")
            _ = try await bob.settle()
            _ = try await alice.block(Self.bob)
            #expect(
                try await bob.say("<presence type='subscribe' to='\(Self.alice)'/>") == ["push \(Self.alice) none ask"])
            _ = try await bob.say("<presence type='subscribed' to='\(Self.alice)'/>")
            #expect(try await alice.settle().isEmpty)
            let item = try await RosterStore(server.database).item(Self.bob, of: Self.alice)
            #expect(item?.subscription == StoredRosterItem.Subscription.none && item?.ask == true)
        }
    }

    @Test func losesWhatTheBlockedTakesBack() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await alice.block(Self.bob)
            _ = try await alice.settle()
            _ = try await bob.say(
                "<presence type='unsubscribe' to='\(Self.alice)'/><presence type='unsubscribed' to='\(Self.alice)'/>")
            // Her roster says so; nothing of his does.
            #expect(
                try await alice.settle().map(\.summary)
                    == ["push \(Self.bob) to", "push \(Self.bob) none"])
        }
    }

    @Test func keepsAnOlderRequestBackToo() async throws {
        try await with(befriended: nil) { server in
            let bob = try await server.client("bob@acme.example/b")
            _ = try await bob.say("<presence type='subscribe' to='\(Self.alice)'/>")
            let alice = try await server.client("alice@acme.example/a")
            _ = try await alice.block(Self.bob)
            #expect(!(try await alice.becomeAvailable().map(\.summary)).contains { $0.hasPrefix("subscribe") })
            _ = try await alice.unblock()
            let later = try await server.client("alice@acme.example/later")
            #expect(try await later.becomeAvailable().map(\.summary).contains("subscribe \(Self.bob)"))
        }
    }
}
