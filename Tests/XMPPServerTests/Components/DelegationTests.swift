//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Dispatch
import Testing
import XMPPCore
import XMPPStorage
import XMPPTestKit

@testable import XMPPServer

/// What is for a delegated address waits durably until its component has taken it.
@Suite struct DelegationTests {
    private static let domain = ComponentTests.domain
    private static let contact = "support@acme.example"

    private func withServer(
        database: XMPPDatabase? = nil, _ body: (TestServer) async throws -> Void
    ) async throws {
        var setup = TestServer.Setup()
        setup.components = [ComponentTests.configuration]
        setup.modules = [DelegatingModule(address: try JID(Self.contact), component: Self.domain)]
        setup.database = database
        try await TestServer.with(setup, body)
    }

    private func connect(_ server: TestServer, acknowledges: Bool = true) async throws -> ScriptedComponent {
        var component: ScriptedComponent?
        // The server may still be busy with the end of the connection before.
        try await server.eventually("the component to be let in") {
            component = try? await server.component(Self.domain, secret: "between us", acknowledges: acknowledges)
            return component != nil
        }
        guard let component else { throw ExpectationFailure("no component") }
        return component
    }

    private func ask(_ client: ScriptedClient, _ ids: ClosedRange<Int>) async throws {
        for id in ids {
            client.send("<message to='\(Self.contact)' type='chat' id='\(id)'><body>\(id)</body></message>")
        }
        try await client.settle()
    }

    private func take(_ component: ScriptedComponent, _ ids: ClosedRange<Int>) async throws -> [XMLElement] {
        var messages: [XMLElement] = []
        for id in ids {
            let message = try await component.expect("message \(id)") { $0.name == "message" }
            #expect(message["id"] == "\(id)")
            messages.append(message)
        }
        return messages
    }

    private func waiting(_ server: TestServer) async throws -> Int {
        try await server.core.outbox.usage(Self.domain).stanzas
    }

    @Test func waitsForTheComponent() async throws {
        try await withServer { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await ask(alice, 1...3)
            #expect(try await waiting(server) == 3)

            let component = try await connect(server)
            let messages = try await take(component, 1...3)
            try expect(
                messages[0],
                is: """
                    <message from='alice@acme.example/desk' to='support@acme.example' type='chat' id='1'>
                      <body>1</body><stanza-id xmlns='urn:xmpp:sid:0' by='acme.example' id='*'/>
                    </message>
                    """)
            let marks = messages.compactMap { $0.child("stanza-id", "urn:xmpp:sid:0")?["id"] }
            #expect(Set(marks).count == 3)
            #expect(try await waiting(server) == 3)

            component.acknowledge(2)
            try await server.eventually("two to be forgotten") { try await waiting(server) == 1 }
            component.acknowledge(3)
            try await server.eventually("all to be forgotten") { try await waiting(server) == 0 }
        }
    }

    /// RFC 6120 §8.1.5
    @Test func tellsTheLanguageOfTheStream() async throws {
        try await withServer { server in
            let component = try await connect(server)
            let alice = try await server.client("alice@acme.example/desk", language: "de")
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            alice.send("<message to='\(Self.contact)' type='chat' id='1'><body>Hallo</body></message>")
            alice.send("<message to='\(Self.contact)' type='chat' id='2' xml:lang='fr'><body>Salut</body></message>")
            alice.send("<message to='care@\(Self.domain)' type='chat' id='3'><body>Hallo</body></message>")
            alice.send("<message to='bob@acme.example' type='chat' id='4'><body>Hallo</body></message>")
            for language in ["de", "fr", "de"] {
                let message = try await component.expect("a message") { $0.name == "message" }
                #expect(message.language == language, "\(message)")
            }
            let message = try await bob.expect("a message") { $0.name == "message" }
            #expect(message["id"] == "4" && message.language == nil, "people get what was written")
            let silent = try await server.client("alice@acme.example/phone")
            silent.send("<message to='\(Self.contact)' type='chat' id='5'><body>Hello</body></message>")
            let last = try await component.expect("a message") { $0.name == "message" }
            #expect(last["id"] == "5" && last.language == nil)
        }
    }

    @Test func sendsAtOnceToAComponentThatIsThere() async throws {
        try await withServer { server in
            let alice = try await server.client("alice@acme.example/desk")
            let component = try await connect(server)
            try await ask(alice, 1...1)
            _ = try await take(component, 1...1)
            try await component.expect("a request") { $0.isNamed("r", "urn:xmpp:sm:3") }
            component.acknowledge(1)
            try await server.eventually("it to be forgotten") { try await waiting(server) == 0 }
        }
    }

    @Test func sendsAgainWhatWasNotAcknowledged() async throws {
        try await withServer { server in
            let alice = try await server.client("alice@acme.example/desk")
            let first = try await connect(server)
            try await ask(alice, 1...4)
            let marks = try await take(first, 1...4).map { $0.child("stanza-id", "urn:xmpp:sid:0")?["id"] }
            first.acknowledge(1)
            try await first.settle()
            await first.kill()
            try await ask(alice, 5...5)

            let second = try await connect(server)
            let again = try await take(second, 2...5)
            // The component knows them by the same ids.
            #expect(again.map { $0.child("stanza-id", "urn:xmpp:sid:0")?["id"] }.prefix(3) == marks[1...])
            second.acknowledge(4)
            try await server.eventually("all to be forgotten") { try await waiting(server) == 0 }
        }
    }

    @Test func survivesTheServer() async throws {
        let database = try XMPPDatabase(inMemory: "delegation")
        try await withServer(database: database) { server in
            try await ask(try await server.client("alice@acme.example/desk"), 1...2)
        }
        try await withServer(database: database) { server in
            _ = try await take(try await connect(server), 1...2)
        }
    }

    /// Nothing may leave the store before it is known whether the component acknowledges.
    @Test func holdsBackUntilTheComponentHasDecided() async throws {
        try await withServer { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await ask(alice, 1...1)
            let undecided = try await connect(server, acknowledges: false)
            try await ask(alice, 2...2)
            #expect(undecided.received().isEmpty)
            #expect(try await waiting(server) == 2)
            try await undecided.enableAcknowledgements()
            _ = try await take(undecided, 1...2)
            #expect(try await waiting(server) == 2)
        }
    }

    @Test func servesComponentsThatCannotAcknowledge() async throws {
        try await withServer { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await ask(alice, 1...2)
            let component = try await connect(server, acknowledges: false)
            // Its first stanza tells that it does not.
            try await component.settle()
            _ = try await take(component, 1...2)
            try await server.eventually("both to be forgotten") { try await waiting(server) == 0 }
            try await ask(alice, 3...3)
            _ = try await take(component, 3...3)
        }
    }

    @Test func worksThroughALongQueueInOrder() async throws {
        try await withServer { server in
            let alice = try await server.client("alice@acme.example/desk")
            let count = 700
            try await ask(alice, 1...count)
            let component = try await connect(server)
            for id in 1...count {
                let message = try await component.expect("message \(id)") { $0.name == "message" }
                #expect(message["id"] == "\(id)")
                if id.isMultiple(of: 50) { component.acknowledge(id) }
            }
            try await server.eventually("all to be forgotten") { try await waiting(server) == 0 }
        }
    }

    // MARK: From the component

    @Test func dropsWhatComesAgain() async throws {
        try await withServer { server in
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            let message = """
                <message from='\(Self.contact)' to='bob@acme.example' type='chat' id='1'><body>hello</body>\
                <origin-id xmlns='urn:xmpp:sid:0' id='line-1'/>\
                <sent xmlns='urn:switchboard:component:1' id='row-1'/></message>
                """
            let first = try await connect(server)
            first.send(message + message)
            #expect(try await first.handledByServer() == 2)
            await first.kill()
            let second = try await connect(server)
            second.send(message + message.replacing("row-1", with: "row-2").replacing("line-1", with: "line-2"))
            #expect(try await second.handledByServer() == 2)
            let messages = try await bob.settle()
            #expect(messages.count == 2, "the mark counts, and nothing else")
            for message in messages {
                #expect(
                    message.children.map(\.name) == ["body", "origin-id", "stanza-id"],
                    "the mark is between server and component")
            }
        }
    }

    @Test func acknowledgesWhatItHasStored() async throws {
        try await withServer { server in
            let component = try await connect(server)
            for id in 1...10 {
                component.send(
                    """
                    <message from='\(Self.contact)' to='dave@home.example' type='chat' id='\(id)'><body>hello</body>\
                    <sent xmlns='urn:switchboard:component:1' id='row-\(id)'/></message>
                    """)
            }
            #expect(try await component.handledByServer() == 10)
            #expect(try await server.core.offline.count("dave@home.example") == 10)
        }
    }

    private func marked(_ id: Int, to: String) -> String {
        """
        <message from='\(Self.contact)' to='\(to)' type='chat' id='\(id)'><body>hello</body>\
        <sent xmlns='urn:switchboard:component:1' id='row-\(id)'/></message>
        """
    }

    /// Keeps the writer busy; what it is given meanwhile waits in its queue.
    private func holdingWriter<T>(_ server: TestServer, _ body: () async throws -> T) async throws -> T {
        let gate = DispatchSemaphore(value: 0)
        defer { gate.signal() }
        await withCheckedContinuation { continuation in
            server.core.database.submit { _ in
                continuation.resume()
                gate.wait()
            } completion: { _ in
            }
        }
        return try await body()
    }

    @Test func recordsItsMessagesSideBySide() async throws {
        try await withServer { server in
            let component = try await connect(server)
            component.send(marked(1, to: "dave@home.example"))
            #expect(try await component.handledByServer() == 1)
            let ids = Array(1...100)
            try await holdingWriter(server) {
                // The first one comes again, and so do those that are still being written.
                component.send((ids + ids).map { marked($0, to: "dave@home.example") }.joined())
                try await server.eventually("all to wait for the writer") {
                    server.core.database.statistics.queuedOperations > 200
                }
                #expect(try await server.core.offline.count("dave@home.example") == 1)
            }
            #expect(try await component.handledByServer() == 201)
            #expect(try await server.core.offline.count("dave@home.example") == 100)
            let dave = try await server.client("dave@home.example/desk")
            dave.send("<presence/>")
            for id in ids { _ = try await dave.expect("<message id='\(id)'/>") }
            #expect(try await !dave.settle().contains { $0.name == "message" })
        }
    }

    @Test func keepsTheOrderOfAllItSends() async throws {
        try await withServer { server in
            let bob = try await server.client("bob@acme.example/desk", isAvailable: true)
            let component = try await connect(server)
            component.send(marked(0, to: "bob@acme.example"))
            #expect(try await component.handledByServer() == 1)
            // Recorded ones, some for the moment only, some without a mark.
            let texts = (1...60).map { id in
                let text = marked(id, to: "bob@acme.example")
                switch id % 3 {
                case 0: return text
                case 1: return text.replacing("<body>", with: "<no-store xmlns='urn:xmpp:hints'/><body>")
                default: return text.replacing("<sent ", with: "<kept ")
                }
            }
            component.send(texts.joined())
            #expect(try await component.handledByServer() == 61)
            for id in 0...60 {
                #expect(try await bob.expect("message \(id)") { $0.name == "message" }["id"] == "\(id)")
            }
        }
    }
}
