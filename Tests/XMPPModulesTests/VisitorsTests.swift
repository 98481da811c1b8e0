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
import XMPPStorage
import XMPPTestKit

/// Sessions without an account (XEP-0175).
@Suite struct VisitorsTests {
    private func withServer(_ body: (TestServer) async throws -> Void) async throws {
        let modules = BuiltinModules.all(ModulesConfiguration(software: SoftwareConfiguration(version: "1")))
        try await TestServer.with(
            modules: modules,
            configure: { $0.hosts["home.example"]?.allowsAnonymous = true }, body)
    }

    private func visitor(_ server: TestServer) async throws -> ScriptedClient {
        var script = SASL2Script()
        script.mechanism = .anonymous
        return try await server.modernClient("nobody@home.example", script).client
    }

    @Test func areLetInWhereTheHostSaysSo() async throws {
        try await withServer { server in
            let first = try await visitor(server)
            let second = try await visitor(server)
            #expect(first.jid.bareString != second.jid.bareString)
            #expect(first.jid.domain == "home.example")
            #expect(server.core.isVisitor(first.jid))
            try await first.becomeAvailable()
            second.send("<message to='\(first.jid)' type='chat' id='1'><body>hello</body></message>")
            #expect(try await first.expect("a message") { $0["id"] == "1" }["from"] == second.jid.description)
            let info = try await first.iq(
                "get", to: first.jid.bareString, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            #expect(
                try info.includes(
                    "<iq><query xmlns='http://jabber.org/protocol/disco#info'>"
                        + "<identity category='account' type='anonymous'/></query></iq>"))
        }
    }

    @Test func areNotLetInElsewhere() async throws {
        try await withServer { server in
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            connection.send("<auth xmlns='\(Namespace.sasl)' mechanism='ANONYMOUS'>=</auth>")
            let answer = try await connection.expect("failure") { $0.namespace == Namespace.sasl }
            #expect(answer.firstChild?.name == "invalid-mechanism")
        }
    }

    /// XEP-0175 §4: nobody can call a visitor to account elsewhere.
    @Test(arguments: [
        "<message to='tom@far.example' id='x'><body>hi</body></message>", "<presence to='tom@far.example' id='x'/>",
        "<iq type='get' to='far.example' id='x'><ping xmlns='urn:xmpp:ping'/></iq>",
    ])
    func sayNothingToOtherServers(_ stanza: String) async throws {
        try await withServer { server in
            let visitor = try await visitor(server)
            visitor.send(stanza)
            #expect(try await visitor.expect("an error") { $0["id"] == "x" }.errorCondition == .notAllowed)
        }
    }

    @Test func mayNotComeBackOrHaveContacts() async throws {
        try await withServer { server in
            let visitor = try await visitor(server)
            let name = try #require(visitor.jid.local)
            visitor.send("<presence type='subscribe' to='dave@home.example' id='s'/>")
            #expect(try await visitor.expect("an error") { $0["id"] == "s" }["type"] == "error")
            let roster = try await visitor.iq(
                "set", to: nil, "<query xmlns='\(Namespace.roster)'><item jid='dave@home.example'/></query>")
            #expect(roster["type"] == "error")
            let password = try await visitor.iq(
                "set", to: "home.example",
                "<query xmlns='jabber:iq:register'><username>\(name)</username><password>a new password</password></query>"
            )
            #expect(password["type"] == "error")
            let dave = try await server.client("dave@home.example", isAvailable: true)
            dave.send("<presence type='subscribe' to='\(visitor.jid.bareString)' id='t'/>")
            #expect(try await dave.expect("an error") { $0["id"] == "t" }["type"] == "error")
            let stranger = try await server.connect()
            try await stranger.open(to: "home.example")
            #expect(
                try await stranger.authenticate(name, password: "secret", mechanism: .scramSHA256).name == "failure")
        }
    }

    @Test func leaveNothingBehind() async throws {
        try await withServer { server in
            let visitor = try await visitor(server)
            let stored = try await visitor.iq(
                "set", to: nil, "<vCard xmlns='vcard-temp'><FN>Somebody</FN></vCard>")
            #expect(stored["type"] == "result")
            let vCards = VCardStore(server.database)
            let before = try await vCards.vCard(of: visitor.jid.bareString)
            #expect(before != nil)
            try await visitor.close()
            try await server.eventually("nothing left") {
                try await vCards.vCard(of: visitor.jid.bareString) == nil
            }
        }
    }
}
