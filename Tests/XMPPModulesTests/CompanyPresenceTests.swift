//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPModules
import XMPPServer
import XMPPStorage
import XMPPTestKit

@Suite struct CompanyPresenceTests {
    private static let namespace = "urn:switchboard:presence:1"
    private static let node = "urn:switchboard:presence:1#set"

    /// Alice and Bob, who see each other.
    private func withColleagues(
        _ configuration: ModulesConfiguration? = nil, components: [ServerConfiguration.Component] = [],
        _ body: (TestServer, ScriptedClient, ScriptedClient) async throws -> Void
    ) async throws {
        var configuration = try configuration ?? Company.configuration()
        configuration.groups = [
            AccountGroup("Staff", accounts: [try JID("alice@acme.example"), try JID("bob@acme.example")])
        ]
        try await Company.with(configuration, components: components) { server in
            let alice = try await server.client("alice@acme.example/desk", isAvailable: true)
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            try await alice.expect("<presence from='\(bob.jid)'/>")
            try await body(server, alice, bob)
        }
    }

    /// What the watcher sees of one resource after a presence of its; the last counts.
    private func seen(
        by watcher: ScriptedClient, of resource: ScriptedClient, after presence: String
    ) async throws -> XMLElement {
        resource.send(presence)
        // What one sender sends comes in order.
        resource.send("<message to='\(watcher.jid)' id='mark'/>")
        try await watcher.expect("<message id='mark'/>")
        let all = watcher.received().filter { $0.name == "presence" && $0["from"] == resource.jid.description }
        return try #require(all.last)
    }

    @Test(arguments: ["At Lunch", "at lunch", "MITTAGSPAUSE", " At Lunch "])
    func setsAStateByItsLabel(label: String) async throws {
        try await withColleagues { _, alice, bob in
            let presence = try await seen(
                by: alice, of: bob, after: "<presence><priority>3</priority><status>\(label)</status></presence>")
            try expect(
                presence,
                is: """
                    <presence from='bob@acme.example/desk' to='*'><show>away</show><status>At Lunch</status>\
                    <priority>3</priority><state xmlns='\(Self.namespace)' id='lunch' since='*'/></presence>
                    """)
            let since = presence.child("state", Self.namespace)?["since"]
            #expect(since.flatMap { Timestamp($0) } != nil)
        }
    }

    @Test func showsTheStateOfTheAccountOnAllResources() async throws {
        try await withColleagues { server, alice, desk in
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            try await alice.expect("<presence from='\(phone.jid)'/>")
            phone.send("<presence><status>Busy</status></presence>")
            for resource in ["desk", "phone"] {
                let presence = try await alice.expect("Bob's \(resource) busy") {
                    $0["from"] == "bob@acme.example/\(resource)" && $0.state == "busy"
                }
                #expect(presence.show == "dnd")
                #expect(presence.status == "Busy")
            }
            // Plain presence of any of them ends the state for all.
            desk.send("<presence/>")
            for resource in ["desk", "phone"] {
                let presence = try await alice.expect("Bob's \(resource) available") {
                    $0["from"] == "bob@acme.example/\(resource)" && $0.state == "available"
                }
                #expect(presence.show == nil && presence.status == nil)
            }
        }
    }

    @Test func isNotLeftByAnAutomaticAway() async throws {
        try await withColleagues { _, alice, bob in
            _ = try await seen(by: alice, of: bob, after: "<presence><status>Busy</status></presence>")
            let idle = try await seen(
                by: alice, of: bob, after: "<presence><show>xa</show><status>Auto away</status></presence>")
            #expect(idle.state == "busy" && idle.show == "dnd" && idle.status == "Busy")
            let lunch = try await seen(by: alice, of: bob, after: "<presence><status>At lunch</status></presence>")
            #expect(lunch.state == "lunch")
            let plain = try await seen(by: alice, of: bob, after: "<presence/>")
            #expect(plain.state == "available" && plain.status == nil)
        }
    }

    @Test(arguments: [("away", "away"), ("xa", "away"), ("dnd", "busy"), ("chat", "available")])
    func derivesAStateFromOtherPresence(show: String, state: String) async throws {
        try await withColleagues { _, alice, bob in
            let presence = try await seen(
                by: alice, of: bob, after: "<presence><show>\(show)</show><status>My own words</status></presence>")
            #expect(presence.state == state && presence.show == show && presence.status == "My own words")
            let plain = try await seen(by: alice, of: bob, after: "<presence/>")
            #expect(plain.state == "available" && plain.show == nil)
        }
    }

    @Test func honoursAKnownStateAndRemovesOthers() async throws {
        try await withColleagues { _, alice, bob in
            let known = try await seen(
                by: alice, of: bob, after: "<presence><state xmlns='\(Self.namespace)' id='busy'/></presence>")
            #expect(known.state == "busy" && known.show == "dnd")
            let unknown = try await seen(
                by: alice, of: bob,
                after: "<presence><show>chat</show><state xmlns='\(Self.namespace)' id='boss'/></presence>")
            #expect(unknown.state == "busy")
            #expect(unknown.children("state", Self.namespace).count == 1)
            let gone = try await seen(
                by: alice, of: bob,
                after: "<presence type='unavailable'><state xmlns='\(Self.namespace)' id='lunch'/></presence>")
            #expect(gone.state == nil)
        }
    }

    @Test func leavesDirectedPresenceAsItWasSaid() async throws {
        try await withColleagues { _, alice, bob in
            _ = try await seen(by: alice, of: bob, after: "<presence><status>Busy</status></presence>")
            bob.send(
                """
                <presence to='alice@acme.example/desk'><show>chat</show>\
                <state xmlns='\(Self.namespace)' id='available'/></presence>
                """)
            let directed = try await alice.expect("directed presence") { $0.show == "chat" }
            #expect(directed.state == "busy")
        }
    }

    @Test func storesTheLastState() async throws {
        try await withColleagues { server, _, bob in
            let store = PresenceStateStore(server.database)
            for status in ["Busy", "At Lunch", "Busy", "At Lunch"] {
                bob.send("<presence><status>\(status)</status></presence>")
            }
            try await server.eventually("lunch in the store") {
                try await store.state(of: "bob@acme.example")?.stateID == "lunch"
            }
            bob.send("<presence/>")
            try await server.eventually("nothing in the store") {
                try await store.state(of: "bob@acme.example") == nil
            }
        }
    }

    @Test func survivesARestart() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        var setup = TestServer.Setup()
        setup.database = database
        setup.modules = BuiltinModules.all(try Company.configuration())
        let first = try await TestServer.start(setup)
        let bob = try await first.client("bob@acme.example/desk", isAvailable: true)
        bob.send("<presence><status>At Lunch</status></presence>")
        let own = try await bob.expect("own presence") { $0.name == "presence" && $0.state == "lunch" }
        await first.stop()
        setup.modules = BuiltinModules.all(try Company.configuration())
        try await TestServer.with(setup) { server in
            let bob = try await server.client("bob@acme.example/desk")
            bob.send("<presence><show>away</show></presence>")
            let again = try await bob.expect("own presence") { $0.name == "presence" }
            #expect(again.state == "lunch")
            #expect(
                again.child("state", Self.namespace)?["since"] == own.child("state", Self.namespace)?["since"])
        }
    }

    @Test func returnsByItself() async throws {
        let configuration = try Company.configuration {
            $0.presence = PresenceCatalogue([
                .init("available", labels: [:]),
                .init("nap", labels: ["": "Nap"], show: .xa, returnAfter: .milliseconds(20)),
            ])
        }
        try await withColleagues(configuration) { _, alice, bob in
            bob.send("<presence><status>nap</status></presence>")
            try await alice.expect("Bob napping") { $0.state == "nap" && $0.show == "xa" }
            try await alice.expect("Bob back") { $0.state == "available" && $0.show == nil && $0.status == nil }
        }
    }

    // MARK: The command

    private func command(_ content: String = "", node: String = node, attributes: String = "") -> String {
        "<command xmlns='http://jabber.org/protocol/commands' node='\(node)'\(attributes)>\(content)</command>"
    }

    private func form(_ state: String) -> String {
        "<x xmlns='jabber:x:data' type='submit'><field var='state'><value>\(state)</value></field></x>"
    }

    @Test func asksForAStateAndSetsIt() async throws {
        try await withColleagues { _, alice, bob in
            let asked = try await bob.iq(
                "set", to: "acme.example", command(attributes: " action='execute' xml:lang='de'"))
            let executing = try #require(asked.firstChild)
            #expect(executing["status"] == "executing")
            let field = try #require(executing.child("x", "jabber:x:data")?.children("field", "jabber:x:data").last)
            #expect(field["var"] == "state" && field["type"] == "list-single")
            #expect(field.child("value", "jabber:x:data")?.text == "available")
            #expect(
                field.children("option", "jabber:x:data").compactMap { $0["label"] } == [
                    "Verfügbar", "Mittagspause", "Busy", "Away",
                ])
            let session = try #require(executing["sessionid"])
            let done = try await bob.iq(
                "set", to: "acme.example",
                command(form("lunch"), attributes: " sessionid='\(session)' action='complete'"))
            #expect(done.firstChild?["status"] == "completed" && done.firstChild?["sessionid"] == session)
            try await alice.expect("Bob at lunch") { $0.state == "lunch" && $0.status == "At Lunch" }
            let again = try await bob.iq("set", to: "acme.example", command())
            #expect(
                try again.includes(
                    """
                    <iq><command xmlns='http://jabber.org/protocol/commands'><x xmlns='jabber:x:data'>\
                    <field var='state'><value>lunch</value></field></x></command></iq>
                    """
                ))
        }
    }

    @Test func refusesAStateThatIsNone() async throws {
        try await withColleagues { _, _, bob in
            let answer = try await bob.iq("set", to: "acme.example", command(form("holiday")))
            #expect(answer.errorCondition == .badRequest)
            #expect(answer.error?.application?.name == "bad-payload")
        }
    }

    @Test func setsAStateForSomebodyOnlyFromATrustedComponent() async throws {
        let other = ServerConfiguration.Component(domain: "other.acme.example", secret: "x")
        try await withColleagues(components: [Company.care, other]) { server, alice, bob in
            let behalf = "<for xmlns='\(Self.namespace)' jid='bob@acme.example'/>"
            let forged = try await alice.iq("set", to: "acme.example", command(behalf + form("busy")))
            #expect(forged.errorCondition == .forbidden)
            let stranger = try await server.component("other.acme.example", secret: "x")
            let refused = try await stranger.iq(
                "set", to: "acme.example", from: "other.acme.example", command(behalf + form("busy")))
            #expect(refused.errorCondition == .forbidden)
            let care = try await server.component(Company.careDomain, secret: "care-secret")
            let nobody = try await care.iq("set", to: "acme.example", from: Company.careDomain, command(form("busy")))
            #expect(nobody.errorCondition == .badRequest)
            let unknown = try await care.iq(
                "set", to: "acme.example", from: Company.careDomain,
                command("<for xmlns='\(Self.namespace)' jid='nobody@acme.example'/>" + form("busy")))
            #expect(unknown.errorCondition == .itemNotFound)
            let done = try await care.iq(
                "set", to: "acme.example", from: Company.careDomain, command(behalf + form("busy")))
            #expect(done["type"] == "result")
            try await alice.expect("Bob busy") { $0["from"] == bob.jid.description && $0.state == "busy" }
        }
    }

    @Test func isNoBusinessOfOtherHosts() async throws {
        try await Company.with { server in
            let tom = try await server.client("tom@home.example")
            #expect(try await tom.iq("set", to: "acme.example", command()).errorCondition == .forbidden)
            #expect(try await tom.iq("set", to: "home.example", command())["type"] == "result")
        }
    }
}
