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
            ("erin", "short", "not-acceptable"),
            ("erin", nil, "not-acceptable"),
            (nil, "long enough", "not-acceptable"),
            ("", "long enough", "not-acceptable"),
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

    @Test func boundsAccountsOfOneAddress() async throws {
        try await withServer(perHour: 2) { server in
            let connection = try await stranger(server)
            #expect(try await register("erin", "long enough", on: connection) == "result")
            #expect(try await register("frank", "long enough", on: connection) == "result")
            #expect(try await register("grace", "long enough", on: connection) == "resource-constraint")
        }
    }

    @Test func isOffUnlessAskedFor() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            let features = try await connection.open(to: "acme.example")
            #expect(features.child("register", "http://jabber.org/features/iq-register") == nil)
            connection.send("<iq type='get' id='1'><query xmlns='jabber:iq:register'/></iq>")
            #expect(try await connection.ended().condition == "not-authorized")
        }
    }
}
