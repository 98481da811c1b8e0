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

@Suite struct RegistrationTests {
    private func query(_ content: String) -> String { "<query xmlns='jabber:iq:register'>\(content)</query>" }

    @Test func saysThatOneIsRegistered() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            for address in [nil, "acme.example"] {
                let answer = try await alice.iq("get", to: address, query(""))
                try expect(
                    try #require(answer.firstChild),
                    is: query("<registered/><username>alice</username><password/>"))
            }
            #expect(try await alice.iq("get", to: "home.example", query("")).errorCondition == .notAllowed)
            #expect(try await alice.iq("get", to: "bob@acme.example", query("")).errorCondition == .notAllowed)
        }
    }

    @Test func changesThePassword() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let change = query("<username>Alice</username><password>a better one</password>")
            #expect(try await alice.iq("set", to: "acme.example", change)["type"] == "result")
            await #expect(throws: ExpectationFailure.self) { try await server.client("alice@acme.example") }
            _ = try await server.client("alice@acme.example", password: "a better one")
            _ = try await server.client("alice@acme.example", password: "a better one", mechanism: .scramSHA256)
        }
    }

    @Test func refusesPasswordsThatAreNone() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example")
            let table: [(String, StanzaError.Condition)] = [
                ("<username>alice</username>", .badRequest),
                ("<username>alice</username><password/>", .badRequest),
                ("<password>long enough</password>", .badRequest),
                ("<username>bob</username><password>long enough</password>", .notAllowed),
                ("<username>alice</username><password>short</password>", .notAcceptable),
                ("<username>alice</username><password>tab\tis not allowed</password>", .notAcceptable),
                ("<username>a</username><username>b</username><password>long enough</password>", .badRequest),
            ]
            for (content, condition) in table {
                let answer = try await alice.iq("set", to: nil, query(content))
                #expect(answer.errorCondition == condition, "\(content)")
            }
            _ = try await server.client("alice@acme.example/again")
        }
    }

    @Test func followsItsPolicy() async throws {
        let configuration = try Company.configuration {
            $0.registration = RegistrationPolicy(allowsPasswordChange: false, allowsRemoval: false)
        }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example")
            let change = query("<username>alice</username><password>long enough</password>")
            #expect(try await alice.iq("set", to: nil, change).errorCondition == .notAllowed)
            #expect(try await alice.iq("set", to: nil, query("<remove/>")).errorCondition == .notAllowed)
        }
    }

    @Test func removesTheAccountWithAllItsTraces() async throws {
        try await Company.with { server in
            let alice = try await server.client("alice@acme.example/a", isAvailable: true)
            let other = try await server.client("alice@acme.example/b", isAvailable: true)
            let bob = try await server.client("bob@acme.example/b", isAvailable: true)
            alice.send("<presence to='bob@acme.example' type='subscribe'/>")
            try await bob.expect("<presence type='subscribe' from='alice@acme.example'/>")
            bob.send("<presence to='alice@acme.example' type='subscribed'/>")
            try await alice.expect("<presence type='subscribed' from='bob@acme.example'/>")
            #expect(
                try await alice.iq("set", to: nil, query("<remove/><username>alice</username>")).errorCondition
                    == .badRequest)
            #expect(try await alice.iq("set", to: nil, query("<remove/>"))["type"] == "result")
            #expect(try await alice.ended().condition == "not-authorized")
            #expect(try await other.ended().condition == "not-authorized")
            try await bob.expect("<presence type='unsubscribe' from='alice@acme.example'/>")
            #expect(try await !server.core.accountStore.exists("alice@acme.example"))
            await #expect(throws: ExpectationFailure.self) { try await server.client("alice@acme.example") }
            #expect(try await bob.roster().firstChild?.firstChild?["subscription"] != "from")
        }
    }
}
