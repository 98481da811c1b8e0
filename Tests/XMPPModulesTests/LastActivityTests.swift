//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPServer
import XMPPStorage
import XMPPTestKit

@testable import XMPPModules

@Suite struct LastActivityTests {
    private let last = "<query xmlns='jabber:iq:last'/>"

    /// A company whose staff see one another, with the clock of this feature in the test's hand.
    private func with(_ body: (TestServer, Watched<Int64>) async throws -> Void) async throws {
        let clock = Watched<Int64>(1_000_000)
        let staff = try ["alice", "bob"].map { try JID($0 + "@acme.example") }
        var setup = TestServer.Setup()
        setup.modules = [
            RosterModule(), PingModule(), SharedGroupsModule([AccountGroup("Staff", accounts: staff)]),
            LastActivityModule(now: { Timestamp(milliseconds: clock.value) }),
        ]
        try await TestServer.with(setup) { try await body($0, clock) }
    }

    private func ask(_ client: ScriptedClient, _ address: String) async throws -> LastActivity {
        let answer = try await client.iq("get", to: address, last)
        return try LastActivity(try #require(answer.firstChild))
    }

    @Test func tellsSinceWhenSomebodyIsAway() async throws {
        try await with { server, clock in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            #expect(try await alice.iq("get", to: "bob@acme.example", last).errorCondition == .itemNotFound)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            #expect(try await ask(alice, "bob@acme.example") == LastActivity(seconds: 0))
            bob.send("<presence type='unavailable'><status>Heading Home</status></presence>")
            // Who is connected is not away.
            _ = try await bob.settle()
            #expect(try await ask(alice, "bob@acme.example") == LastActivity(seconds: 0))
            try await bob.close()
            try await server.eventually("bob to be gone") {
                try server.core.accounts.online(JID("bob@acme.example")) == nil
            }
            clock.change { $0 += 903_400 }
            #expect(try await ask(alice, "bob@acme.example") == LastActivity(seconds: 903, status: "Heading Home"))
            let stored = try await LastLogInStore(server.database).lastLogIn("bob@acme.example")
            #expect(stored == 1_000_000)
        }
    }

    @Test func takesNoteOfASessionThatIsCut() async throws {
        try await with { server, clock in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let second = try await server.client("bob@acme.example/c")
            await bob.kill()
            try await alice.expect("<presence type='unavailable' from='bob@acme.example/b'/>")
            clock.change { $0 += 5000 }
            await second.kill()
            try await server.eventually("the log-out to be stored") {
                try await LastSeenStore(server.database).lastSeen("bob@acme.example")?.stamp == 1_005_000
            }
            clock.change { $0 += 5000 }
            #expect(try await ask(alice, "bob@acme.example") == LastActivity(seconds: 5))
        }
    }

    @Test func tellsOnlyThoseWhoMaySeePresence() async throws {
        try await with { server, _ in
            let carol = try await server.client("carol@acme.example/c", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            for address in ["bob@acme.example", "alice@acme.example", "nobody@acme.example", "bob@acme.example/b"] {
                #expect(try await carol.iq("get", to: address, last).errorCondition == .forbidden, "\(address)")
            }
            #expect(try await bob.settle().isEmpty)
            // The owner's other clients may.
            #expect(try await ask(bob, "bob@acme.example") == LastActivity(seconds: 0))
        }
    }

    @Test func leavesAResourceToAnswerForItself() async throws {
        try await with { server, _ in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<iq type='get' id='i1' to='bob@acme.example/b'>\(last)</iq>")
            try await bob.expect("<iq type='get' id='i1' from='alice@acme.example/a'>\(last)</iq>")
            bob.send(
                "<iq type='result' id='i1' to='alice@acme.example/a'><query xmlns='jabber:iq:last' seconds='123'/></iq>"
            )
            try await alice.expect(
                "<iq type='result' id='i1' from='bob@acme.example/b'><query xmlns='jabber:iq:last' seconds='123'/></iq>"
            )
        }
    }

    @Test func tellsHowLongTheServerHasBeenUp() async throws {
        try await with { server, clock in
            let alice = try await server.client("alice@acme.example/a")
            clock.change { $0 += 123_456_000 }
            #expect(try await ask(alice, "acme.example") == LastActivity(seconds: 123_456))
        }
    }

    @Test func knowsAfterACrashWhenItSawPeopleLast() async throws {
        let database = try XMPPDatabase(inMemory: "crash")
        let marks = PresenceMarkStore(database)
        func with(_ body: (TestServer) async throws -> Void) async throws {
            var setup = TestServer.Setup()
            setup.database = database
            setup.modules = [
                RosterModule(), PingModule(),
                LastActivityModule(interval: .milliseconds(2), now: { Timestamp(milliseconds: 5_000_000) }),
            ]
            try await TestServer.with(setup, body)
        }
        let (alice, bob, carol) = ("alice@acme.example", "bob@acme.example", "carol@acme.example")
        try await with { server in
            let client = try await server.client(alice + "/a", isAvailable: true)
            try await server.eventually("a log-in to be stored") {
                try await LastLogInStore(database).lastLogIn(alice) == 5_000_000
            }
            // Who goes by himself is seen off.
            try await client.close()
            try await server.eventually("a log-out to be stored") {
                try await LastSeenStore(database).lastSeen(alice) != nil
            }
        }
        // What a server that was killed leaves behind.
        try await LastSeenStore(database).set(LastSeen(stamp: 1_000_000, status: "Lunch"), of: bob)
        try await LastSeenStore(database).set(LastSeen(stamp: 9_000_000, status: "Later"), of: carol)
        try await database.write { context in
            try marks.setAlive(2_000_000, in: context)
            try marks.mark([bob, carol, "nobody@acme.example"], in: context)
        }
        try await with { server in
            try await server.eventually("the marks to be settled") {
                try await LastSeenStore(database).lastSeen(bob) == LastSeen(stamp: 2_000_000, status: nil)
            }
            #expect(try await LastSeenStore(database).lastSeen(carol) == LastSeen(stamp: 9_000_000, status: "Later"))
            #expect(try await LastSeenStore(database).lastSeen(alice)?.stamp == 5_000_000)
        }
        #expect(try await marks.settle(present: [bob]).isEmpty)
    }
}
