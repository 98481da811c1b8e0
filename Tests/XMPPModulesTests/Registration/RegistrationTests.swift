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
            $0.registration = RegistrationPolicy(
                allowsPasswordChange: false, allowsRemoval: false, requiresTLS: false)
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

    @Test func needsTLSUnlessToldOtherwise() async throws {
        let configuration = try Company.configuration { $0.registration = RegistrationPolicy() }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example")
            let change = query("<username>alice</username><password>long enough</password>")
            #expect(try await alice.iq("set", to: nil, change).errorCondition == .notAuthorized)
            #expect(try await alice.iq("set", to: nil, query("<remove/>")).errorCondition == .notAuthorized)
            #expect(try await server.core.accountStore.exists("alice@acme.example"))
        }
    }

    private func form(_ type: String, _ fields: [String: String]) -> String {
        let fields = fields.map { "<field var='\($0)'><value>\($1)</value></field>" }.joined()
        return query(
            "<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>\(type)</value></field>\(fields)</x>")
    }

    @Test func asksForThePresentPasswordWhereItIsWanted() async throws {
        let configuration = try Company.configuration {
            $0.registration = RegistrationPolicy(requiresTLS: false, asksForPassword: true)
        }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example")
            let plain = query("<username>alice</username><password>long enough</password>")
            #expect(
                try await alice.iq("set", to: nil, plain).includes(
                    """
                    <iq type='error'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='form'>\
                    <field var='FORM_TYPE'><value>jabber:iq:register:changepassword</value></field>\
                    <field var='old_password' type='text-private'><required/></field></x></query>\
                    <error type='modify'><not-authorized xmlns='\(Namespace.stanzaErrors)'/></error></iq>
                    """))
            #expect(
                try await alice.iq("set", to: nil, query("<remove/>")).includes(
                    """
                    <iq type='error'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='form'>\
                    <field var='FORM_TYPE'><value>jabber:iq:register:cancel</value></field></x></query>\
                    <error type='cancel'><not-allowed xmlns='\(Namespace.stanzaErrors)'/></error></iq>
                    """))
            let change = "jabber:iq:register:changepassword"
            let fields = ["username": "alice@acme.example", "password": "long enough"]
            let wrong = fields.merging(["old_password": "guess"]) { $1 }
            #expect(try await alice.iq("set", to: nil, form(change, wrong)).errorCondition == .notAuthorized)
            let right = fields.merging(["old_password": TestServer.password]) { $1 }
            #expect(try await alice.iq("set", to: nil, form(change, right))["type"] == "result")
            _ = try await server.client("alice@acme.example", password: "long enough")
            // Whoever holds a session may not guess on and on.
            let cancel = "jabber:iq:register:cancel"
            for _ in 0..<9 {
                #expect(
                    try await alice.iq("set", to: nil, form(cancel, ["password": "guess"])).errorCondition
                        == .notAuthorized)
            }
            let answer = try await alice.iq("set", to: nil, form(cancel, ["password": "long enough"]))
            #expect(answer.errorCondition == .resourceConstraint)
        }
    }

    @Test func removesByForm() async throws {
        let configuration = try Company.configuration {
            $0.registration = RegistrationPolicy(requiresTLS: false, asksForPassword: true)
        }
        try await Company.with(configuration) { server in
            let alice = try await server.client("alice@acme.example")
            let other = form("jabber:iq:register:cancel", ["username": "bob", "password": TestServer.password])
            #expect(try await alice.iq("set", to: nil, other).errorCondition == .notAllowed)
            let own = form("jabber:iq:register:cancel", ["username": "alice", "password": TestServer.password])
            #expect(try await alice.iq("set", to: nil, own)["type"] == "result")
            #expect(try await alice.ended().condition == "not-authorized")
            #expect(try await !server.core.accountStore.exists("alice@acme.example"))
        }
    }

    @Test func endsOtherSessionsWhereThePasswordIsChanged() async throws {
        var setup = TestServer.Setup()
        setup.modules = BuiltinModules.all(try Company.configuration())
        setup.configure = { $0.registration.endsSessionsOnPasswordChange = true }
        try await TestServer.with(setup) { server in
            let alice = try await server.client("alice@acme.example/a")
            let other = try await server.client("alice@acme.example/b")
            let change = query("<username>alice</username><password>long enough</password>")
            #expect(try await alice.iq("set", to: nil, change)["type"] == "result")
            #expect(try await other.ended().condition == "reset")
            try await alice.settle()
        }
    }
}
