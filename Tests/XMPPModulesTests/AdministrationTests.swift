//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Logging
import Testing
import XMPPCore
import XMPPPayloads
import XMPPServer
import XMPPStorage
import XMPPTestKit

@testable import XMPPModules

@Suite struct AdministrationTests {
    private static let admin = "http://jabber.org/protocol/admin"
    private static let commands = "http://jabber.org/protocol/commands"

    /// Alice administers acme.example.
    private func with(_ body: (TestServer) async throws -> Void) async throws {
        let configuration = try Company.configuration {
            $0.administrators = ["acme.example": [try JID("alice@acme.example")]]
        }
        try await Company.with(configuration, body)
    }

    private func field(_ name: String, _ values: String...) -> String {
        "<field var='\(name)'>\(values.map { "<value>\($0)</value>" }.joined())</field>"
    }

    /// Runs a command as a program does, with the form in the first request, or as a person does without.
    private func run(
        _ client: ScriptedClient, _ name: String, _ fields: String? = nil, at host: String = "acme.example"
    ) async throws -> XMLElement {
        let form = fields.map { "<x xmlns='jabber:x:data' type='submit'>\($0)</x>" } ?? ""
        return try await client.iq(
            "set", to: host, "<command xmlns='\(Self.commands)' node='\(Self.admin)#\(name)'>\(form)</command>")
    }

    private func result(_ answer: XMLElement) throws -> DataForm {
        let command = try AdHocCommand(try #require(answer.firstChild))
        #expect(command.status == .completed)
        return try #require(command.form)
    }

    @Test func showsItsCommandsToAdministratorsOnly() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b")
            func nodes(_ client: ScriptedClient, _ host: String) async throws -> [String] {
                let answer = try await client.iq(
                    "get", to: host,
                    "<query xmlns='http://jabber.org/protocol/disco#items' node='\(Self.commands)'/>")
                return answer.firstChild?.children.compactMap { $0["node"] }.filter { $0.hasPrefix(Self.admin) } ?? []
            }
            let shown = try await nodes(alice, "acme.example")
            #expect(shown.contains(Self.admin + "#add-user") && shown.contains(Self.admin + "#announce"))
            #expect(shown.count == 19)
            #expect(try await nodes(alice, "home.example").isEmpty)
            #expect(try await nodes(bob, "acme.example").isEmpty)
            for name in shown.map({ $0.split(separator: "#").last.map(String.init) ?? "" }) {
                #expect(try await run(bob, name).errorCondition == .forbidden, "\(name)")
                #expect(try await run(alice, name, at: "home.example").errorCondition == .forbidden, "\(name)")
            }
        }
    }

    @Test func asksWithTheFieldsOfTheSpecification() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let table: [(String, [String])] = [
                ("add-user", ["accountjid", "password", "password-verify", "email", "given_name", "surname"]),
                ("delete-user", ["accountjids"]), ("disable-user", ["accountjids"]),
                ("reenable-user", ["accountjids"]), ("end-user-session", ["accountjids"]),
                ("change-user-password", ["accountjid", "password"]), ("get-user-lastlogin", ["accountjids"]),
                ("user-stats", ["accountjid"]), ("get-online-users-list", ["max_items"]),
                ("get-registered-users-list", ["max_items"]), ("announce", ["announcement"]),
            ]
            for (name, fields) in table {
                let asked = try await run(alice, name)
                let command = try AdHocCommand(try #require(asked.firstChild))
                #expect(command.status == .executing && command.sessionID != nil)
                #expect(command.form?.formType == Self.admin)
                #expect(command.form?.fields.compactMap(\.name) == ["FORM_TYPE"] + fields, "\(name)")
            }
        }
    }

    @Test func addsUsers() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let asked = try await run(alice, "add-user")
            let first = try AdHocCommand(try #require(asked.firstChild))
            let session = try #require(first.sessionID)
            let fields =
                field("accountjid", "frank@acme.example") + field("password", "frankly so")
                + field("password-verify", "frankly so") + field("given_name", "Frank") + field("surname", "Z")
                + field("email", "frank@acme.example")
            let answer = try await alice.iq(
                "set", to: "acme.example",
                """
                <command xmlns='\(Self.commands)' node='\(Self.admin)#add-user' sessionid='\(session)'>\
                <x xmlns='jabber:x:data' type='submit'>\(fields)</x></command>
                """)
            #expect(answer.firstChild?["status"] == "completed")
            let frank = try await server.client("frank@acme.example/f", password: "frankly so")
            let card = try await frank.iq("get", to: nil, "<vCard xmlns='vcard-temp'/>")
            #expect(
                try card.includes(
                    """
                    <iq><vCard xmlns='vcard-temp'><FN>Frank Z</FN><N><FAMILY>Z</FAMILY><GIVEN>Frank</GIVEN></N>\
                    <EMAIL><USERID>frank@acme.example</USERID></EMAIL></vCard></iq>
                    """))
            #expect(try await run(alice, "add-user", fields).errorCondition == .conflict)
        }
    }

    @Test func refusesUsersThatCannotBe() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let table = [
                "", field("accountjid", "no address@"), field("accountjid", "x@home.example"),
                field("accountjid", "x@acme.example") + field("password", "short") + field("password-verify", "short"),
                field("accountjid", "x@acme.example") + field("password", "long enough")
                    + field("password-verify", "other"),
                field("accountjid", "x@acme.example") + field("password", "long enough"),
            ]
            for fields in table {
                let answer = try await run(alice, "add-user", fields)
                #expect(answer.errorCondition == .badRequest, "\(fields)")
                #expect(answer.error?.application?.name == "bad-payload")
            }
            #expect(try await !server.core.accountStore.exists("x@acme.example"))
        }
    }

    @Test func deletesUsersWithTheirSessions() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            let done = try await run(
                alice, "delete-user", field("accountjids", "bob@acme.example", "carol@acme.example"))
            #expect(done.firstChild?["status"] == "completed")
            _ = try await bob.ended()
            #expect(try await !server.core.accountStore.exists("bob@acme.example"))
            #expect(try await !server.core.accountStore.exists("carol@acme.example"))
            for (fields, condition) in [
                (field("accountjids", "alice@acme.example"), StanzaError.Condition.notAllowed),
                (field("accountjids", "bob@acme.example"), .itemNotFound),
                (field("accountjids", "tom@home.example"), .badRequest), ("", .badRequest),
            ] {
                #expect(try await run(alice, "delete-user", fields).errorCondition == condition, "\(fields)")
            }
        }
    }

    @Test func disablesAndEnablesUsers() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await run(alice, "disable-user", field("accountjids", "bob@acme.example"))
            #expect(try await bob.ended().condition == "not-authorized")
            await #expect(throws: ExpectationFailure.self) { try await server.client("bob@acme.example/b") }
            let count = try result(try await run(alice, "get-disabled-users-num"))
            #expect(count["disabledusersnum"] == "1")
            let list = try result(try await run(alice, "get-disabled-users-list", field("max_items", "none")))
            #expect(list.values("disableduserjids") == ["bob@acme.example"])
            _ = try await run(alice, "reenable-user", field("accountjids", "bob@acme.example"))
            _ = try await server.client("bob@acme.example/b")
            #expect(
                try await run(alice, "disable-user", field("accountjids", "alice@acme.example")).errorCondition
                    == .notAllowed)
        }
    }

    @Test func endsSessions() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let desk = try await server.client("bob@acme.example/desk")
            let phone = try await server.client("bob@acme.example/phone")
            _ = try await run(alice, "end-user-session", field("accountjids", "bob@acme.example/desk"))
            _ = try await desk.ended()
            _ = try await phone.settle()
            _ = try await run(alice, "end-user-session", field("accountjids", "bob@acme.example"))
            _ = try await phone.ended()
            _ = try await server.client("bob@acme.example/desk")
        }
    }

    @Test func changesPasswords() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let done = try await run(
                alice, "change-user-password",
                field("accountjid", "bob@acme.example") + field("password", "another one"))
            #expect(done.firstChild?["status"] == "completed")
            _ = try await server.client("bob@acme.example/b", password: "another one")
            let nobody = field("accountjid", "nobody@acme.example") + field("password", "another one")
            #expect(try await run(alice, "change-user-password", nobody).errorCondition == .itemNotFound)
        }
    }

    @Test func tellsOfUsersAndTheirSessions() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b")
            try await bob.becomeAvailable("<presence><show>away</show></presence>")
            _ = try await server.client("tom@home.example/t", isAvailable: true)
            for (name, field, count) in [
                ("get-registered-users-num", "registeredusersnum", "4"),
                ("get-online-users-num", "onlineusersnum", "2"),
                ("get-active-users-num", "activeusersnum", "1"), ("get-idle-users-num", "idleusersnum", "1"),
                ("get-disabled-users-num", "disabledusersnum", "0"),
            ] {
                #expect(try result(try await run(alice, name))[field] == count, "\(name)")
            }
            for (name, fieldName, jids) in [
                ("get-online-users-list", "onlineuserjids", ["alice", "bob"]),
                ("get-active-users", "activeuserjids", ["alice"]), ("get-idle-users", "activeuserjids", ["bob"]),
                ("get-registered-users-list", "registereduserjids", ["alice", "bob", "carol", "erin"]),
            ] {
                let form = try result(try await run(alice, name, field("max_items", "25")))
                #expect(form.values(fieldName) == jids.map { $0 + "@acme.example" }, "\(name)")
            }
            let one = try result(try await run(alice, "get-registered-users-list", field("max_items", "1")))
            #expect(one.values("registereduserjids") == ["alice@acme.example"])
            #expect(
                try await run(alice, "get-online-users-list", field("max_items", "many")).errorCondition == .badRequest)
            let statistics = try result(try await run(alice, "user-stats", field("accountjid", "bob@acme.example")))
            #expect(statistics.values("onlineresources") == ["b"] && statistics["rostersize"] == "0")
            #expect(statistics.values("ipaddresses") == ["127.0.0.1"])
        }
    }

    @Test func tellsWhenUsersLoggedInLast() async throws {
        try await with { server in
            let before = Timestamp.now()
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b")
            func time() async throws -> Timestamp? {
                let form = try result(
                    try await run(alice, "get-user-lastlogin", field("accountjids", "bob@acme.example")))
                #expect(form["accountjids"] == "bob@acme.example")
                return form["lastlogin"].flatMap { Timestamp($0) }
            }
            let online = try #require(try await time())
            #expect(online >= before && online <= Timestamp.now())
            try await bob.close()
            try await server.eventually("bob's log-in to be stored") {
                try await LastLogInStore(server.database).lastLogIn("bob@acme.example") != nil
            }
            #expect(try await time() == online)
            let both = try result(
                try await run(
                    alice, "get-user-lastlogin", field("accountjids", "carol@acme.example", "alice@acme.example")))
            #expect(both.items.map { $0.first?.values.first } == ["carol@acme.example", "alice@acme.example"])
            #expect(both.items.first?.last?.values.isEmpty == true)
        }
    }

    @Test func announcesToThoseOnline() async throws {
        try await with { server in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            _ = try await run(alice, "announce", field("announcement", "Down at noon"))
            let message = try await bob.expect("<message from='acme.example'><body>Down at noon</body></message>")
            #expect(message["type"] == "headline")
        }
    }

    /// Broadcasts have the command on their host, and only there.
    @Test func announcesBesideBroadcasts() async throws {
        let configuration = try Company.configuration {
            $0.administrators = [
                "acme.example": [try JID("alice@acme.example")], "home.example": [try JID("alice@acme.example")],
            ]
            $0.announcements = AnnouncementsConfiguration(
                domain: try JID("broadcast.acme.example"), host: "acme.example",
                senders: [try JID("bob@acme.example")], groups: [])
        }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example/a")
            let bob = try await server.client("bob@acme.example/b")
            let carol = try await server.client("carol@acme.example/c", isAvailable: true)
            let tom = try await server.client("tom@home.example/t", isAvailable: true)
            let text = field("announcement", "Down at noon")
            #expect(try await run(alice, "announce", text).errorCondition == .forbidden)
            _ = try await run(bob, "announce", text)
            _ = try await carol.expect("<message from='online@broadcast.acme.example'/>")
            #expect(try await run(bob, "announce", text, at: "home.example").errorCondition == .forbidden)
            let done = try await run(alice, "announce", text, at: "home.example")
            #expect(done.firstChild?["status"] == "completed")
            let message = try await tom.expect("<message from='home.example'><body>Down at noon</body></message>")
            #expect(message["type"] == "headline")
            for (client, host, isShown) in [(alice, "home.example", true), (alice, "acme.example", false)] {
                let info = try await client.iq(
                    "get", to: host,
                    "<query xmlns='http://jabber.org/protocol/disco#info' node='\(Self.admin)#announce'/>")
                #expect((info["type"] == "result") == isShown, "\(host)")
            }
        }
    }

    @Test func writesDownWhoDidWhatToWhomAndNoPasswords() async throws {
        let lines = Watched<[String]>([])
        var setup = TestServer.Setup()
        setup.modules = BuiltinModules.all(
            try Company.configuration { $0.administrators = ["acme.example": [try JID("alice@acme.example")]] })
        setup.log = Logger(label: "test") { _ in LineLog { line in lines.change { $0.append(line) } } }
        try await TestServer.with(setup) { server in
            let alice = try await server.client("alice@acme.example/a")
            _ = try await run(
                alice, "change-user-password",
                field("accountjid", "bob@acme.example") + field("password", "very secret"))
            let line = try #require(lines.value.first { $0.contains("change-user-password") })
            #expect(line.contains("alice@acme.example/a") && line.contains("bob@acme.example"))
            #expect(!lines.value.contains { $0.contains("very secret") })
        }
    }
}

/// Hands each line to a closure.
private struct LineLog: LogHandler {
    let take: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ take: @escaping @Sendable (String) -> Void) {
        self.take = take
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        take("\(event.message) \(event.metadata ?? [:])")
    }
}
