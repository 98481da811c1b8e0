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
import XMPPStorage
import XMPPTestKit

/// XEP-0357 with a push service that is a component.
@Suite struct PushTests {
    static let alice = "alice@acme.example"
    static let bob = "bob@acme.example"
    static let service = "push.acme.example"

    private func with(
        _ configuration: PushConfiguration = PushConfiguration(), database: XMPPDatabase? = nil,
        _ body: (TestServer) async throws -> Void
    ) async throws {
        var setup = TestServer.Setup()
        setup.modules = [
            DiscoModule(SoftwareConfiguration(version: "1"), commands: []), RosterModule(), PushModule(configuration),
        ]
        setup.components = [.init(domain: Self.service, secret: "secret")]
        setup.database = database
        try await TestServer.with(setup) { try await body($0) }
    }

    private func service(_ server: TestServer) async throws -> ScriptedComponent {
        try await server.component(Self.service, secret: "secret")
    }

    /// Sends a message, and waits until the server has dealt with it.
    private func say(_ client: ScriptedClient, to: String = bob, _ body: String, id: String = "m") async throws {
        client.send("<message to='\(to)' type='chat' id='\(id)'><body>\(body)</body></message>")
        _ = try await client.settle()
    }

    /// Bob's device, away, with notifications for a node.
    private func away(_ server: TestServer, node: String = "n", resource: String = "phone") async throws {
        let bob = try await server.client("\(Self.bob)/\(resource)", isAvailable: true)
        #expect(try await bob.enablePush(node)["type"] == "result")
        try await bob.close()
        try await server.eventually("the end of a session") {
            server.core.accounts.online(bob.jid)?.session(resource) == nil
        }
    }

    // MARK: Enabling

    @Test func isAnnouncedByTheAccount() async throws {
        try await with { server in
            let bob = try await server.client("\(Self.bob)/b")
            let info = try await bob.iq("get", to: Self.bob, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
            #expect(
                try info.includes(
                    "<iq><query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:push:0'/></query></iq>"
                ))
        }
    }

    @Test func isEnabledAndDisabledByItsOwner() async throws {
        try await with { server in
            let store = PushStore(server.database)
            let bob = try await server.client("\(Self.bob)/b")
            let alice = try await server.client("\(Self.alice)/a")
            _ = try await bob.enablePush("one")
            _ = try await bob.enablePush("two", secret: "s")
            let stored = try await store.registrations(Self.bob)
            #expect(stored.map(\.node).sorted() == ["one", "two"])
            #expect(stored.allSatisfy { $0.resource == "b" && $0.service == Self.service })
            // Another's node is nobody's own: what she does with it is hers.
            _ = try await alice.enablePush("one")
            let disable = "<disable xmlns='urn:xmpp:push:0' jid='\(Self.service)' node='one'/>"
            #expect(try await alice.iq("set", to: nil, disable)["type"] == "result")
            #expect(try await alice.iq("set", to: Self.bob, disable)["type"] == "error")
            let enable = PushEnabling(service: try JID(Self.service), node: "three").element.xmlString
            #expect(try await alice.iq("set", to: Self.bob, enable)["type"] == "error")
            #expect(try await store.registrations(Self.bob).count == 2)
            #expect(try await store.registrations(Self.alice).isEmpty)
            #expect(try await bob.iq("set", to: Self.bob, disable)["type"] == "result")
            #expect(try await store.registrations(Self.bob).map(\.node) == ["two"])
            let all = "<disable xmlns='urn:xmpp:push:0' jid='\(Self.service)'/>"
            #expect(try await bob.iq("set", to: nil, all)["type"] == "result")
            #expect(try await store.registrations(Self.bob).isEmpty)
        }
    }

    @Test(arguments: [
        ("<enable xmlns='urn:xmpp:push:0' jid='push.acme.example'/>", "bad-request"),
        ("<enable xmlns='urn:xmpp:push:0' node='n'/>", "bad-request"),
        ("<enable xmlns='urn:xmpp:push:0' jid='@' node='n'/>", "bad-request"),
        // The server would write to its own people in its own name.
        ("<enable xmlns='urn:xmpp:push:0' jid='alice@acme.example/a' node='n'/>", "not-acceptable"),
        ("<enable xmlns='urn:xmpp:push:0' jid='acme.example' node='n'/>", "not-acceptable"),
        ("<enable xmlns='urn:xmpp:push:0' jid='home.example' node='n'/>", "not-acceptable"),
        (
            "<enable xmlns='urn:xmpp:push:0' jid='push.acme.example' node='\(String(repeating: "n", count: 1024))'/>",
            "not-acceptable"
        ),
        ("<disable xmlns='urn:xmpp:push:0' node='n'/>", "bad-request"),
    ])
    func refusesWhatIsNone(payload: String, condition: String) async throws {
        try await with { server in
            let bob = try await server.client("\(Self.bob)/b")
            #expect(try await bob.iq("set", to: nil, payload).condition == condition)
            #expect(
                try await bob.enablePush("n", secret: String(repeating: "s", count: 5000)).condition == "not-acceptable"
            )
            #expect(try await PushStore(server.database).loadAll().isEmpty)
        }
    }

    @Test func boundsAnAccountsDevices() async throws {
        try await with(PushConfiguration(devicesPerAccount: 3)) { server in
            let bob = try await server.client("\(Self.bob)/b")
            for node in 1...10 { _ = try await bob.enablePush("n\(node)") }
            #expect(try await PushStore(server.database).registrations(Self.bob).count == 3)
        }
    }

    // MARK: Notifications

    @Test func tellsWhoIsAwayAndNothingOfWhatItIs() async throws {
        try await with { server in
            let service = try await service(server)
            let bob = try await server.client("\(Self.bob)/phone", isAvailable: true)
            _ = try await bob.enablePush("n", secret: "s3cret")
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "while you look")
            try await bob.expect("<message><body>while you look</body></message>")
            #expect(try await service.settle().isEmpty)
            try await bob.close()
            try await say(alice, "confidential", id: "m2")
            let push = try await service.notification()
            try expect(
                push,
                is: """
                    <iq type='set' from='acme.example' to='push.acme.example' id='*'>
                      <pubsub xmlns='http://jabber.org/protocol/pubsub'>
                        <publish node='n'><item><notification xmlns='urn:xmpp:push:0'>
                          <x xmlns='jabber:x:data' type='submit'>
                            <field var='FORM_TYPE'><value>urn:xmpp:push:summary</value></field>
                            <field var='message-count'><value>1</value></field>
                          </x>
                        </notification></item></publish>
                        <publish-options><x xmlns='jabber:x:data' type='submit'>
                          <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field>
                          <field var='secret'><value>s3cret</value></field>
                        </x></publish-options>
                      </pubsub>
                    </iq>
                    """)
        }
    }

    @Test func tellsMoreWhereTheCompanyWantsIt() async throws {
        try await with(PushConfiguration(includesSender: true, includesBody: true)) { server in
            let service = try await service(server)
            try await away(server)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, String(repeating: "é", count: 300))
            let push = try await service.notification().read()
            #expect(push.lastSender == alice.jid)
            #expect(push.lastBody == String(repeating: "é", count: 200))
        }
    }

    @Test func gathersWhatComesWhileOneIsOnItsWay() async throws {
        try await with { server in
            let service = try await service(server)
            try await away(server)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "1", id: "m1")
            let first = try await service.notification()
            #expect(try first.read().messageCount == 1)
            for number in 2...20 { try await say(alice, "\(number)", id: "m\(number)") }
            #expect(try await service.settle().isEmpty)
            service.accept(first)
            let second = try await service.notification()
            #expect(try second.read().messageCount == 20)
            service.accept(second)
            #expect(try await service.settle().isEmpty)
        }
    }

    @Test func wakesNobodyForKeyboardsAndReceipts() async throws {
        try await with { server in
            let service = try await service(server)
            try await away(server)
            let alice = try await server.client("\(Self.alice)/a")
            for payload in [
                "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
                "<received xmlns='urn:xmpp:receipts' id='1'/>", "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
            ] {
                alice.send("<message to='\(Self.bob)' type='chat'>\(payload)<store xmlns='urn:xmpp:hints'/></message>")
            }
            _ = try await alice.settle()
            #expect(try await service.settle().isEmpty)
        }
    }

    @Test func tellsOfEachDeviceByItself() async throws {
        try await with { server in
            let service = try await service(server)
            try await away(server, node: "phone", resource: "phone")
            let tablet = try await server.client("\(Self.bob)/tablet", isAvailable: true)
            _ = try await tablet.enablePush("tablet")
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "1", id: "m1")
            try await tablet.expect("<message id='m1'/>")
            let push = try await service.notification()
            #expect(try push.read().node == "phone")
            service.accept(push)
            // The device is back: what it has missed is no news to it.
            let phone = try await server.client("\(Self.bob)/phone", isAvailable: true)
            try await phone.close()
            try await say(alice, "2", id: "m2")
            let again = try await service.notification()
            #expect(try again.read().node == "phone")
            #expect(try again.read().messageCount == 1)
            service.accept(again)
            #expect(try await service.settle().isEmpty)
        }
    }

    @Test func tellsOfAnnouncements() async throws {
        let configuration = try Company.configuration { configuration in
            configuration.announcements = AnnouncementsConfiguration(
                domain: try JID("broadcast.acme.example"), host: "acme.example", senders: [try JID(Self.alice)],
                groups: [])
        }
        let component = ServerConfiguration.Component(domain: Self.service, secret: "secret")
        try await Company.with(configuration, components: [component]) { server in
            let service = try await service(server)
            try await away(server)
            let desk = try await server.client("\(Self.bob)/desk", isAvailable: true)
            let alice = try await server.client("\(Self.alice)/a")
            let words = "<body>Fire</body><priority xmlns='urn:switchboard:broadcast:1'>urgent</priority>"
            for audience in ["all", "online"] {
                alice.send("<message to='\(audience)@broadcast.acme.example'>\(words)</message>")
                try await desk.expect("<message from='\(audience)@broadcast.acme.example'/>")
                service.accept(try await service.notification())
                _ = try await service.settle()
            }
            try await desk.close()
            alice.send("<message to='all@broadcast.acme.example'>\(words)</message>")
            #expect(try await service.notification().read().node == "n")
        }
    }

    @Test func tellsOfWhatASessionLostOnce() async throws {
        try await with { server in
            let service = try await service(server)
            let bob = try await server.client("\(Self.bob)/phone", isAvailable: true)
            _ = try await bob.enablePush("n")
            let id = try await bob.enableResumption()
            let alice = try await server.client("\(Self.alice)/a")
            // It has its connection still, but the client never says that it has the message.
            try await say(alice, "1", id: "m1")
            try await bob.expect("<message id='m1'/>")
            await bob.kill()
            try await server.eventually("a session without a connection") {
                server.core.accounts.online(bob.jid)?.sessions.first?.isDetached == true
            }
            try await say(alice, "2", id: "m2")
            let push = try await service.notification()
            service.accept(push)
            // Whether or not the first one was told with it, or after it: never more than one for each.
            var told = [try #require(try push.read().messageCount)]
            while told.last == 1 {
                let more = try await service.notification()
                service.accept(more)
                told.append(try #require(try more.read().messageCount))
            }
            #expect(told.last == 2 && told.count <= 2)
            let back = try await server.resume(bob.jid, id: id, handled: 0)
            try await back.expect("<message id='m1'/>")
            try await back.expect("<message id='m2'/>")
            try await say(alice, "3", id: "m3")
            try await back.expect("<message id='m3'/>")
            #expect(try await service.settle().filter(\.isPublish).isEmpty)
        }
    }

    // MARK: Errors

    @Test(arguments: ["item-not-found", "not-authorized", "forbidden", "feature-not-implemented", "gone"])
    func forgetsWhatIsRefusedForGood(condition: String) async throws {
        try await with { server in
            let service = try await service(server)
            try await away(server)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "1", id: "m1")
            service.refuse(try await service.notification(), "cancel", condition)
            try await server.eventually("the end of a registration") {
                try await PushStore(server.database).registrations(Self.bob).isEmpty
            }
            try await say(alice, "2", id: "m2")
            #expect(try await service.settle().isEmpty)
        }
    }

    @Test(arguments: [("wait", "resource-constraint"), ("cancel", "internal-server-error"), ("wait", "item-not-found")])
    func keepsWhatIsRefusedForNow(kind: String, condition: String) async throws {
        try await with { server in
            let service = try await service(server)
            try await away(server)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "1", id: "m1")
            service.refuse(try await service.notification(), kind, condition)
            // It is left alone for a while.
            try await say(alice, "2", id: "m2")
            #expect(try await service.settle().isEmpty)
            #expect(try await PushStore(server.database).registrations(Self.bob).count == 1)
            // Asked for anew, it is told at once.
            try await away(server)
            try await say(alice, "3", id: "m3")
        }
    }

    @Test func holdsNothingUpForAServiceThatNeverAnswers() async throws {
        try await with(PushConfiguration(patience: 1, perService: 2)) { server in
            let service = try await service(server)
            for node in 1...5 { try await away(server, node: "n\(node)", resource: "r\(node)") }
            let alice = try await server.client("\(Self.alice)/a")
            for number in 1...20 { try await say(alice, "\(number)", id: "m\(number)") }
            // Two at a time, each once; the others have their turn when those have taken too long.
            var nodes: Set<String> = []
            for _ in 1...5 { nodes.insert(try await service.notification().read().node) }
            #expect(nodes.count == 5)
            #expect(try await server.core.offline.count(Self.bob) == 20)
            #expect(try await PushStore(server.database).registrations(Self.bob).count == 5)
        }
    }

    @Test func keepsARegistrationWhileItsServiceIsAway() async throws {
        try await with { server in
            try await away(server)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "1")
            #expect(try await server.core.offline.count(Self.bob) == 1)
            #expect(try await PushStore(server.database).registrations(Self.bob).count == 1)
        }
    }

    @Test func forgedAnswersChangeNothing() async throws {
        try await with { server in
            let service = try await service(server)
            try await away(server)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "1", id: "m1")
            let push = try await service.notification()
            let id = try #require(push["id"])
            alice.send(
                """
                <iq type='error' id='\(id)' to='acme.example'><error type='cancel'>\
                <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>
                """)
            // And a service's word about somebody's node that is not its own.
            alice.send(
                """
                <message to='\(Self.bob)'><pubsub xmlns='http://jabber.org/protocol/pubsub' node='n'>\
                <affiliation jid='\(Self.bob)' affiliation='none'/></pubsub></message>
                """)
            _ = try await alice.settle()
            #expect(try await PushStore(server.database).registrations(Self.bob).count == 1)
            service.accept(push)
        }
    }

    @Test func holdsAfterARestart() async throws {
        let database = try XMPPDatabase(inMemory: "push")
        try await with(database: database) { try await away($0) }
        try await with(database: database) { server in
            let service = try await service(server)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "1")
            #expect(try await service.notification().read().messageCount == 1)
        }
    }

    @Test func goesOnCountingAfterARestart() async throws {
        let database = try XMPPDatabase(inMemory: "push")
        let store = PushStore(database)
        try await with(database: database) { server in
            let service = try await service(server)
            try await away(server)
            let alice = try await server.client("\(Self.alice)/a")
            for id in ["1", "2"] {
                try await say(alice, id, id: id)
                service.accept(try await service.notification())
                try await server.eventually("the count") {
                    try await store.loadAll().map(\.pending) == [Int(id) ?? 0]
                }
            }
        }
        try await with(database: database) { server in
            let service = try await service(server)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "3", id: "3")
            #expect(try await service.notification().read().messageCount == 3)
            let bob = try await server.client("\(Self.bob)/phone", isAvailable: true)
            try await server.eventually("no count") { try await store.loadAll().map(\.pending) == [0] }
            _ = try await bob.settle()
        }
    }

    @Test func goesWithItsAccount() async throws {
        try await with { server in
            let service = try await service(server)
            try await away(server)
            try await server.core.deleteAccount(JID(Self.bob))
            try await server.core.createAccount(JID(Self.bob), password: TestServer.password)
            let alice = try await server.client("\(Self.alice)/a")
            try await say(alice, "for a namesake")
            #expect(try await service.settle().isEmpty)
        }
    }
}

extension ScriptedClient {
    fileprivate func enablePush(_ node: String, secret: String? = nil) async throws -> XMLElement {
        let options = secret.map {
            DataForm(
                .submit,
                fields: [
                    .init(DataForm.formTypeField, values: [PushEnabling.optionsType]), .init("secret", values: [$0]),
                ])
        }
        let request = PushEnabling(service: try JID(PushTests.service), node: node, options: options)
        return try await iq("set", to: nil, request.element.xmlString)
    }
}

extension ScriptedComponent {
    fileprivate func notification() async throws -> XMLElement {
        try await expect("a notification") { $0.isPublish }
    }

    fileprivate func accept(_ push: XMLElement) {
        send("<iq type='result' id='\(push["id"] ?? "")' from='\(domain)' to='\(push["from"] ?? "")'/>")
    }

    fileprivate func refuse(_ push: XMLElement, _ kind: String, _ condition: String) {
        send(
            """
            <iq type='error' id='\(push["id"] ?? "")' from='\(domain)' to='\(push["from"] ?? "")'>\
            <error type='\(kind)'><\(condition) xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>
            """)
    }
}

extension XMLElement {
    fileprivate var isPublish: Bool { child("pubsub", PushNotification.pubsubNamespace) != nil }

    fileprivate func read() throws -> PushNotification {
        guard let payload = firstChild else { throw ExpectationFailure("Empty: \(self)") }
        return try PushNotification(payload)
    }
}
