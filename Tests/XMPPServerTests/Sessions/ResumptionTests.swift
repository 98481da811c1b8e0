//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPServer
import XMPPStorage
import XMPPTestKit
import XMPPXML

/// XEP-0198 §5: sessions that outlive their connections.
@Suite struct ResumptionTests {
    private func chat(_ id: String, to: String) -> String {
        "<message to='\(to)' type='chat' id='\(id)'><body>\(id)</body></message>"
    }

    private func ids(_ stanzas: [XMLElement]) -> [String] {
        stanzas.filter { $0.name == "message" }.compactMap { $0["id"] }
    }

    private func detached(_ server: TestServer, _ jid: JID) async throws {
        try await server.eventually("the session to be without a connection") {
            server.core.accounts.online(jid)?.session(jid.resource ?? "")?.isDetached == true
        }
    }

    /// Connections go to the event loops in turn: with an odd number between them, two are on different ones.
    private func turn(_ server: TestServer, _ isOdd: Bool) async throws -> RawStream? {
        isOdd ? try await server.raw() : nil
    }

    @Test(arguments: [false, true])
    func goesOnWithWhatWasMissed(isOdd: Bool) async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await phone.enableResumption()
            phone.send(chat("from-bob", to: "carol@acme.example"))
            for number in 1...3 { alice.send(chat("before-\(number)", to: "bob@acme.example")) }
            try await phone.expect("<message id='before-3'/>")
            #expect(try await phone.handledByServer() == 1)
            await phone.kill()
            try await detached(server, phone.jid)
            for number in 1...3 { alice.send(chat("after-\(number)", to: "bob@acme.example")) }
            try await alice.settle()
            let other = try await turn(server, isOdd)
            // It had one and acknowledged none.
            let again = try await server.tryResume(phone.jid, id: id, handled: 1)
            guard case .resumed(let client, let handled) = again else { throw ExpectationFailure("\(again)") }
            #expect(handled == 1)
            try await client.expect("<message id='after-3'/>")
            #expect(ids(client.received()) == ["before-2", "before-3", "after-1", "after-2"])
            client.acknowledge(6)
            client.send(chat("from-bob-2", to: "alice@acme.example/desk"))
            try await alice.expect("<message id='from-bob-2' from='bob@acme.example/phone'/>")
            #expect(try await client.handledByServer() == 2)
            alice.send(chat("last", to: "bob@acme.example"))
            try await client.expect("<message id='last'/>")
            #expect(server.core.accounts.online(phone.jid)?.sessions.count == 1)
            await other?.close()
        }
    }

    @Test func keepsPresenceAndTellsNobody() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk", isAvailable: true)
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            phone.send("<presence to='alice@acme.example'><status>direct</status></presence>")
            try await alice.expect("<presence from='bob@acme.example/phone'/>")
            let id = try await phone.enableResumption()
            await phone.kill()
            try await detached(server, phone.jid)
            let again = try await server.resume(phone.jid, id: id, handled: 0)
            try await again.settle()
            #expect(try await alice.settle().isEmpty)
            // Directed presence is remembered: its addressee is told of the end.
            try await again.close()
            try await alice.expect("<presence from='bob@acme.example/phone' type='unavailable'/>")
        }
    }

    @Test(arguments: [false, true])
    func takesTheSessionFromAConnectionThatStillLives(isOdd: Bool) async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let old = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await old.enableResumption()
            alice.send(chat("1", to: "bob@acme.example"))
            try await old.expect("<message id='1'/>")
            let other = try await turn(server, isOdd)
            let new = try await server.resume(old.jid, id: id, handled: 1)
            #expect(try await old.ended().condition == "conflict")
            alice.send(chat("2", to: "bob@acme.example"))
            try await new.expect("<message id='2'/>")
            #expect(ids(new.received()).isEmpty)
            // Should it have come behind what waited, it waits until the client has it.
            new.acknowledge(2)
            try await server.eventually("an empty store") {
                try await server.core.offline.count("bob@acme.example") == 0
            }
            #expect(server.core.accounts.online(old.jid)?.sessions.count == 1)
            await other?.close()
        }
    }

    /// Of many who ask at once all are served in turn, and one has the session in the end.
    @Test func givesTheSessionToOneOfManyAtOnce() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let old = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await old.enableResumption()
            alice.send(chat("1", to: "bob@acme.example"))
            try await old.expect("<message id='1'/>")
            await old.kill()
            let connections = try await withThrowingTaskGroup(of: StreamConnection.self) { group in
                for _ in 0..<6 { group.addTask { try await server.loggedIn(old.jid.bare) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let clients = connections.map { ScriptedClient(jid: old.jid, connection: $0) }
            for client in clients { client.send("<resume xmlns='urn:xmpp:sm:3' previd='\(id)' h='0'/>") }
            // Whoever has lost it again, perhaps before it knew, is told so.
            var holders: [ScriptedClient] = []
            for client in clients {
                let answer = try await client.expect("an answer") { ["resumed", "error"].contains($0.name) }
                if answer.name == "resumed" { holders.append(client) }
            }
            alice.send(chat("2", to: "bob@acme.example"))
            var conflicts = clients.count - holders.count
            var deliveries = 0
            for client in holders {
                let next = try await client.expect("the message or the end") {
                    $0["id"] == "2" || $0.isNamed("error", Namespace.streams)
                }
                guard next["id"] == "2" else {
                    conflicts += 1
                    continue
                }
                deliveries += 1
                client.acknowledge(2)
            }
            #expect(deliveries == 1)
            #expect(conflicts == clients.count - 1)
            #expect(server.core.accounts.online(old.jid)?.sessions.count == 1)
            try await server.eventually("nothing left to be given to anybody") {
                try await server.core.offline.count("bob@acme.example") == 0
            }
        }
    }

    @Test func knowsNothingOfOthersSessions() async throws {
        try await TestServer.with { server in
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await phone.enableResumption()
            let wrong = try await server.tryResume(JID("carol@acme.example/phone"), id: id, handled: 0)
            guard case .failed(let answer, let connection) = wrong else { throw ExpectationFailure("taken") }
            #expect(answer.child("item-not-found", Namespace.stanzaErrors) != nil)
            #expect(answer["h"] == nil)
            // Binding is still possible (XEP-0198 §5), and the session was not touched.
            #expect(try await connection.bind("phone").resource == "phone")
            try await phone.settle()
        }
    }

    @Test func refusesEnablingBeforeBinding() async throws {
        try await TestServer.with { server in
            let connection = try await server.loggedIn(JID("bob@acme.example"))
            let client = ScriptedClient(jid: try JID("bob@acme.example/phone"), connection: connection)
            client.send("<enable xmlns='urn:xmpp:sm:3' resume='true'/>")
            try await client.expect(
                """
                <failed xmlns='urn:xmpp:sm:3'>\
                <unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>
                """)
            #expect(try await connection.bind("phone").resource == "phone")
        }
    }

    @Test func endsAtOnceWhenTheClientSaysGoodbye() async throws {
        try await TestServer.with { server in
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await phone.enableResumption()
            try await phone.close()
            try await server.eventually("the end") { server.core.accounts.online(phone.jid) == nil }
            guard case .failed = try await server.tryResume(phone.jid, id: id, handled: 0) else {
                throw ExpectationFailure("resumed")
            }
        }
    }

    @Test func endsWhenItsTimeIsUpAndKeepsWhatHadNotArrived() async throws {
        try await TestServer.with(configure: { $0.limits.resumptionSeconds = 1 }) { server in
            let alice = try await server.client("alice@acme.example/desk", isAvailable: true)
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            phone.send("<presence to='alice@acme.example'/>")
            try await alice.expect("<presence from='bob@acme.example/phone'/>")
            let id = try await phone.enableResumption(maximum: 300)
            alice.send(chat("1", to: "bob@acme.example"))
            try await phone.expect("<message id='1'/>")
            await phone.kill()
            try await detached(server, phone.jid)
            alice.send(chat("2", to: "bob@acme.example"))
            alice.send("<iq type='get' id='asked' to='bob@acme.example/phone'><query xmlns='some:thing'/></iq>")
            try await alice.expect("<presence from='bob@acme.example/phone' type='unavailable'/>")
            try await server.eventually("both messages in the store") {
                try await server.core.offline.count("bob@acme.example") == 2
            }
            #expect(try await alice.answer(to: "asked")["type"] == "error")
            guard case .failed = try await server.tryResume(phone.jid, id: id, handled: 0) else {
                throw ExpectationFailure("resumed")
            }
        }
    }

    /// A count that cannot be ends the new stream, not the session.
    @Test func refusesImpossibleCounts() async throws {
        try await TestServer.with { server in
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await phone.enableResumption()
            await phone.kill()
            try await detached(server, phone.jid)
            let connection = try await server.loggedIn(phone.jid.bare)
            let client = ScriptedClient(jid: phone.jid, connection: connection)
            client.send("<resume xmlns='urn:xmpp:sm:3' previd='\(id)' h='7'/>")
            let end = try await client.ended()
            #expect(end.condition == "undefined-condition")
            #expect(end.error?.child("handled-count-too-high", "urn:xmpp:sm:3")?["h"] == "7")
            _ = try await server.resume(phone.jid, id: id, handled: 0)
        }
    }

    @Test func keepsOnlyTheLatestPresenceOfEach() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            phone.send("<presence to='alice@acme.example'/>")
            try await phone.settle()
            let id = try await phone.enableResumption()
            await phone.kill()
            try await detached(server, phone.jid)
            for number in 1...50 {
                alice.send("<presence to='bob@acme.example/phone'><status>\(number)</status></presence>")
                if number == 25 { alice.send(chat("half", to: "bob@acme.example")) }
            }
            try await alice.settle()
            let again = try await server.resume(phone.jid, id: id, handled: 0)
            let all = try await again.settle().filter { $0.name != "r" }
            #expect(all.map(\.name) == ["message", "presence"])
            #expect(all.last?.child("status", Namespace.client)?.text == "50")
        }
    }

    @Test func endsTheOldestWhenTooManyWait() async throws {
        try await TestServer.with(configure: { $0.limits.detachedSessions = 2 }) { server in
            for name in ["a", "b", "c"] {
                let client = try await server.client("bob@acme.example/\(name)", isAvailable: true)
                _ = try await client.enableResumption()
                await client.kill()
                try await server.eventually("\(name) to wait, or to have ended") {
                    let sessions = server.core.accounts.online(client.jid)?.sessions ?? []
                    return sessions.first { $0.resource == name }?.isDetached ?? false
                }
            }
            try await server.eventually("the oldest to be gone") {
                server.core.accounts.online(try JID("bob@acme.example"))?.sessions.map(\.resource) == ["b", "c"]
            }
        }
    }

    @Test func anotherBindingOfTheResourceEndsIt() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await phone.enableResumption()
            await phone.kill()
            try await detached(server, phone.jid)
            alice.send(chat("1", to: "bob@acme.example"))
            try await alice.settle()
            let again = try await server.client("bob@acme.example/phone", isAvailable: false)
            again.send("<presence/>")
            try await again.expect("<message id='1'/>")
            guard case .failed = try await server.tryResume(phone.jid, id: id, handled: 0) else {
                throw ExpectationFailure("resumed")
            }
        }
    }

    /// Features see a session come and go, and take elements that are no stanzas.
    @Test func tellsFeatures() async throws {
        struct Listener: ServerModule {
            let id = "listener"
            let log: Watched<[String]>

            func register(in registrar: inout ModuleRegistrar) {
                registrar.element("active", "test:state") { [log] element, session, _ in
                    log.change { $0.append("\(element.name) \(session.jid)") }
                }
                registrar.observe { [log] event, _ in
                    switch event {
                    case .detached(let session): log.change { $0.append("detached \(session.jid)") }
                    case .resumed(let session): log.change { $0.append("resumed \(session.jid)") }
                    default: break
                    }
                    return nil
                }
            }
        }
        let log = Watched<[String]>([])
        try await TestServer.with(modules: [Listener(log: log)]) { server in
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await phone.enableResumption()
            phone.send("<active xmlns='test:state'/>")
            try await phone.settle()
            await phone.kill()
            try await detached(server, phone.jid)
            let again = try await server.resume(phone.jid, id: id, handled: 0)
            again.send("<active xmlns='test:state'/>")
            try await again.settle()
            #expect(
                log.value
                    == ["active", "detached", "resumed", "active"].map { "\($0) bob@acme.example/phone" })
            again.send("<inactive xmlns='test:state'/>")
            #expect(try await again.ended().condition == "unsupported-stanza-type")
        }
    }

    /// A connected client that acknowledges nothing keeps its session, a bounded part of it in memory.
    @Test(arguments: [false, true])
    func spillsToDiskAndGivesItBack(isConnected: Bool) async throws {
        try await TestServer.with(configure: {
            $0.archive.isEnabled = false
            $0.limits.queueMemory = 65_536
        }) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            let id = try await phone.enableResumption()
            if !isConnected {
                await phone.kill()
                try await detached(server, phone.jid)
            }
            let text = String(repeating: "x", count: 2000)
            let count = 600
            for number in 0..<count {
                alice.send("<message to='bob@acme.example' type='chat' id='\(number)'><body>\(text)</body></message>")
            }
            try await alice.settle()
            if isConnected { try await phone.expect("<message id='\(count - 1)'/>") }
            try await server.eventually("something on the disk") {
                try await SessionStore(server.database).queue(of: 1, limit: 1).count == 1
            }
            let again = try await server.resume(phone.jid, id: id, handled: 100 * (isConnected ? 1 : 0))
            try await again.expect("<message id='\(count - 1)'/>")
            let first = isConnected ? 100 : 0
            #expect(ids(again.received()) == (first..<(count - 1)).map { String($0) })
            again.acknowledge(count)
            try await again.settle()
            try await server.eventually("the disk to be free again") {
                try await SessionStore(server.database).queue(of: 1, limit: 1).isEmpty
            }
            #expect(try await server.core.offline.count("bob@acme.example") == 0)
        }
    }

    @Test func givesAwayWhatLiesOnDiskWhenItEnds() async throws {
        try await TestServer.with(configure: {
            $0.archive.isEnabled = false
            $0.limits.queueMemory = 65_536
            $0.limits.queueStanzas = 250
        }) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            _ = try await phone.enableResumption()
            await phone.kill()
            try await detached(server, phone.jid)
            let text = String(repeating: "x", count: 2000)
            let count = 300
            for number in 0..<count {
                alice.send("<message to='bob@acme.example' type='chat' id='\(number)'><body>\(text)</body></message>")
            }
            // More than may wait: their sender hears of it, and the session goes on.
            var refused = Set(try await alice.settle().filter { $0["type"] == "error" }.compactMap { $0["id"] })
            while refused.count < count - 250 {
                let element = try await alice.next()
                if element["type"] == "error" { #expect(refused.insert(element["id"] ?? "").inserted) }
            }
            #expect(refused == Set((250..<count).map { String($0) }))
            #expect(try await server.core.offline.count("bob@acme.example") == 0)
            // It ends, and all goes to the offline store in order.
            try #require(server.core.accounts.online(phone.jid)?.session("phone")).handle.end(StreamError(.conflict))
            try await server.eventually("all of them in the store", within: .seconds(20)) {
                try await server.core.offline.count("bob@acme.example") == 250
            }
            let stored = try await server.core.offline.load("bob@acme.example", limit: count)
            #expect(try stored.map { try XMLElement(parsing: $0.stanza)["id"] } == (0..<250).map { String($0) })
        }
    }
}
