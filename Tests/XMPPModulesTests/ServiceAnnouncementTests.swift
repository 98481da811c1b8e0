//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPSASL
import XMPPServer
import XMPPTestKit
import XMPPXML

@testable import XMPPModules

/// What hosts tell about themselves: contact addresses and limits of streams.
@Suite struct ServiceAnnouncementTests {
    @Test func namesWhomToWriteTo() async throws {
        let configuration = try Company.configuration {
            $0.contactAddresses = ["acme.example": ContactAddresses([.abuse: ["mailto:abuse@acme.example"]])]
        }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example")
            let info = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
            let own = try await alice.iq("get", to: "acme.example", info)
            let form = try #require(own.firstChild?.child("x", DataForm.namespace))
            try expect(
                form,
                is: """
                    <x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'>\
                    <value>http://jabber.org/network/serverinfo</value></field>\
                    <field var='abuse-addresses' type='list-multi'><value>mailto:abuse@acme.example</value></field></x>
                    """)
            let other = try await alice.iq("get", to: "home.example", info)
            #expect(other.firstChild?.child("x", DataForm.namespace) == nil)
        }
    }

    @Test func tellsTheLimitsOfStreamsBeforeAndAfterLogIn() async throws {
        var limits = ServerLimits()
        limits.beforeAuthentication.bytes = 12_345
        limits.afterAuthentication.bytes = 54_321
        limits.negotiationSeconds = 33
        limits.keepAliveSeconds = 77
        try await Company.with(limits: limits) { server in
            let connection = try await server.connect()
            let before = try await connection.open(to: "acme.example")
            #expect(
                try before.child("limits", StreamLimits.namespace).map { try StreamLimits($0) }
                    == StreamLimits(maximumBytes: 12_345, idleSeconds: 33))
            _ = try await connection.authenticate("alice", password: TestServer.password, mechanism: .plain)
            let after = try await connection.open(to: "acme.example")
            #expect(
                try after.child("limits", StreamLimits.namespace).map { try StreamLimits($0) }
                    == StreamLimits(maximumBytes: 54_321, idleSeconds: 77))
        }
    }
}
