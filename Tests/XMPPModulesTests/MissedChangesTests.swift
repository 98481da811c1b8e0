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

/// What a client was told of its roster and its block list, and had not got when the server died, it is told again.
@Suite struct MissedChangesTests {
    private func server(_ database: XMPPDatabase) async throws -> TestServer {
        var setup = TestServer.Setup()
        setup.modules = [RosterModule(), BlockingModule()]
        setup.database = database
        return try await TestServer.start(setup)
    }

    private func change(_ client: ScriptedClient, _ payload: String) async throws {
        #expect(try await client.iq("set", to: nil, payload)["type"] == "result")
    }

    private func item(_ attributes: String) -> String {
        "<query xmlns='jabber:iq:roster'><item \(attributes)/></query>"
    }

    @Test func areToldAfterTheServerDied() async throws {
        let database = try XMPPDatabase(inMemory: "changes")
        let first = try await server(database)
        let desk = try await first.client("bob@acme.example/desk")
        try await change(desk, item("jid='old@acme.example' name='Old'"))
        try await change(desk, item("jid='gone@acme.example' name='Gone'"))
        let phone = try await first.client("bob@acme.example/phone")
        let id = try await phone.enableResumption()
        _ = try await phone.iq("get", to: nil, "<query xmlns='jabber:iq:roster'/>")
        _ = try await phone.iq("get", to: nil, "<blocklist xmlns='urn:xmpp:blocking'/>")
        try await first.eventually("its wish for the roster on disk") {
            try await SessionStore(database).all().contains { $0.status.isInterested }
        }
        await phone.kill()
        try await first.eventually("a session without a connection") {
            first.core.accounts.online(phone.jid)?.session("phone")?.isDetached == true
        }
        try await change(desk, item("jid='new@acme.example' name='New'"))
        try await change(desk, item("jid='gone@acme.example' subscription='remove'"))
        try await change(desk, "<block xmlns='urn:xmpp:blocking'><item jid='pest@acme.example'/></block>")
        // It is not stopped: as far as the store is concerned it has died.
        let second = try await server(database)
        let again = try await second.resume(phone.jid, id: id, handled: 2)
        try await again.expect(
            "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='new@acme.example' name='New'/></query></iq>")
        try await again.expect(
            "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='gone@acme.example' subscription='remove'/></query></iq>"
        )
        try await again.expect("<iq type='set'><unblock xmlns='urn:xmpp:blocking'/></iq>")
        try await again.expect(
            "<iq type='set'><block xmlns='urn:xmpp:blocking'><item jid='pest@acme.example'/></block></iq>")
        // What it knew before is no news.
        #expect(try await again.settle().allSatisfy { $0.name != "iq" })
        await second.stop()
        await first.stop()
    }

    /// After a clean stop the queue has what was told, once.
    @Test func areToldOnceAfterAStop() async throws {
        let database = try XMPPDatabase(inMemory: "changes")
        let first = try await server(database)
        let desk = try await first.client("bob@acme.example/desk")
        let phone = try await first.client("bob@acme.example/phone")
        let id = try await phone.enableResumption()
        _ = try await phone.iq("get", to: nil, "<query xmlns='jabber:iq:roster'/>")
        await phone.kill()
        try await first.eventually("a session without a connection") {
            first.core.accounts.online(phone.jid)?.session("phone")?.isDetached == true
        }
        try await change(desk, item("jid='new@acme.example' name='New'"))
        await first.stop()
        let second = try await server(database)
        let again = try await second.resume(phone.jid, id: id, handled: 1)
        try await again.expect(
            "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='new@acme.example'/></query></iq>")
        #expect(try await again.settle().allSatisfy { $0.name != "iq" })
        await second.stop()
    }

    /// A client that has not been back since then is told later; what was removed it finds out at its next log-in.
    @Test func areToldAfterACrashAndAStop() async throws {
        let database = try XMPPDatabase(inMemory: "changes")
        let first = try await server(database)
        let phone = try await first.client("bob@acme.example/phone")
        let id = try await phone.enableResumption()
        _ = try await phone.iq("get", to: nil, "<query xmlns='jabber:iq:roster'/>")
        try await first.eventually("its wish for the roster on disk") {
            try await SessionStore(database).all().contains { $0.status.isInterested }
        }
        await phone.kill()
        try await first.eventually("a session without a connection") {
            first.core.accounts.online(phone.jid)?.session("phone")?.isDetached == true
        }
        // Versions are of all rosters.
        let alice = try await first.client("alice@acme.example/desk")
        try await change(alice, item("jid='new@acme.example'"))
        let desk = try await first.client("bob@acme.example/desk")
        try await change(desk, item("jid='new@acme.example' name='New'"))
        try await change(desk, item("jid='gone@acme.example' name='Gone'"))
        try await change(desk, item("jid='gone@acme.example' subscription='remove'"))
        let second = try await server(database)
        await second.stop()
        let third = try await server(database)
        let again = try await third.resume(phone.jid, id: id, handled: 1)
        let push = try await again.expect(
            "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='new@acme.example' name='New'/></query></iq>")
        // It had no roster to go on from: the version is none that would hide what it lacks.
        #expect(push.child("query", "jabber:iq:roster")?["ver"] == "0")
        await third.stop()
        await first.stop()
    }
}
