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

@testable import XMPPModules

/// The commands for devices, of people and of administrators.
@Suite struct OwnDevicesTests {
    private static let commands = "http://jabber.org/protocol/commands"
    private static let phone = UserAgent(
        id: "d4565fa7-4d72-4749-b3d3-740edbf87770", software: "Pocket", device: "Kiva's Phone")
    private static let desk = UserAgent(id: "11565fa7-4d72-4749-b3d3-740edbf87771", software: "Desk")

    private func client(
        _ account: String, _ agent: UserAgent, token: Bool = true, features: [XMLElement] = [], _ server: TestServer
    ) async throws -> (client: ScriptedClient, token: String) {
        var script = SASL2Script()
        script.userAgent = agent
        if token { script.inline = [FAST.RequestToken(mechanism: SASLMechanism.tokenUnbound.rawValue).element] }
        let (client, success) = try await server.modernClient(account, script, features: features)
        let given = try success.inline.first { $0.namespace == FAST.namespace }.map { try FAST.Token($0) }
        return (client, given?.token ?? "")
    }

    /// Whether a token opens the door.
    private func isGood(_ token: String, _ agent: UserAgent, _ server: TestServer) async throws -> Bool {
        var script = SASL2Script()
        script.userAgent = agent
        script.mechanism = .tokenUnbound
        script.token = token
        script.inline = [FAST.Use().element]
        let connection = try await server.connect()
        try await connection.open(to: "acme.example")
        return try await connection.authenticate2("alice", script).name == "success"
    }

    private func run(
        _ client: ScriptedClient, _ node: String, _ fields: [String: [String]]? = nil, session: String? = nil,
        language: String = "en"
    ) async throws -> XMLElement {
        let form = fields.map { fields in
            DataForm(.submit, fields: fields.map { .init($0, values: $1) }).element.xmlString
        }
        let id = session.map { " sessionid='\($0)'" } ?? ""
        client.send(
            """
            <iq type='set' id='d' to='acme.example' xml:lang='\(language)'><command xmlns='\(Self.commands)'\(id) \
            node='urn:switchboard:devices:1#\(node)'>\(form ?? "")</command></iq>
            """)
        return try await client.expect("an answer") { $0.name == "iq" && $0["id"] == "d" }
    }

    private func command(_ answer: XMLElement) throws -> AdHocCommand { try AdHocCommand(#require(answer.firstChild)) }

    private func rows(_ answer: XMLElement) throws -> [[String: String]] {
        try #require(try command(answer).form).items.map { row in
            Dictionary(row.map { ($0.name ?? "", $0.values.first ?? "") }) { first, _ in first }
        }
    }

    @Test func areListed() async throws {
        try await Company.with { server in
            let (phone, _) = try await client("alice@acme.example", Self.phone, server)
            let (desk, _) = try await client("alice@acme.example", Self.desk, token: false, server)
            _ = try await client("bob@acme.example", Self.desk, server)
            await phone.kill()
            try await server.eventually("the phone's end") {
                server.core.accounts.online(desk.jid)?.sessions.count == 1
            }
            let rows = try rows(try await run(desk, "list"))
            #expect(Set(rows.compactMap { $0["device"] }) == [Self.phone.id, Self.desk.id])
            let byID = Dictionary(rows.map { ($0["device"], $0) }) { first, _ in first }
            #expect(byID[Self.phone.id]?["name"] == "Kiva's Phone" && byID[Self.phone.id]?["software"] == "Pocket")
            #expect(byID[Self.phone.id]?["state"] == "" && byID[Self.desk.id]?["state"] == "this one")
            #expect(byID[Self.desk.id]?["token"] == "no" && byID[Self.phone.id]?["address"] == "127.0.0.1")
            let expires = try #require(byID[Self.phone.id]?["token"].flatMap { Timestamp($0) })
            #expect(expires > Timestamp.now())
            let german = try command(try await run(desk, "list", language: "de"))
            #expect(german.form?.title == "Meine Geräte")
        }
    }

    @Test func areSignedOutOneByOneOrAllOthers() async throws {
        try await Company.with { server in
            let (desk, deskToken) = try await client("alice@acme.example", Self.desk, server)
            let alone = try command(try await run(desk, "sign-out"))
            #expect(alone.status == .completed && alone.notes.first?.text == "There are no other devices.")
            let (phone, phoneToken) = try await client(
                "alice@acme.example", Self.phone, features: [StreamManagement.Enable(wantsResumption: true).element],
                server)
            let asked = try command(try await run(desk, "sign-out"))
            #expect(asked.form?.field("devices")?.options.map(\.value) == [try #require(Self.phone.id)])
            // It waits for its client, and ends all the same.
            await phone.kill()
            try await server.eventually("the phone to be away") {
                server.core.accounts.online(desk.jid)?.sessions.contains(where: \.isDetached) == true
            }
            let wanted = ["devices": [try #require(Self.phone.id), try #require(Self.desk.id), "unknown"]]
            let done = try command(try await run(desk, "sign-out", wanted))
            #expect(done.notes.first?.text == "1 device was signed out.")
            try await server.eventually("the phone's end") {
                server.core.accounts.online(desk.jid)?.sessions.count == 1
            }
            #expect(try await !isGood(phoneToken, Self.phone, server))
            let (again, newToken) = try await client("alice@acme.example", Self.phone, server)
            let rest = try command(try await run(desk, "sign-out", ["all": ["true"]], language: "de"))
            #expect(rest.notes.first?.text == "1 Gerät wurde abgemeldet.")
            #expect(try await again.ended().condition == "not-authorized")
            #expect(try await !isGood(newToken, Self.phone, server))
            #expect(try await isGood(deskToken, Self.desk, server))
        }
    }

    @Test func areAdministered() async throws {
        let configuration = try Company.configuration {
            $0.administrators = ["acme.example": [try JID("bob@acme.example")]]
        }
        try await Company.with(configuration) { server in
            let (phone, token) = try await client("alice@acme.example", Self.phone, server)
            let bob = try await server.client("bob@acme.example/b")
            let alice = ["accountjid": ["alice@acme.example"]]
            #expect(try rows(try await run(bob, "user-list", alice)).compactMap { $0["device"] } == [Self.phone.id])
            #expect(try await run(phone, "user-list", alice).errorCondition == .forbidden)
            #expect(try await run(phone, "user-sign-out", alice).errorCondition == .forbidden)
            let nobody = ["accountjid": ["nobody@acme.example"]]
            #expect(try await run(bob, "user-sign-out", nobody).errorCondition == .itemNotFound)
            let none = try command(try await run(bob, "user-sign-out", ["accountjid": ["carol@acme.example"]]))
            #expect(none.status == .completed)
            let first = try command(try await run(bob, "user-sign-out"))
            let second = try command(try await run(bob, "user-sign-out", alice, session: first.sessionID))
            #expect(second.form?.field("devices")?.options.map(\.value) == [try #require(Self.phone.id)])
            let done = try command(
                try await run(bob, "user-sign-out", ["all": ["1"]], session: first.sessionID))
            #expect(done.notes.first?.text == "1 device was signed out.")
            #expect(try await phone.ended().condition == "not-authorized")
            #expect(try await !isGood(token, Self.phone, server))
        }
    }
}
