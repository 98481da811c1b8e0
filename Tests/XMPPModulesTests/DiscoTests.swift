//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPSASL
import XMPPServer
import XMPPTestKit

@Suite struct DiscoTests {
    private static let info = "http://jabber.org/protocol/disco#info"
    private static let items = "http://jabber.org/protocol/disco#items"
    private let query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"

    private func features(_ answer: XMLElement) -> [String] {
        answer.firstChild?.children("feature", Self.info).compactMap { $0["var"] } ?? []
    }

    @Test func saysWhatAHostIs() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let answer = try await alice.iq("get", to: "acme.example", query)
            #expect(
                try answer.includes(
                    """
                    <iq><query xmlns='\(Self.info)'>\
                    <identity category='server' type='im' name='Switchboard'/></query></iq>
                    """
                ))
            let features = features(answer)
            #expect(features == Set(features).sorted())
            for feature in [
                Self.info, Self.items, "jabber:iq:version", "urn:xmpp:time", "urn:xmpp:ping", "vcard-temp",
                "jabber:iq:register", "http://jabber.org/protocol/commands", "http://jabber.org/protocol/caps",
                "urn:switchboard:presence:1", "urn:xmpp:carbons:2",
            ] { #expect(features.contains(feature), "\(feature)") }
            // XEP-0280 §6.2 makes it a promise that copies of private messages go to clients in that room only.
            #expect(!features.contains("urn:xmpp:carbons:rules:0"))
        }
    }

    @Test func listsComponentsAndServicesOfTheHost() async throws {
        let foreign = ServerConfiguration.Component(domain: "care.home.example", secret: "x")
        let free = ServerConfiguration.Component(domain: "irc.elsewhere.example", secret: "x")
        let configuration = try Company.configuration { configuration in
            configuration.announcements = AnnouncementsConfiguration(
                domain: try JID("broadcast.acme.example"), host: "acme.example", senders: [], groups: [])
        }
        try await Company.with(configuration, components: [Company.care, foreign, free]) { server in
            let alice = try await server.client("alice@acme.example")
            let answer = try await alice.iq("get", to: "acme.example", "<query xmlns='\(Self.items)'/>")
            let addresses = answer.firstChild?.children("item", Self.items).compactMap { $0["jid"] }
            #expect(addresses == ["broadcast.acme.example", "care.acme.example", "irc.elsewhere.example"])
        }
    }

    @Test func knowsNoOtherNodes() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            for namespace in [Self.info, Self.items] {
                let answer = try await alice.iq("get", to: "acme.example", "<query xmlns='\(namespace)' node='x'/>")
                #expect(answer.errorCondition == .itemNotFound)
            }
            let own = try await alice.iq("get", to: nil, "<query xmlns='\(Self.info)' node='x'/>")
            #expect(own.errorCondition == .itemNotFound)
        }
    }

    @Test func answersForTheNameInItsStreamFeatures() async throws {
        try await Company.with { server in
            let connection = try await server.connect()
            let before = try await connection.open(to: "acme.example")
            #expect(before.child("c", "http://jabber.org/protocol/caps") == nil)
            _ = try await connection.authenticate("alice", password: TestServer.password, mechanism: .plain)
            let features = try await connection.open(to: "acme.example")
            let capabilities = try #require(features.child("c", "http://jabber.org/protocol/caps"))
            let node = try #require(capabilities["node"])
            let version = try #require(capabilities["ver"])
            _ = try await connection.bind(nil)
            let named = try await connection.iq(
                "get", to: "acme.example", "<query xmlns='\(Self.info)' node='\(node)#\(version)'/>")
            let plain = try await connection.iq("get", to: "acme.example", query)
            #expect(named["type"] == "result")
            #expect(self.features(named) == self.features(plain))
            #expect(named.firstChild?["node"] == "\(node)#\(version)")
        }
    }

    @Test func tellsOfAnAccountOnlyToThoseWhoMaySeeIt() async throws {
        let configuration = try Company.configuration { configuration in
            configuration.groups = [
                AccountGroup(
                    "Staff",
                    accounts: [
                        try JID("alice@acme.example"), try JID("bob@acme.example"), try JID("ghost@acme.example"),
                    ])
            ]
        }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example", isAvailable: true)
            let erin = try await server.client("erin@acme.example", isAvailable: true)
            let own = try await alice.iq("get", to: nil, query)
            #expect(
                try own.includes(
                    "<iq><query xmlns='\(Self.info)'><identity category='account' type='registered'/></query></iq>"))
            #expect(features(own).contains("vcard-temp"))
            // Bob isn't online, Alice is.
            #expect(try await alice.iq("get", to: "bob@acme.example", query)["type"] == "result")
            #expect(try await erin.iq("get", to: "bob@acme.example", query).errorCondition == .serviceUnavailable)
            #expect(try await erin.iq("get", to: "alice@acme.example", query).errorCondition == .serviceUnavailable)
            #expect(try await erin.iq("get", to: "nobody@acme.example", query).errorCondition == .serviceUnavailable)
            #expect(try await alice.iq("get", to: "ghost@acme.example", query).errorCondition == .serviceUnavailable)
            for account in ["bob@acme.example", "nobody@acme.example", "erin@acme.example"] {
                let items = try await erin.iq("get", to: account, "<query xmlns='\(Self.items)'/>")
                #expect(items["type"] == "result" && items.firstChild?.firstChild == nil, "\(account)")
            }
        }
    }
}
