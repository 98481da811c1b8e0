//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPServer
import XMPPTestKit

/// Which sessions end where an account has more of them without a connection than may wait.
@Suite struct WaitingSessionsTests {
    private let bob = "bob@acme.example"

    private func waits(_ client: ScriptedClient, _ server: TestServer) async throws {
        await client.kill()
        try await server.eventually("\(client.jid) to wait") {
            let sessions = server.core.accounts.online(client.jid)?.sessions ?? []
            return sessions.first { $0.resource == client.jid.resource }?.isDetached ?? false
        }
    }

    private func devices(_ server: TestServer) throws -> [String?] {
        server.core.accounts.online(try JID(bob))?.sessions.map(\.device) ?? []
    }

    /// A phone that comes and goes with a new session each time takes no other's place.
    @Test func aDeviceTakesTheRoomOfItsOwnSessions() async throws {
        let phone = UserAgent(id: "d4565fa7-4d72-4749-b3d3-740edbf87770", software: "Phone")
        let tablet = UserAgent(id: "11565fa7-4d72-4749-b3d3-740edbf87771", software: "Tablet")
        try await TestServer.with(configure: { $0.limits.detachedSessions = 3 }) { server in
            let desk = try await server.client("\(bob)/desk", isAvailable: true)
            _ = try await desk.enableResumption()
            try await waits(desk, server)
            for agent in [tablet, phone, phone, phone, phone] {
                var script = SASL2Script()
                script.userAgent = agent
                let enable = StreamManagement.Enable(wantsResumption: true).element
                let (client, _) = try await server.modernClient(bob, script, features: [enable])
                try await waits(client, server)
            }
            try await server.eventually("one of each to wait") {
                try devices(server) == [nil, tablet.id, phone.id]
            }
            // One more that is no device makes the oldest end.
            let other = try await server.client("\(bob)/other", isAvailable: true)
            _ = try await other.enableResumption()
            try await waits(other, server)
            try await server.eventually("the oldest to be gone") {
                try devices(server) == [tablet.id, phone.id, nil]
            }
        }
    }
}
