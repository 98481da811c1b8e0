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

/// What another program does to accounts while the server runs.
@Suite struct AccountNoticesTests {
    private func with(_ body: (TestServer) async throws -> Void) async throws {
        var setup = TestServer.Setup()
        setup.modules = [AccountNoticesModule(interval: .milliseconds(2))]
        setup.configure = { $0.registration.endsSessionsOnPasswordChange = true }
        try await TestServer.with(setup, body)
    }

    private func leave(
        _ change: AccountNotice.Change, _ account: String, device: String? = nil, _ server: TestServer
    ) async throws {
        try await server.database.write {
            try AccountNoticeStore(server.database).add(change, of: account, device: device, now: 0, in: $0)
        }
    }

    @Test func endsTheSessionsOfClosedAccounts() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example")
            let bob = try await server.client("bob@acme.example")
            let carol = try await server.client("carol@acme.example")
            try await server.core.accountStore.setDisabled(true, of: "alice@acme.example")
            try await leave(.closed, "alice@acme.example", server)
            // It was let in again at once.
            try await leave(.closed, "bob@acme.example", server)
            try await leave(.password, "carol@acme.example", server)
            #expect(try await alice.ended().condition == "not-authorized")
            #expect(try await carol.ended().condition == "reset")
            _ = try await bob.iq("get", to: "acme.example", "<ping xmlns='urn:xmpp:ping'/>")
        }
    }

    @Test func tellsTheContactsOfDeletedAccounts() async throws {
        let database = try XMPPDatabase(inMemory: "departures")
        var setup = TestServer.Setup()
        setup.database = database
        setup.modules = [RosterModule(), AccountNoticesModule(interval: .milliseconds(2))]
        let departures = DepartureStore(database)
        let accounts = AccountStore(database)
        @Sendable func delete(_ account: String, _ context: WriteContext) throws {
            try departures.note(account, in: context)
            try accounts.delete(account, in: context)
            try AccountNoticeStore(database).add(.closed, of: account, now: 0, in: context)
        }
        try await TestServer.with(setup) { server in
            try await server.befriend("alice@acme.example", "bob@acme.example")
            try await server.befriend("dave@home.example", "bob@acme.example", .from)
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await bob.settle()
            try await database.write { try delete("alice@acme.example", $0) }
            try await bob.expect("<presence type='unsubscribe' from='alice@acme.example'/>")
            try await bob.expect("<presence type='unsubscribed' from='alice@acme.example'/>")
            #expect(try await alice.ended().condition == "not-authorized")
            let item = try await RosterStore(database).item("alice@acme.example", of: "bob@acme.example")
            #expect(item?.subscription == StoredRosterItem.Subscription.none)
        }
        // While it was not running.
        try await database.write { try delete("dave@home.example", $0) }
        try await TestServer.with(setup) { server in
            try await server.eventually("the news") { try await !departures.isPending() }
            let item = try await RosterStore(database).item("dave@home.example", of: "bob@acme.example")
            #expect(item?.subscription == StoredRosterItem.Subscription.none)
        }
    }

    @Test func forgetsWhatIsKnownOfDeletedAccounts() async throws {
        try await with { server in
            let bob = try await server.client("bob@acme.example/b")
            let alice = try JID("alice@acme.example")
            bob.send("<message to='alice@acme.example' type='chat'><body>1</body></message>")
            _ = try await bob.settle()
            #expect(server.core.profiles.cached(alice.bareString)?.exists == true)
            try await server.database.write { context in
                try server.core.accountStore.delete(alice.bareString, in: context)
                try AccountNoticeStore(server.database).add(.closed, of: alice.bareString, now: 0, in: context)
            }
            try await server.eventually("nothing to be known") { server.core.profiles.cached(alice.bareString) == nil }
            bob.send("<message to='alice@acme.example' type='chat' id='2'><body>2</body></message>")
            #expect(try await bob.expect("<message type='error' id='2'/>").errorCondition == .serviceUnavailable)
        }
    }

    @Test func leavesSessionsAloneThatAreNewerThanTheNotice() async throws {
        let database = try XMPPDatabase(inMemory: "notices")
        try await database.write {
            try AccountNoticeStore(database).add(.password, of: "alice@acme.example", now: 0, in: $0)
        }
        var setup = TestServer.Setup()
        setup.database = database
        setup.modules = [AccountNoticesModule(interval: .milliseconds(2))]
        setup.configure = { $0.registration.endsSessionsOnPasswordChange = true }
        try await TestServer.with(setup) { server in
            let alice = try await server.client("alice@acme.example")
            let bob = try await server.client("bob@acme.example")
            try await leave(.password, "bob@acme.example", server)
            #expect(try await bob.ended().condition == "reset")
            _ = try await alice.iq("get", to: "acme.example", "<ping xmlns='urn:xmpp:ping'/>")
        }
    }

    @Test func endsTheSessionsOfDevicesThatWereSignedOut() async throws {
        try await with { server in
            var script = SASL2Script()
            script.userAgent = UserAgent(id: "d4565fa7-4d72-4749-b3d3-740edbf87770")
            let (phone, _) = try await server.modernClient("alice@acme.example", script)
            let desk = try await server.client("alice@acme.example/desk")
            try await leave(.device, "alice@acme.example", device: "another", server)
            try await leave(.device, "alice@acme.example", device: script.userAgent?.id, server)
            #expect(try await phone.ended().condition == "not-authorized")
            _ = try await desk.iq("get", to: "acme.example", "<ping xmlns='urn:xmpp:ping'/>")
        }
    }
}
