//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage
import FoundationEssentials
import Logging
import Testing
import XMPPClient
import XMPPCore
import XMPPPayloads
import XMPPTLS

@testable import BizBuddyBridge

/// The whole bridge over a real socket, in front of a host that is a few lines of test.
@Suite(.timeLimit(.minutes(2))) struct BridgeLoopbackTests {
    private struct Records: RecordSource {
        let name = "directory"

        func answer(_ query: RecordQuery) async throws -> RecordAnswer {
            RecordAnswer(records: query.addresses[0].value == "tom@home.example" ? [BridgeHarness.tom] : [])
        }
    }

    private let folder = FileManager.default.temporaryDirectory.path + "/bridge-\(UInt64.random(in: 0 ... .max))"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func makeStore() throws -> ServiceStore { try ServiceStore(path: folder + "/bridge.sqlite") }

    /// Waits until everything sent has been taken over by the host.
    private func everythingIsTaken(_ store: ServiceStore, _ host: FakeHost) async throws {
        // With each question and answer the bridge has looked at what the host has acknowledged.
        for round in 1...1_000 {
            if try await store.outbox().isEmpty { return }
            host.send(
                """
                <iq type='get' id='taken-\(round)' from='acme.example' to='care.acme.example'>\
                <ping xmlns='urn:xmpp:ping'/></iq>
                """)
            _ = try await host.element("pong") { $0["id"] == "taken-\(round)" }
        }
        Issue.record("the host has not taken over everything")
    }

    private func makeBridge(port: Int, store: ServiceStore? = nil, clerk: Clerk? = nil) throws -> Bridge {
        var component = ComponentSettings(host: "127.0.0.1", port: port, domain: "care.acme.example", secret: "s")
        component.backoff = Backoff(first: .milliseconds(10), last: .milliseconds(20))
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return Bridge(
            configuration: BridgeConfiguration(
                component: component,
                contacts: [
                    .init(
                        address: try JID("support@acme.example"), name: "Acme Support",
                        department: DepartmentID("support"))
                ],
                departments: [
                    .init(id: DepartmentID("support"), name: "Support", agents: [try JID("alice@acme.example")])
                ]),
            store: try store ?? makeStore(), clerk: clerk ?? Clerk(records: RecordDesk(sources: [Records()])),
            logger: logger)
    }

    @discardableResult
    private func run<Result>(_ bridge: Bridge, _ body: () async throws -> Result) async throws -> Result {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await bridge.run() }
            let result: Result
            do {
                result = try await body()
            } catch {
                group.cancelAll()
                throw error
            }
            bridge.stop()
            try await group.waitForAll()
            return result
        }
    }

    private func text(_ body: String, from name: String = "tom") -> String {
        "<message type='chat' from='\(name)@home.example/x' to='support@acme.example'><body>\(body)</body></message>"
    }

    private func isMessage(_ element: XMLElement, to: String, _ text: String) -> Bool {
        element.name == "message" && element["to"]?.hasPrefix(to) == true
            && element.child("body", Namespace.client)?.text.contains(text) == true
    }

    private static let stanzaID = "<stanza-id xmlns='urn:xmpp:sid:0' by='acme.example'"

    @Test func carriesAConversationFromHelloToGoodbye() async throws {
        let host = FakeHost()
        let bridge = try makeBridge(port: try await host.start())
        try await run(bridge) {
            _ = try await host.element("probe") { $0["type"] == "probe" && $0["to"] == "alice@acme.example" }
            host.send("<presence from='alice@acme.example/desk' to='support@acme.example'/>")
            host.send(
                """
                <message type='chat' from='tom@home.example/phone' to='support@acme.example'>\
                <body>My gizmo is broken</body>\(Self.stanzaID) id='h1'/></message>
                """)
            let offer = try await host.element("offer") { isMessage($0, to: "alice@acme.example", "Gold") }
            #expect(offer.child("body", Namespace.client)?.text.contains("4711") == true)
            host.send(
                """
                <message type='chat' from='alice@acme.example/desk' to='support@care.acme.example'>\
                <body>accept</body><stanza-id xmlns='urn:xmpp:sid:0' by='care.acme.example' id='h2'/></message>
                """)
            let relayed = try await host.element("text") {
                isMessage($0, to: "alice@acme.example", "My gizmo") && $0["from"] != "support@care.acme.example"
            }
            let room = try #require(relayed["from"])
            host.send(
                """
                <message type='chat' from='alice@acme.example/desk' to='\(room)'><body>Unplug it</body></message>\
                <message type='chat' from='alice@acme.example/desk' to='\(room)'><body>/close</body></message>
                """)
            let answer = try await host.element("answer") { isMessage($0, to: "tom@home.example", "Unplug it") }
            #expect(answer["from"] == "support@acme.example")
            _ = try await host.element("end") { isMessage($0, to: "tom@home.example", "closed") }
            _ = try await host.value("all five acknowledged") { host.acknowledged == 5 ? true : nil }
        }
        #expect(host.received.contains { $0.name == "presence" && $0["type"] == "unavailable" }, "said goodbye")
        await host.stop()
    }

    @Test func sendsAgainWhatWasNotTakenAndDropsWhatWasSentTwice() async throws {
        let host = FakeHost()
        host.setAcknowledges(false)
        let store = try makeStore()
        let bridge = try makeBridge(port: try await host.start(), store: store)
        let hello = """
            <message type='chat' from='tom@home.example/phone' to='support@acme.example'>\
            <body>Hello?</body>\(Self.stanzaID) id='h1'/></message>
            """
        try await run(bridge) {
            _ = try await host.element("probe") { $0["type"] == "probe" }
            host.send(hello)
            let first = try await host.element("answer") { $0["to"] == "tom@home.example" && $0.name == "message" }
            _ = try await host.value("acknowledged") { host.acknowledged == 1 ? true : nil }
            host.kick()
            _ = try await host.value("back") { host.connections == 2 ? true : nil }
            let both = try await host.value("sent again") {
                let same = host.received.filter { $0.name == "message" && $0["id"] == first["id"] }
                return same.count == 2 ? same : nil
            }
            #expect(both.first == both.last)
            _ = try await host.value("probed again") {
                host.received.count { $0["type"] == "probe" } == 2 ? true : nil
            }
            host.send(hello)
            _ = try await host.value("acknowledged") { host.acknowledged == 1 ? true : nil }
            #expect(Set(host.received.filter { $0.name == "message" }.compactMap { $0["id"] }).count == 1)
            host.setAcknowledges(true)
            try await everythingIsTaken(store, host)
        }
        #expect(try await store.load().conversations.count == 1)
        await host.stop()
    }

    @Test func deletesACustomerWhileItServesHim() async throws {
        let host = FakeHost()
        let store = try makeStore()
        var clerk = Clerk(records: RecordDesk(sources: [Records()]))
        clerk.audit = try AuditLog(path: folder + "/audit.log") { Hexadecimal.encode(HashFunction.sha256.digest($0)) }
        clerk.book = try CustomerBook(path: folder + "/people.sqlite") { "p-1" }
        try await clerk.book?.note(
            "likes tea", by: "alice", about: clerk.address(CustomerAddress("tom@home.example")), at: 1)
        let bridge = try makeBridge(port: try await host.start(), store: store, clerk: clerk)
        try await run(bridge) {
            _ = try await host.element("probe") { $0["type"] == "probe" && $0["to"] == "alice@acme.example" }
            host.send("<presence from='alice@acme.example/desk' to='support@acme.example'/>")
            host.send(text("My unmistakable gizmo is broken"))
            _ = try await host.element("offer") { isMessage($0, to: "alice@acme.example", "Gold") }
            host.send(
                "<message type='chat' from='alice@acme.example/desk' to='support@care.acme.example'><body>accept</body></message>"
            )
            _ = try await host.element("text") { isMessage($0, to: "alice@acme.example", "unmistakable") }
            host.send(text("Another matter", from: "uma"))
            _ = try await host.element("second offer") { isMessage($0, to: "alice@acme.example", "Another matter") }

            let preview = try await bridge.ask(.erase("tom@home.example", isConfirmed: false))
            #expect(preview.contains("1 open conversations") && preview.contains("1 notes"))
            let answer = try await bridge.ask(.erase("tom@home.example", isConfirmed: true))
            #expect(answer.hasPrefix("Deleted: 1 conversations, 0 records, 1 notes"))
            _ = try await host.element("notice") { isMessage($0, to: "alice@acme.example", "being deleted") }
            let state = try await store.load()
            #expect(state.conversations.values.map(\.customer.rawValue) == ["uma@home.example"])
            await #expect(throws: OfficeRefusal.self) { try await bridge.ask(.erase("nobody", isConfirmed: true)) }
            await #expect(throws: OfficeRefusal.self) { try await bridge.ask(.publish(topic: "none", text: "x")) }
        }
        #expect(try await store.archived(customer: CustomerAddress("tom@home.example"), limit: 9).isEmpty)
        let bytes = try #require(FileManager.default.contents(atPath: folder + "/bridge.sqlite"))
        #expect(!bytes.contains(sequence: "unmistakable"))
        await host.stop()
    }

    @Test func keepsConversationsAndSubscribersOverARestart() async throws {
        let host = FakeHost()
        let port = try await host.start()
        let first = try makeBridge(port: port)
        try await run(first) {
            _ = try await host.element("probe") { $0["type"] == "probe" }
            host.send(
                """
                <presence type='subscribe' from='tom@home.example' to='support@acme.example'/>\
                <message type='chat' from='tom@home.example/phone' to='support@acme.example'><body>Hello?</body></message>
                """)
            _ = try await host.element("answer") { $0["to"] == "tom@home.example" && $0.name == "message" }
        }
        let second = try makeBridge(port: port)
        try await run(second) {
            _ = try await host.value("back") {
                host.received.count { $0["type"] == "probe" } == 2 ? true : nil
            }
            host.send("<presence from='alice@acme.example/desk' to='support@acme.example'/>")
            _ = try await host.element("offer") { isMessage($0, to: "alice@acme.example", "Hello?") }
            let presence = try await host.element("presence") {
                $0.name == "presence" && $0["to"] == "tom@home.example" && $0["type"] == nil
                    && $0.child("show", Namespace.client) == nil
            }
            #expect(presence["from"] == "support@acme.example")
        }
        let store = try makeStore()
        #expect(try await store.contactSubscribers() == ["support@acme.example": ["tom@home.example"]])
        #expect(try await store.load().conversations.values.map { $0.customerTexts.map(\.text) } == [["Hello?"]])
        await host.stop()
    }

    @Test func suggestsContactsOnceAlsoAfterARestart() async throws {
        let host = FakeHost()
        let port = try await host.start()
        let hello = """
            <presence type='subscribe' from='tom@home.example' to='support@acme.example'/>\
            <presence from='tom@home.example/phone' to='support@acme.example'/>
            """
        try await run(try makeBridge(port: port)) {
            _ = try await host.element("probe") { $0["type"] == "probe" }
            host.send(hello)
            let question = try await host.element("question") { $0.child("query", DiscoveryInfo.namespace) != nil }
            host.send(
                """
                <iq type='result' id='\(question["id"] ?? "")' from='tom@home.example/phone' to='support@acme.example'>\
                <query xmlns='\(DiscoveryInfo.namespace)'><feature var='\(RosterExchange.namespace)'/></query></iq>
                """)
            _ = try await host.element("suggestion") { $0.child("x", RosterExchange.namespace) != nil }
        }
        try await run(try makeBridge(port: port)) {
            _ = try await host.value("back") { host.received.count { $0["type"] == "probe" } == 2 ? true : nil }
            host.send(
                hello
                    + "<iq type='get' id='after' from='acme.example' to='care.acme.example'><ping xmlns='urn:xmpp:ping'/></iq>"
            )
            _ = try await host.element("pong") { $0["id"] == "after" }
        }
        #expect(host.received.count { $0.child("query", DiscoveryInfo.namespace) != nil } == 1)
        #expect(host.received.count { $0.child("x", RosterExchange.namespace) != nil } == 1)
        #expect(try await makeStore().introductions() == ["tom@home.example": [.exchange]])
        await host.stop()
    }

    @Test func losesNothingSaidToARoomThatIsGone() async throws {
        let host = FakeHost()
        let port = try await host.start()
        let first = try makeBridge(port: port)
        let original = try await run(first) {
            _ = try await host.element("probe") { $0["type"] == "probe" }
            host.send("<presence from='alice@acme.example/desk' to='support@acme.example'/>")
            host.send(text("My gizmo is broken"))
            _ = try await host.element("offer") { isMessage($0, to: "alice@acme.example", "Gold") }
            host.send(
                """
                <message type='chat' from='alice@acme.example/desk' to='support@care.acme.example'>\
                <body>accept</body></message>
                """)
            let relayed = try await host.element("text") {
                isMessage($0, to: "alice@acme.example", "My gizmo") && $0["from"] != "support@care.acme.example"
            }
            let room = try #require(relayed["from"])
            host.send(
                """
                <presence from='alice@acme.example/desk' to='\(room)/alice'>\
                <x xmlns='http://jabber.org/protocol/muc'/></presence>
                """)
            _ = try await host.element("subject") { $0.child("subject", Namespace.client) != nil }
            host.setAcknowledges(false)
            host.send(text("It smokes"))
            return try await host.element("groupchat") {
                isMessage($0, to: "alice@acme.example/desk", "It smokes") && $0["type"] == "groupchat"
            }
        }
        host.setAcknowledges(true)
        let store = try makeStore()
        try await run(try makeBridge(port: port, store: store)) {
            let chat = try await host.element("chat") {
                isMessage($0, to: "alice@acme.example", "It smokes") && $0["type"] == "chat"
            }
            #expect(chat["to"] == "alice@acme.example")
            let mark = chat.child("sent", "urn:switchboard:component:1")?["id"]
            #expect(mark != nil && mark == original.child("sent", "urn:switchboard:component:1")?["id"])
            #expect(chat.child("delay", "urn:xmpp:delay") != nil)
            try await everythingIsTaken(store, host)
        }
        #expect(host.received.filter { isMessage($0, to: "alice@acme.example", "It smokes") }.count == 2)
        await host.stop()
    }

    @Test func leavesNothingToReplayAtACleanEnd() async throws {
        let host = FakeHost()
        let store = try makeStore()
        try await run(try makeBridge(port: try await host.start(), store: store)) {
            _ = try await host.element("probe") { $0["type"] == "probe" }
            host.send(text("Hello?"))
            _ = try await host.element("answer") { $0["to"] == "tom@home.example" && $0.name == "message" }
        }
        #expect(try await store.eventCount() == 0)
        #expect(try await store.load().conversations.count == 1)
        await host.stop()
    }

    @Test func countsFromTheMomentOfAgreement() async throws {
        let host = FakeHost(early: text("Hello?"))
        let bridge = try makeBridge(port: try await host.start())
        try await run(bridge) {
            _ = try await host.element("answer to tom") { $0["to"] == "tom@home.example" && $0.name == "message" }
            host.send(text("Hello?", from: "uma"))
            _ = try await host.element("answer to uma") { $0["to"] == "uma@home.example" && $0.name == "message" }
            _ = try await host.value("acknowledged") { host.acknowledged == 1 ? true : nil }
        }
        #expect(!host.received.contains { $0.name == "a" && $0["h"] == "2" })
        await host.stop()
    }

    @Test func worksInFrontOfAnyServer() async throws {
        let host = FakeHost(attributes: "")
        let store = try makeStore()
        let bridge = try makeBridge(port: try await host.start(), store: store)
        try await run(bridge) {
            _ = try await host.element("probe") { $0["type"] == "probe" }
            host.send(
                "<message type='chat' from='tom@home.example/phone' to='support@acme.example'><body>Hello?</body></message>"
            )
            _ = try await host.element("answer") { $0["to"] == "tom@home.example" && $0.name == "message" }
            try await everythingIsTaken(store, host)
        }
        #expect(!host.received.contains { $0.namespace == "urn:xmpp:sm:3" })
        #expect(!host.received.contains { $0.child("sent", "urn:switchboard:component:1") != nil })
        await host.stop()
    }
}

extension Data {
    fileprivate func contains(sequence text: String) -> Bool { Array(self).firstRange(of: Array(text.utf8)) != nil }
}
