//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPTestKit

@testable import XMPPModules

@Suite struct AdHocTests {
    private static let commands = "http://jabber.org/protocol/commands"
    private static let node = "urn:switchboard:presence:1#set"

    private func ask(_ client: ScriptedClient, _ attributes: String, _ content: String = "") async throws -> XMLElement
    {
        try await client.iq(
            "set", to: "acme.example", "<command xmlns='\(Self.commands)' \(attributes)>\(content)</command>")
    }

    @Test func refusesWhatItCannotDo() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let table: [(String, StanzaError.Condition, String?)] = [
                ("node='\(Self.node)' action='explode'", .badRequest, "malformed-action"),
                ("node='\(Self.node)' action='next'", .badRequest, "bad-action"),
                ("node='\(Self.node)' action='prev'", .badRequest, "bad-action"),
                ("node='\(Self.node)' action='cancel'", .badRequest, "bad-action"),
                ("node='\(Self.node)' action='complete'", .badRequest, "bad-payload"),
                ("node='\(Self.node)' sessionid='invented'", .notAllowed, "session-expired"),
                ("node='none-such'", .itemNotFound, nil),
                ("", .badRequest, nil),
            ]
            for (attributes, condition, fault) in table {
                let answer = try await ask(alice, attributes)
                #expect(answer.errorCondition == condition, "\(attributes)")
                #expect(answer.error?.application?.name == fault, "\(attributes)")
            }
        }
    }

    @Test func cancelsACommand() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let session = try #require(try await ask(alice, "node='\(Self.node)'").firstChild?["sessionid"])
            let canceled = try await ask(alice, "node='\(Self.node)' sessionid='\(session)' action='cancel'")
            #expect(canceled.firstChild?["status"] == "canceled")
            let late = try await ask(alice, "node='\(Self.node)' sessionid='\(session)'")
            #expect(late.error?.application?.name == "session-expired")
        }
    }

    @Test func keepsASessionToItsRequester() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let bob = try await server.client("bob@acme.example")
            let session = try #require(try await ask(alice, "node='\(Self.node)'").firstChild?["sessionid"])
            let stolen = try await ask(bob, "node='\(Self.node)' sessionid='\(session)' action='cancel'")
            #expect(stolen.error?.application?.name == "session-expired")
        }
    }

    @Test func isFoundByServiceDiscovery() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let items = try await alice.iq(
                "get", to: "acme.example",
                "<query xmlns='http://jabber.org/protocol/disco#items' node='\(Self.commands)'/>")
            #expect(
                try items.includes(
                    """
                    <iq><query xmlns='http://jabber.org/protocol/disco#items' node='\(Self.commands)'>\
                    <item jid='acme.example' node='\(Self.node)' name='*'/></query></iq>
                    """))
            let info = try await alice.iq(
                "get", to: "acme.example", "<query xmlns='http://jabber.org/protocol/disco#info' node='\(Self.node)'/>")
            #expect(
                try info.includes(
                    """
                    <iq><query xmlns='http://jabber.org/protocol/disco#info' node='\(Self.node)'>\
                    <identity category='automation' type='command-node'/><feature var='\(Self.commands)'/>\
                    <feature var='jabber:x:data'/></query></iq>
                    """))
            let list = try await alice.iq(
                "get", to: "acme.example",
                "<query xmlns='http://jabber.org/protocol/disco#info' node='\(Self.commands)'/>")
            #expect(
                try list.includes(
                    """
                    <iq><query xmlns='http://jabber.org/protocol/disco#info'>\
                    <identity category='automation' type='command-list'/></query></iq>
                    """
                ))
            let tom = try await server.client("tom@home.example")
            let others = try await tom.iq(
                "get", to: "acme.example",
                "<query xmlns='http://jabber.org/protocol/disco#items' node='\(Self.commands)'/>")
            #expect(others["type"] == "result" && others.firstChild?.firstChild == nil)
            let hidden = try await tom.iq(
                "get", to: "acme.example", "<query xmlns='http://jabber.org/protocol/disco#info' node='\(Self.node)'/>")
            #expect(hidden.errorCondition == .forbidden)
        }
    }
}

@Suite struct CommandSessionsTests {
    private let alice: JID
    private var sessions = CommandSessions()

    init() throws {
        alice = try JID("alice@acme.example/a")
    }

    private func at(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: milliseconds) }

    @Test mutating func dropsTheOldestOfOneRequester() {
        for number in 0...CommandSessions.perRequester { sessions.open("s\(number)", of: alice, node: "n", now: at(0)) }
        #expect(!sessions.isOpen("s0", of: alice, node: "n", now: at(0)))
        #expect(sessions.isOpen("s1", of: alice, node: "n", now: at(0)))
        #expect(sessions.count == CommandSessions.perRequester)
    }

    @Test mutating func belongsToOneNode() {
        sessions.open("s", of: alice, node: "n", now: at(0))
        #expect(!sessions.isOpen("s", of: alice, node: "m", now: at(0)))
    }

    @Test mutating func expires() {
        sessions.open("s", of: alice, node: "n", now: at(0))
        #expect(sessions.isOpen("s", of: alice, node: "n", now: at(CommandSessions.lifetime)))
        #expect(!sessions.isOpen("s", of: alice, node: "n", now: at(CommandSessions.lifetime + 1)))
    }

    @Test mutating func staysBoundedWhateverComes() throws {
        for number in 0..<CommandSessions.requesters {
            sessions.open("s", of: try JID("u\(number)@acme.example"), node: "n", now: at(0))
        }
        sessions.open("s", of: alice, node: "n", now: at(1))
        #expect(!sessions.isOpen("s", of: alice, node: "n", now: at(1)))
        #expect(sessions.count == CommandSessions.requesters)
        sessions.open("s", of: alice, node: "n", now: at(CommandSessions.lifetime + 1))
        #expect(sessions.count == 1)
    }
}
