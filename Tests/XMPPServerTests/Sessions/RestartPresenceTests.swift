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

/// What those learn of others who come back to their sessions after the server has died, and who may.
@Suite struct RestartPresenceTests {
    private func server(_ database: XMPPDatabase) async throws -> TestServer {
        var setup = TestServer.Setup()
        setup.database = database
        return try await TestServer.start(setup)
    }

    /// Nobody knows what the client has missed of others' presence.
    @Test func tellPresenceAnewWhenTheServerDies() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let desk = try await first.client("bob@acme.example/desk", isAvailable: true)
        let id = try await phone.enableResumption()
        _ = try await desk.enableResumption()
        #expect(try await phone.handledByServer() == 0)
        #expect(try await desk.handledByServer() == 0)
        let second = try await server(database)
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        try await client.expect("<presence from='bob@acme.example/desk'/>")
        await second.stop()
        await first.stop()
    }

    /// Who is elsewhere is asked, and not taken for gone.
    @Test func askOthersForPresenceWhenTheServerDies() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        var setup = TestServer.Setup()
        setup.database = database
        setup.components = [.init(domain: "sms.example", secret: "s")]
        let first = try await TestServer.start(setup)
        try await RosterStore(database).update([
            RosterMutation(
                account: "bob@acme.example", .put(.init(contact: "55@sms.example", name: "", subscription: .to)))
        ])
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        #expect(try await phone.handledByServer() == 0)
        let second = try await TestServer.start(setup)
        let component = try await second.component("sms.example", secret: "s")
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        try await component.expect("<presence type='probe' from='bob@acme.example/phone' to='55@sms.example'/>")
        component.send("<presence from='55@sms.example/x' to='bob@acme.example/phone'/>")
        try await client.expect("<presence from='55@sms.example/x'/>")
        #expect(!(try await client.settle()).contains { $0["type"] == "unavailable" })
        await second.stop()
        await first.stop()
    }

    /// A request that came while the phone was away.
    @Test func showRequestsWhenTheServerDies() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        #expect(try await phone.handledByServer() == 0)
        await phone.kill()
        alice.send("<presence type='subscribe' to='bob@acme.example'/>")
        try await alice.settle()
        let second = try await server(database)
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        try await client.expect("<presence type='subscribe' from='alice@acme.example'/>")
        await second.stop()
        await first.stop()
    }

    /// After a crash all sessions wait, also those that had a connection.
    @Test func keepTheirLimitWhenTheServerDies() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        var setup = TestServer.Setup()
        setup.database = database
        setup.configure = { $0.limits.detachedSessions = 2 }
        let first = try await TestServer.start(setup)
        for resource in ["1", "2", "3", "4"] {
            let client = try await first.client("bob@acme.example/\(resource)", isAvailable: true)
            _ = try await client.enableResumption()
            #expect(try await client.handledByServer() == 0)
        }
        let second = try await TestServer.start(setup)
        try await second.eventually("two to be ended") { try await SessionStore(database).all().count == 2 }
        #expect(second.core.accounts.online(try JID("bob@acme.example"))?.sessions.count == 2)
        await second.stop()
        await first.stop()
    }
}
