//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPSASL
import XMPPServer
import XMPPTestKit

@testable import XMPPModules

/// Features that answer one question.
@Suite struct SmallFeatureTests {
    @Test func tellsItsVersion() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let answer = try await alice.iq("get", to: "acme.example", "<query xmlns='jabber:iq:version'/>")
            try expect(
                try #require(answer.firstChild),
                is: """
                    <query xmlns='jabber:iq:version'><name>Switchboard</name><version>1.2.3</version></query>
                    """)
        }
    }

    @Test func tellsTheTime() async throws {
        let module = TimeModule(now: { Timestamp(milliseconds: 1_700_000_000_000) })
        try await TestServer.with(modules: [module]) { server in
            let alice = try await server.client("alice@acme.example")
            let answer = try await alice.iq("get", to: "acme.example", "<time xmlns='urn:xmpp:time'/>")
            try expect(
                try #require(answer.firstChild),
                is: """
                    <time xmlns='urn:xmpp:time'><tzo>+00:00</tzo><utc>2023-11-14T22:13:20Z</utc></time>
                    """)
        }
    }

    @Test func answersPingsOfHostAndOwnAccount() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let ping = "<ping xmlns='urn:xmpp:ping'/>"
            for address in ["acme.example", "home.example", "alice@acme.example", nil] {
                let answer = try await alice.iq("get", to: address, ping)
                #expect(answer["type"] == "result" && answer.firstChild == nil)
            }
            for address in ["bob@acme.example", "nobody@acme.example"] {
                #expect(try await alice.iq("get", to: address, ping).errorCondition == .serviceUnavailable)
            }
        }
    }

    @Test func grantsTheSessionOfOldClients() async throws {
        try await Company.with { server in
            let connection = try await server.connect()
            _ = try await connection.open(to: "acme.example")
            _ = try await connection.authenticate("alice", password: TestServer.password, mechanism: .plain)
            let features = try await connection.open(to: "acme.example")
            #expect(features.child("session", Namespace.session)?.child("optional", Namespace.session) != nil)
            _ = try await connection.bind(nil)
            for address in [nil, "acme.example"] {
                let answer = try await connection.iq("set", to: address, "<session xmlns='\(Namespace.session)'/>")
                #expect(answer["type"] == "result")
            }
        }
    }

    @Test func hasNoContradictionsInTheCatalogue() throws {
        let configuration = try Company.configuration {
            $0.announcements = AnnouncementsConfiguration(
                domain: try JID("broadcast.acme.example"), host: "acme.example", senders: [], groups: [])
            $0.contacts = [
                BizBuddyContact(try JID("support@acme.example"), name: "Support", members: [], component: "care")
            ]
        }
        let modules = BuiltinModules.all(configuration)
        let tables = try FeatureTables(modules)
        #expect(Set(modules.map(\.id)).count == modules.count)
        let names = Set(tables.specifications.map(\.name))
        for number in ["0030", "0050", "0054", "0077", "0092", "0115", "0199", "0202"] {
            #expect(names.contains("XEP-\(number)"))
        }
    }
}
