//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPPayloads
import XMPPServer
import XMPPTestKit

/// Invitations by ad-hoc command (XEP-0401).
@Suite struct InvitationCommandTests {
    private static let commands = "http://jabber.org/protocol/commands"

    private func with(
        isEnabled: Bool = true, isOpenToAll: Bool = false, _ body: (TestServer) async throws -> Void
    ) async throws {
        let configuration = try Company.configuration {
            $0.invitations = InvitationPolicy(
                isEnabled: isEnabled, inviters: [try Company.jid("alice@acme.example")], isOpenToAll: isOpenToAll)
        }
        var setup = TestServer.Setup()
        setup.modules = BuiltinModules.all(configuration)
        setup.configure = { $0.invitations = .init(days: 2, perInviter: 3, page: "https://acme.example/join") }
        try await TestServer.with(setup, body)
    }

    private func run(_ client: ScriptedClient, _ node: String, _ content: String = "") async throws -> XMLElement {
        try await client.iq(
            "set", to: "acme.example",
            "<command xmlns='\(Self.commands)' node='urn:xmpp:invite#\(node)'>\(content)</command>")
    }

    private func form(_ answer: XMLElement) throws -> DataForm {
        let command = try AdHocCommand(#require(answer.firstChild))
        #expect(command.status == .completed)
        let form = try #require(command.form)
        #expect(form.kind == .result && form.formType == "urn:xmpp:invite#invitation")
        return form
    }

    private func submit(_ name: String?, subscribes: Bool) -> String {
        let name = name.map { "<field var='username'><value>\($0)</value></field>" } ?? ""
        return """
            <x xmlns='jabber:x:data' type='submit'>\(name)\
            <field var='roster-subscription'><value>\(subscribes)</value></field></x>
            """
    }

    @Test func givesALinkAtOnce() async throws {
        try await with { server in
            let before = Timestamp.now()
            let alice = try await server.client("alice@acme.example")
            let own = try form(await run(alice, "invite"))
            let uri = try #require(own["uri"])
            #expect(uri.hasPrefix("xmpp:alice@acme.example?roster;preauth=") && uri.hasSuffix(";ibr=y"))
            #expect(own["landing-url"] == "https://acme.example/join#" + uri.dropFirst(5))
            let expires = try #require(own["expire"].flatMap { Timestamp($0) })
            #expect(expires > Timestamp(milliseconds: before.milliseconds + 47 * 3_600_000))
            // Others invite contacts, but nobody to make an account.
            let bob = try await server.client("bob@acme.example")
            let others = try #require(try form(await run(bob, "invite"))["uri"])
            #expect(others.hasPrefix("xmpp:bob@acme.example?roster;preauth=") && !others.contains("ibr"))
            let tom = try await server.client("dave@home.example")
            #expect(try await run(tom, "invite").errorCondition == .forbidden)
        }
    }

    @Test func makesAccountsForWhoMay() async throws {
        try await with { server in
            let bob = try await server.client("bob@acme.example")
            #expect(try await run(bob, "create-account").errorCondition == .forbidden)
            let alice = try await server.client("alice@acme.example")
            let asked = try AdHocCommand(#require(try await run(alice, "create-account").firstChild))
            #expect(asked.form?.field("username")?.kind == .textSingle)
            #expect(asked.form?.field("roster-subscription")?.kind == .boolean)
            let named = try form(await run(alice, "create-account", submit("Frank", subscribes: true)))
            #expect(named["uri"]?.hasPrefix("xmpp:frank@acme.example?register;preauth=") == true)
            let any = try form(await run(alice, "create-account", submit(nil, subscribes: false)))
            #expect(any["uri"]?.hasPrefix("xmpp:acme.example?register;preauth=") == true)
            let table: [(String, StanzaError.Condition)] = [
                ("frank", .conflict), ("bob", .conflict), ("a b", .badRequest),
            ]
            for (name, condition) in table {
                let answer = try await run(alice, "create-account", submit(name, subscribes: true))
                #expect(answer.errorCondition == condition, "\(name)")
            }
            _ = try form(await run(alice, "invite"))
            #expect(try await run(alice, "invite").errorCondition == .resourceConstraint)
        }
    }

    @Test func lastsFromTheCommandToTheNewContact() async throws {
        try await with(isOpenToAll: true) { server in
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let uri = try #require(try form(await run(bob, "invite"))["uri"])
            let token = try #require(uri.split(separator: ";").first { $0.hasPrefix("preauth=") }?.dropFirst(8))
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            let shown = try await connection.iq(
                "set", to: "acme.example", "<preauth xmlns='urn:xmpp:pars:0' token='\(token)'/>")
            #expect(shown["type"] == "result")
            let made = try await connection.iq(
                "set", to: nil,
                """
                <query xmlns='jabber:iq:register'><username>grace</username><password>long enough</password></query>
                """)
            #expect(made["type"] == "result")
            try await bob.expect(
                "<iq type='set'><query xmlns='jabber:iq:roster'><item jid='grace@acme.example' subscription='both'/></query></iq>"
            )
        }
    }

    @Test func isNotThereWhereThereAreNone() async throws {
        try await with(isEnabled: false) { server in
            let alice = try await server.client("alice@acme.example")
            #expect(try await run(alice, "invite").errorCondition == .itemNotFound)
        }
    }
}
