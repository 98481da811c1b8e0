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

/// A command of several stages.
@Suite struct StagedCommandTests {
    private static let commands = "http://jabber.org/protocol/commands"

    /// Asks for a service, then for its state; the second stage may be left out.
    private static let command = ServerCommand(
        node: "config", name: "Configure",
        isAllowed: { from, _, _ in from.local != "bob" },
        run: { request, _ in
            let forms = request.earlier + [request.form].compactMap(\.self)
            guard let service = forms.first?["service"] else {
                return .stage(
                    DataForm(
                        .form, title: request.language,
                        fields: [
                            .init("service", kind: .textSingle), .init("secret", kind: .textPrivate, values: ["?"]),
                        ]), mayComplete: true)
            }
            guard service != "none" else { throw StanzaError(.notAcceptable) }
            if forms.count == 1, !request.isCompleting {
                return .form(DataForm(.form, fields: [.init("state", kind: .boolean)]))
            }
            let state = forms.dropFirst().first?["state"] ?? "-"
            return .finished(
                DataForm(.result, fields: [.init("outcome", values: [service + " " + state])]),
                notes: [.init("Look out.", kind: .warn)])
        })

    private func with(_ body: (TestServer) async throws -> Void) async throws {
        var setup = TestServer.Setup()
        setup.modules = [AdHocModule(commands: [Self.command])]
        try await TestServer.with(setup, body)
    }

    private func ask(
        _ client: ScriptedClient, _ session: String? = nil, _ action: String? = nil, _ fields: [String: String]? = nil,
        kind: String = "submit"
    ) async throws -> XMLElement {
        let form = fields.map { fields in
            "<x xmlns='jabber:x:data' type='\(kind)'>"
                + fields.map { "<field var='\($0)'><value>\($1)</value></field>" }.joined() + "</x>"
        }
        let attributes = [("sessionid", session), ("action", action)].compactMap { name, value in
            value.map { " \(name)='\($0)'" }
        }
        return try await client.iq(
            "set", to: "acme.example",
            "<command xmlns='\(Self.commands)' node='config'\(attributes.joined())>\(form ?? "")</command>")
    }

    private func session(_ answer: XMLElement) throws -> String { try #require(answer.firstChild?["sessionid"]) }

    private func outcome(_ answer: XMLElement) throws -> String? {
        let command = try AdHocCommand(#require(answer.firstChild))
        #expect(command.status == .completed)
        #expect(command.notes == [.init("Look out.", kind: .warn)])
        return command.form?["outcome"]
    }

    @Test func goesThroughItsStagesAndBack() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example")
            let first = try await ask(alice)
            #expect(
                try first.includes(
                    """
                    <iq type='result'><command xmlns='\(Self.commands)' node='config' status='executing'>\
                    <actions execute='next'><next/><complete/></actions><x xmlns='jabber:x:data' type='form'/>\
                    </command></iq>
                    """))
            let id = try session(first)
            let second = try await ask(alice, id, "next", ["service": "httpd", "secret": "rosebud"])
            #expect(
                try second.includes(
                    """
                    <iq type='result'><command xmlns='\(Self.commands)' sessionid='\(id)' status='executing'>\
                    <actions execute='complete'><prev/><complete/></actions></command></iq>
                    """))
            let back = try AdHocCommand(#require(try await ask(alice, id, "prev").firstChild))
            #expect(back.actions == .init(execute: .next, allowed: [.next, .complete]))
            #expect(back.form?["service"] == "httpd")
            #expect(back.form?["secret"] == "?", "a secret is not sent back")
            // Without an action it is the one that the stage names.
            _ = try await ask(alice, id, nil, ["service": "smtpd"])
            #expect(try outcome(await ask(alice, id, nil, ["state": "1"])) == "smtpd 1")
            let over = try await ask(alice, id)
            #expect(over.error?.application?.name == "session-expired")
        }
    }

    @Test func canBeCompletedEarly() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example")
            let id = try session(await ask(alice))
            #expect(try outcome(await ask(alice, id, "complete", ["service": "httpd"])) == "httpd -")
            #expect(try outcome(await ask(alice, nil, "complete", ["service": "ftpd"])) == "ftpd -")
        }
    }

    @Test func takesAFirstFormUnasked() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example")
            let first = try await ask(alice, nil, "execute", ["service": "httpd"])
            // There is nothing to go back to.
            #expect(
                try first.includes("<iq><command xmlns='\(Self.commands)'><actions execute='complete'/></command></iq>")
            )
            #expect(try AdHocCommand(#require(first.firstChild)).actions?.allowed == [.complete])
            #expect(try outcome(await ask(alice, session(first), "complete", ["state": "0"])) == "httpd 0")
        }
    }

    @Test func letsAMistakeBeMended() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example")
            let id = try session(await ask(alice))
            let table: [(String?, [String: String]?, StanzaError.Condition, String?)] = [
                ("next", ["service": "none"], .notAcceptable, nil),
                ("next", nil, .badRequest, "bad-payload"),
                ("complete", nil, .badRequest, "bad-payload"),
                ("prev", nil, .badRequest, "bad-action"),
                ("explode", nil, .badRequest, "malformed-action"),
                ("next", ["service": String(repeating: "x", count: 70_000)], .policyViolation, nil),
            ]
            for (action, fields, condition, fault) in table {
                let answer = try await ask(alice, id, action, fields)
                #expect(answer.errorCondition == condition, "\(action ?? "")")
                #expect(answer.error?.application?.name == fault, "\(action ?? "")")
            }
            // What was not filled in is shown again, and so is a form sent back as refused.
            #expect(try await ask(alice, id).firstChild?["status"] == "executing")
            #expect(try await ask(alice, id, nil, [:], kind: "cancel").firstChild?["status"] == "executing")
            let second = try await ask(alice, id, "next", ["service": "httpd"])
            #expect(second.firstChild?["status"] == "executing")
            let wrong = try await ask(alice, id, "next", ["state": "1"])
            #expect(wrong.error?.application?.name == "bad-action")
            #expect(try outcome(await ask(alice, id, "complete", ["state": "1"])) == "httpd 1")
        }
    }

    @Test func keepsTheLanguageItBeganWith() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example")
            alice.send(
                "<iq type='set' id='l' to='acme.example' xml:lang='de'><command xmlns='\(Self.commands)' node='config'/></iq>"
            )
            let first = try await alice.expect("<iq type='result' id='l'/>")
            #expect(try AdHocCommand(#require(first.firstChild)).form?.title == "de")
        }
    }

    @Test func asksForPermissionAtEveryStageAndEndsWithItsSession() async throws {
        try await with { server in
            let bob = try await server.client("bob@acme.example")
            #expect(try await ask(bob).errorCondition == .forbidden)
            let alice = try await server.client("alice@acme.example/a")
            let id = try session(await ask(alice))
            try await alice.connection.close()
            try await server.eventually("the end of the session") {
                try server.core.accounts.online(JID("alice@acme.example")) == nil
            }
            let again = try await server.client("alice@acme.example/a")
            #expect(try await ask(again, id).error?.application?.name == "session-expired")
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

    private func session(_ id: String) -> CommandSession { CommandSession(id: id, node: "n", language: nil) }

    @Test mutating func dropsTheOldestOfOneRequester() {
        for number in 0...CommandSessions.perRequester { sessions.put(session("s\(number)"), of: alice, now: at(0)) }
        #expect(sessions.count == CommandSessions.perRequester)
        let (oldest, next) = (sessions.take("s0", of: alice, now: at(0)), sessions.take("s1", of: alice, now: at(0)))
        #expect(oldest == nil)
        #expect(next?.id == "s1")
    }

    @Test mutating func isTakenOnceAndByItsRequester() throws {
        sessions.put(session("s"), of: alice, now: at(0))
        let stolen = sessions.take("s", of: try JID("alice@acme.example/b"), now: at(0))
        let taken = sessions.take("s", of: alice, now: at(0))
        let again = sessions.take("s", of: alice, now: at(0))
        #expect(stolen == nil && taken != nil && again == nil)
        #expect(sessions.count == 0)
    }

    @Test mutating func expires() {
        sessions.put(session("s"), of: alice, now: at(0))
        sessions.put(session("t"), of: alice, now: at(0))
        let inTime = sessions.take("s", of: alice, now: at(CommandSessions.lifetime))
        let late = sessions.take("t", of: alice, now: at(CommandSessions.lifetime + 1))
        #expect(inTime != nil && late == nil)
    }

    @Test mutating func goesWithItsRequester() {
        sessions.put(session("s"), of: alice, now: at(0))
        sessions.removeAll(of: alice)
        #expect(sessions.count == 0)
    }

    @Test mutating func staysBoundedWhateverComes() throws {
        for number in 0..<CommandSessions.requesters {
            sessions.put(session("s"), of: try JID("u\(number)@acme.example"), now: at(0))
        }
        sessions.put(session("s"), of: alice, now: at(1))
        let dropped = sessions.take("s", of: alice, now: at(1))
        #expect(dropped == nil)
        #expect(sessions.count == CommandSessions.requesters)
        sessions.put(session("s"), of: alice, now: at(CommandSessions.lifetime + 1))
        #expect(sessions.count == 1)
    }

    @Test func boundsItsStages() {
        var session = session("s")
        var advances: [Bool] = []
        for _ in 0...CommandSession.maximumStages {
            advances.append(session.advance(to: DataForm(.form), next: true, complete: false))
            _ = session.fillIn(DataForm(.submit))
        }
        #expect(advances.filter { $0 }.count == CommandSession.maximumStages && advances.last == false)
    }
}
