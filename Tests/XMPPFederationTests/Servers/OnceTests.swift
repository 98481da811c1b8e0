//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPFederation
import XMPPStorage
import XMPPTestKit

/// What is sent a second time, as nobody knew whether it had arrived.
@Suite struct OnceTests {
    private func message(_ id: String, mark: String) -> String {
        """
        <message from='tom@partner.example/x' to='alice@acme.example' type='chat' id='\(id)'><body>\(id)</body>\
        <sent xmlns='urn:switchboard:federation:1' id='\(mark)'/></message>
        """
    }

    /// What of these messages comes to the client before the last one.
    private func ids(_ client: ScriptedClient, until last: String) async throws -> [String] {
        var ids: [String] = []
        while ids.last != last {
            let next = try await client.expect("a message") { $0.name == "message" }
            #expect(next.child("sent", "urn:switchboard:federation:1") == nil)
            ids.append(next["id"] ?? "")
        }
        return ids
    }

    @Test func aMessageSentAgainIsTakenOnce() async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let first = try await servers.authenticated(once: true)
            first.send(message("a", mark: "1.1"))
            first.send(message("b", mark: "2.1"))
            _ = try await ids(alice, until: "b")
            let second = try await servers.authenticated(once: true)
            for (id, mark) in [("a", "1.1"), ("b", "2.1"), ("c", "3.1")] { second.send(message(id, mark: mark)) }
            #expect(try await ids(alice, until: "c") == ["c"])
        }
    }

    @Test func marksCountOnlyWhereThatIsAgreedOn() async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let stream = try await servers.authenticated()
            for id in ["a", "b", "c"] { stream.send(message(id, mark: "1.1")) }
            #expect(try await ids(alice, until: "c") == ["a", "b", "c"])
        }
    }

    @Test(arguments: ["", String(repeating: "x", count: 65)])
    func marksThatCannotBeRememberedAreNone(_ mark: String) async throws {
        try await FederatedServers.with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let stream = try await servers.authenticated(once: true)
            for id in ["a", "b"] { stream.send(message(id, mark: mark)) }
            #expect(try await ids(alice, until: "b") == ["a", "b"])
        }
    }

    @Test func aMessageIsKnownAgainAfterARestart() async throws {
        let database = try XMPPDatabase(inMemory: "federation-once-restart")
        var side = FederatedServers.Side()
        side.database = database
        for round in 0..<2 {
            try await FederatedServers.with(acme: side) { servers in
                let stream = try await servers.authenticated(once: true)
                stream.send("<enable xmlns='urn:xmpp:sm:3'/>")
                for (id, mark) in [("a", "1.1"), ("b", "2.1")] { stream.send(message(id, mark: mark)) }
                stream.send("<r xmlns='urn:xmpp:sm:3'/>")
                let answer = try await stream.expect("an acknowledgement") { $0.isNamed("a", "urn:xmpp:sm:3") }
                #expect(answer["h"] == "2")
                guard round == 1 else { return }
                let alice = try await servers.acme.client("alice@acme.example/desk")
                alice.send("<presence/>")
                #expect(try await ids(alice, until: "b") == ["a", "b"])
                stream.send(message("c", mark: "3.1"))
                #expect(try await ids(alice, until: "c") == ["c"])
            }
        }
    }

    @Test(arguments: [true, false]) func nothingIsLostOrDoubledWhenConnectionsBreak(_ isAnotherToo: Bool) async throws {
        let count = 300
        var side = FederatedServers.Side()
        side.limits.firstPause = 0.1
        try await FederatedServers.with(acme: side, partner: side) { servers in
            let proxy = try await CuttingProxy.start(to: try #require(servers.ports["partner.example"]))
            servers.ports.set("partner.example", proxy.port)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            // With a stream of the other side's that goes both ways, or with one of ours.
            if isAnotherToo {
                tom.send("<message to='alice@acme.example' type='chat' id='first'><body>first</body></message>")
                try await alice.expect("<message id='first'/>")
            }
            for number in 0..<count {
                alice.send(
                    "<message to='tom@partner.example' type='chat' id='n\(number)'><body>\(number)</body></message>")
            }
            for number in 0..<count {
                let next = try await tom.expect("a message") { $0.name == "message" }
                #expect(next["id"] == "n\(number)")
                if number % 60 == 30 { await proxy.cut() }
            }
            let rest = try await tom.settle()
            #expect(!rest.contains { $0.name == "message" })
            await proxy.stop()
        }
    }

    // MARK: Servers that do not acknowledge

    @Test func whoDoesNotAcknowledgeIsAsked() async throws {
        let database = try XMPPDatabase(inMemory: "federation-asked")
        var side = FederatedServers.Side()
        side.database = database
        try await FederatedServers.with(acme: side) { servers in
            let none = StorageQuota(stanzas: 0, bytes: 0)
            let outbox = FederationOutbox(database, quota: none, total: none)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            servers.ports.set("partner.example", nil)
            let stream = try await servers.authenticated(bidi: true)
            alice.send("<message to='tom@partner.example' id='b1' type='chat'><body>back</body></message>")
            try await stream.expect("<message id='b1'/>")
            let question = try await stream.expect("<iq type='get' from='acme.example' to='partner.example'/>")
            #expect(question.child("ping", "urn:xmpp:ping") != nil)
            try await servers.acme.eventually("what is on its way in the outbox") {
                try await outbox.usage("partner.example").stanzas == 1
            }
            let id = try #require(question["id"])
            // Somebody else's answer is none.
            stream.send("<iq type='result' id='\(id)' from='tom@partner.example' to='acme.example'/>")
            stream.send("<iq type='result' id='\(id)x' from='partner.example' to='acme.example'/>")
            alice.send("<message to='tom@partner.example' id='b2' type='chat'><body>back</body></message>")
            try await stream.expect("<message id='b2'/>")
            try await servers.acme.eventually("what is on its way in the outbox") {
                try await outbox.usage("partner.example").stanzas == 2
            }
            stream.send("<iq type='result' id='\(id)' from='partner.example' to='acme.example'/>")
            try await servers.acme.eventually("one message less on disk") {
                try await outbox.usage("partner.example").stanzas == 1
            }
            let second = try await stream.expect("<iq type='get' from='acme.example' to='partner.example'/>")
            stream.send("<iq type='error' id='\(second["id"] ?? "")' from='partner.example' to='acme.example'/>")
            try await servers.acme.eventually("an empty outbox") {
                try await outbox.usage("partner.example").stanzas == 0
            }
        }
    }

    @Test func theFirstAcknowledgementCoversWhatWasSentBefore() async throws {
        let database = try XMPPDatabase(inMemory: "federation-counted-late")
        var side = FederatedServers.Side()
        side.database = database
        try await FederatedServers.with(acme: side) { servers in
            let none = StorageQuota(stanzas: 0, bytes: 0)
            let outbox = FederationOutbox(database, quota: none, total: none)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            servers.ports.set("partner.example", nil)
            let stream = try await servers.authenticated(bidi: true)
            alice.send("<message to='tom@partner.example' id='b1' type='chat'><body>back</body></message>")
            try await stream.expect("<message id='b1'/>")
            stream.send("<enable xmlns='urn:xmpp:sm:3'/>")
            try await stream.expect("enabled") { $0.isNamed("enabled", "urn:xmpp:sm:3") }
            alice.send("<message to='tom@partner.example' id='b2' type='chat'><body>back</body></message>")
            try await stream.expect("<message id='b2'/>")
            try await stream.expect("a request") { $0.isNamed("r", "urn:xmpp:sm:3") }
            try await servers.acme.eventually("what is on its way in the outbox") {
                try await outbox.usage("partner.example").stanzas == 2
            }
            stream.send("<a xmlns='urn:xmpp:sm:3' h='1'/>")
            try await servers.acme.eventually("an empty outbox") {
                try await outbox.usage("partner.example").stanzas == 0
            }
        }
    }

    // MARK: Messages that are not written first

    @Test func whatIsOnItsWayForLongIsWritten() async throws {
        let database = try XMPPDatabase(inMemory: "federation-passage")
        var side = FederatedServers.Side()
        side.database = database
        let none = StorageQuota(stanzas: 0, bytes: 0)
        let outbox = FederationOutbox(database, quota: none, total: none)
        try await FederatedServers.with(acme: side) { servers in
            servers.ports.set("partner.example", nil)
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let stream = try await servers.authenticated(bidi: true)
            // Nothing is answered before the other server has the message, or it is written.
            alice.send("<message to='tom@partner.example' id='p1' type='chat'><body>one</body></message>")
            try await stream.expect("<message id='p1'/>")
            _ = try await alice.settle()
            #expect(try await outbox.usage("partner.example").stanzas == 1)
        }
        // It is there after the end of the process, and goes out to whoever is there then.
        try await FederatedServers.with(acme: side) { servers in
            let tom = try await servers.partner.client("tom@partner.example/home", isAvailable: true)
            try await tom.expect("<message id='p1'/>")
            try await servers.acme.eventually("an empty outbox") {
                try await outbox.usage("partner.example").stanzas == 0
            }
        }
    }
}
