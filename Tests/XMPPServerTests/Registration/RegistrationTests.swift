//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPSASL
import XMPPServer
import XMPPStorage
import XMPPTestKit

/// In-band registration before log-in (XEP-0077).
@Suite struct RegistrationTests {
    private func withServer(
        perHour: Int? = nil, _ body: (TestServer) async throws -> Void
    ) async throws {
        try await TestServer.with(
            configure: { $0.registration = .init(isEnabled: true, perHour: perHour, minimumPasswordLength: 6) }, body)
    }

    private func register(
        _ name: String?, _ password: String?, on connection: StreamConnection
    ) async throws -> String {
        let fields = [("username", name), ("password", password)].compactMap { field, value in
            value.map { "<\(field)>\($0)</\(field)>" }
        }
        let answer = try await connection.iq(
            "set", to: nil, "<query xmlns='jabber:iq:register'>\(fields.joined())</query>")
        return answer["type"] == "result"
            ? "result" : answer.child("error", Namespace.client)?.firstChild?.name ?? "?"
    }

    private func stranger(_ server: TestServer) async throws -> StreamConnection {
        let connection = try await server.connect()
        let features = try await connection.open(to: "acme.example")
        #expect(features.child("register", "http://jabber.org/features/iq-register") != nil)
        return connection
    }

    @Test func makesAnAccount() async throws {
        try await withServer { server in
            let connection = try await stranger(server)
            let form = try await connection.iq("get", to: nil, "<query xmlns='jabber:iq:register'/>")
            #expect(
                try form.includes(
                    "<iq type='result'><query xmlns='jabber:iq:register'><username/><password/></query></iq>"))
            #expect(try await register("Erin", "long enough", on: connection) == "result")
            #expect(try await server.core.accountStore.exists("erin@acme.example"))
            // The same stream goes on to log in.
            let answer = try await connection.authenticate("erin", password: "long enough", mechanism: .scramSHA256)
            #expect(answer.name == "success")
        }
    }

    @Test(
        arguments: [
            ("alice", "long enough", "conflict"),
            ("ALICE", "long enough", "conflict"),
            ("visitor-0123456789abcdef0123456789abcdef", "long enough", "conflict"),
            ("erin", "short", "not-acceptable"),
            ("erin", nil, "not-acceptable"),
            (nil, "long enough", "not-acceptable"),
            ("", "long enough", "not-acceptable"),
            ("frances", "Frances", "not-acceptable"),
            ("frances", "frances@acme.example", "not-acceptable"),
            ("a b", "long enough", "jid-malformed"),
            ("erin@acme.example", "long enough", "jid-malformed"),
        ] as [(String?, String?, String)])
    func refuses(_ name: String?, _ password: String?, _ condition: String) async throws {
        try await withServer { server in
            let connection = try await stranger(server)
            #expect(try await register(name, password, on: connection) == condition)
            #expect(try await server.core.accountStore.count(host: "acme.example") == 3)
            #expect(try await register("frank", "long enough", on: connection) == "result")
        }
    }

    @Test func takesAForm() async throws {
        try await withServer { server in
            let connection = try await stranger(server)
            let answer = try await connection.iq("get", to: nil, "<query xmlns='jabber:iq:register'/>")
            #expect(
                try answer.includes(
                    """
                    <iq type='result'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='form'>\
                    <field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field>\
                    <field var='username' type='text-single'><required/></field>\
                    <field var='password' type='text-private'><required/></field></x></query></iq>
                    """))
            func submit(_ type: String, _ name: String) async throws -> XMLElement {
                try await connection.iq(
                    "set", to: nil,
                    """
                    <query xmlns='jabber:iq:register'><username>ignored</username><x xmlns='jabber:x:data' type='submit'>\
                    <field var='FORM_TYPE'><value>\(type)</value></field><field var='username'><value>\(name)</value></field>\
                    <field var='password'><value>long enough</value></field></x></query>
                    """)
            }
            #expect(try await submit("something:else", "erin").child("error", Namespace.client) != nil)
            #expect(try await submit("jabber:iq:register", "erin")["type"] == "result")
            #expect(try await server.core.accountStore.exists("erin@acme.example"))
            #expect(try await !server.core.accountStore.exists("ignored@acme.example"))
        }
    }

    @Test func removesNothingBeforeLogIn() async throws {
        try await withServer { server in
            let connection = try await stranger(server)
            let answer = try await connection.iq("set", to: nil, "<query xmlns='jabber:iq:register'><remove/></query>")
            #expect(
                try answer.includes(
                    "<iq type='error'><error><unexpected-request xmlns='\(Namespace.stanzaErrors)'/></error></iq>"))
        }
    }

    @Test func givesNoNameAwayWhoseOwnerIsStillConnected() async throws {
        try await withServer { server in
            let alice = try await server.client("alice@acme.example/a")
            // As if another program had removed it.
            try await server.core.accountStore.delete("alice@acme.example")
            let connection = try await stranger(server)
            #expect(try await register("alice", "long enough", on: connection) == "conflict")
            try await alice.close()
            try await server.eventually("the end of the session") {
                try server.core.accounts.online(JID("alice@acme.example")) == nil
            }
            #expect(try await register("alice", "long enough", on: connection) == "result")
        }
    }

    @Test func boundsAccountsOfOneAddress() async throws {
        try await withServer(perHour: 2) { server in
            let connection = try await stranger(server)
            #expect(try await register("erin", "long enough", on: connection) == "result")
            #expect(try await register("frank", "long enough", on: connection) == "result")
            #expect(try await register("grace", "long enough", on: connection) == "resource-constraint")
        }
    }

    @Test(arguments: [true, false])
    func isOffUnlessAskedFor(withInvitations: Bool) async throws {
        var setup = TestServer.Setup()
        setup.configure = { $0.invitations.isEnabled = withInvitations }
        try await TestServer.with(setup) { server in
            let connection = try await server.connect()
            let features = try await connection.open(to: "acme.example")
            #expect(features.child("register", "http://jabber.org/features/iq-register") == nil)
            #expect((features.child("register", "urn:xmpp:ibr-token:0") != nil) == withInvitations)
            connection.send(
                "<iq type='set' id='1'><query xmlns='jabber:iq:register'><username>x</username></query></iq>")
            if withInvitations {
                try await connection.expect(
                    "<iq type='error' id='1'><error><not-allowed xmlns='\(Namespace.stanzaErrors)'/></error></iq>")
            } else {
                #expect(try await connection.ended().condition == "not-authorized")
            }
        }
    }
}
