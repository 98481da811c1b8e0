//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPSASL
import XMPPServer
import XMPPTestKit

@Suite struct OwnSessionsTests {
    private static let commands = "http://jabber.org/protocol/commands"

    private func run(
        _ client: ScriptedClient, _ node: String, _ content: String = "", language: String = "en"
    ) async throws -> AdHocCommand {
        client.send(
            """
            <iq type='set' id='s' to='acme.example' xml:lang='\(language)'><command xmlns='\(Self.commands)' \
            node='urn:switchboard:sessions:1#\(node)'>\(content)</command></iq>
            """)
        return try AdHocCommand(#require(try await client.expect("<iq type='result' id='s'/>").firstChild))
    }

    private func submit(_ sessions: [String], all: Bool = false) -> String {
        let values = sessions.map { "<value>\($0)</value>" }.joined()
        return """
            <x xmlns='jabber:x:data' type='submit'><field var='sessions'>\(values)</field>\
            <field var='all'><value>\(all)</value></field></x>
            """
    }

    @Test func listsThem() async throws {
        try await Company.with { server in
            let phone = try await server.client("alice@acme.example/phone", mechanism: .scramSHA256)
            let desk = try await server.client("alice@acme.example/desk")
            _ = try await server.client("bob@acme.example/other")
            let form = try #require(try await run(desk, "list").form)
            #expect(form.reported.compactMap(\.name).first == "resource")
            let rows = form.items.map { row in
                Dictionary(row.map { ($0.name ?? "", $0.values.first ?? "") }) { first, _ in first }
            }
            #expect(rows.map { $0["resource"] } == ["desk", "phone"])
            #expect(rows.map { $0["state"] } == ["this one", "connected"])
            #expect(rows.map { $0["address"] } == ["127.0.0.1", "127.0.0.1"])
            #expect(rows.map { $0["tls"] } == ["none", "none"])
            #expect(rows.map { $0["mechanism"] } == ["PLAIN", "SCRAM-SHA-256"])
            for row in rows {
                let since = try #require(row["since"].flatMap { Timestamp($0) })
                let heard = try #require(row["heard"].flatMap { Timestamp($0) })
                #expect(since <= heard && heard <= Timestamp(milliseconds: Timestamp.now().milliseconds + 1000))
            }
            try await phone.settle()
        }
    }

    @Test func endsOneOrAllOthers() async throws {
        try await Company.with { server in
            let desk = try await server.client("alice@acme.example/desk")
            let alone = try await run(desk, "end")
            #expect(alone.status == .completed && alone.notes.first?.text == "You have no other sessions.")
            let phone = try await server.client("alice@acme.example/phone")
            let tablet = try await server.client("alice@acme.example/tablet")
            let asked = try #require(try await run(desk, "end").form)
            #expect(asked.field("sessions")?.options.map(\.value) == ["phone", "tablet"])
            #expect(asked.field("sessions")?.options.first?.label?.hasPrefix("phone, connected, 127.0.0.1, ") == true)
            // One's own is never among them.
            let one = try await run(desk, "end", submit(["phone", "desk", "none"]))
            #expect(one.notes.first?.text == "1 session was ended.")
            #expect(try await phone.ended().condition == "not-authorized")
            try await tablet.settle()
            let rest = try await run(desk, "end", submit([], all: true), language: "de-AT")
            #expect(rest.notes.first?.text == "1 Sitzung wurde beendet.")
            #expect(try await tablet.ended().condition == "not-authorized")
            try await desk.settle()
        }
    }

    @Test func speaksTheUsersLanguage() async throws {
        try await Company.with { server in
            let desk = try await server.client("alice@acme.example/desk")
            #expect(try await run(desk, "list", language: "de").form?.title == "Meine Sitzungen")
            #expect(try await run(desk, "list", language: "fr").form?.title == "My sessions")
        }
    }

    @Test func isForPeopleOfTheHost() async throws {
        try await Company.with { server in
            let tom = try await server.client("tom@home.example")
            let answer = try await tom.iq(
                "set", to: "acme.example",
                "<command xmlns='\(Self.commands)' node='urn:switchboard:sessions:1#list'/>")
            #expect(answer.errorCondition == .forbidden)
        }
    }
}
