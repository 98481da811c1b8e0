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

/// Sessions over a stop of the server, and over its death: a second server on the same store.
@Suite struct RestartTests {
    private func chat(_ id: String, to: String) -> String {
        "<message to='\(to)' type='chat' id='\(id)'><body>\(id)</body></message>"
    }

    private func ids(_ stanzas: [XMLElement]) -> [String] {
        stanzas.filter { $0.name == "message" }.compactMap { $0["id"] }
    }

    private func server(_ database: XMPPDatabase, hasArchives: Bool = true) async throws -> TestServer {
        var setup = TestServer.Setup()
        setup.database = database
        setup.configure = { $0.archive.isEnabled = hasArchives }
        return try await TestServer.start(setup)
    }

    @Test func goOnAfterACleanStop() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk", isAvailable: true)
        let phone = try await first.client("bob@acme.example/phone")
        try await phone.roster()
        phone.send("<presence><status>here</status></presence>")
        phone.send("<presence to='alice@acme.example'/>")
        try await alice.expect("<presence from='bob@acme.example/phone'/>")
        try await phone.settle()
        let id = try await phone.enableResumption()
        let desk = try await alice.enableResumption()
        phone.send(chat("from-bob", to: "alice@acme.example"))
        for number in 1...4 { alice.send(chat("\(number)", to: "bob@acme.example")) }
        try await phone.expect("<message id='4'/>")
        try await alice.expect("<message id='from-bob'/>")
        phone.acknowledge(1)
        #expect(try await phone.handledByServer() == 1)
        #expect(try await alice.handledByServer() == 4)
        await first.stop()
        #expect(try await phone.ended().condition == "system-shutdown")
        // Both kept: nobody was told that anybody went.
        #expect(try await alice.ended().rest.allSatisfy { $0.name != "presence" })

        let second = try await server(database)
        let online = try #require(second.core.accounts.online(phone.jid))
        #expect(online.session("phone")?.isDetached == true)
        #expect(online.session("phone")?.presence?.child("status", Namespace.client)?.text == "here")
        let carol = try await second.client("carol@acme.example/desk")
        carol.send(chat("5", to: "bob@acme.example"))
        try await carol.settle()
        let again = try await second.tryResume(phone.jid, id: id, handled: 2)
        guard case .resumed(let client, let handled) = again else { throw ExpectationFailure("\(again)") }
        #expect(handled == 1)
        try await client.expect("<message id='5'/>")
        #expect(ids(client.received()) == ["3", "4"])
        let back = try await second.tryResume(alice.jid, id: desk, handled: 1)
        guard case .resumed(let alices, let count) = back else { throw ExpectationFailure("\(back)") }
        #expect(count == 4)
        #expect(try await alices.settle().filter { $0.name != "r" }.isEmpty)
        // Directed presence is remembered.
        try await client.close()
        try await alices.expect("<presence from='bob@acme.example/phone' type='unavailable'/>")
        try await second.eventually("what had not been acknowledged in the store") {
            try await second.core.offline.count("bob@acme.example") == 3
        }
        await second.stop()
    }

    /// A session that rests twice rests as well as once, also what was never sent.
    @Test func restAgainAndAgain() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        var running = try await server(database)
        let phone = try await running.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        for round in 1...3 {
            let alice = try await running.client("alice@acme.example/desk")
            alice.send(chat("\(round)", to: "bob@acme.example"))
            try await alice.settle()
            try await alice.close()
            await running.stop()
            running = try await server(database)
        }
        // The first one was sent, and may have arrived.
        let client = try await running.resume(phone.jid, id: id, handled: 1)
        try await client.expect("<message id='3'/>")
        #expect(ids(client.received()) == ["2"])
        client.acknowledge(3)
        try await client.settle()
        await running.stop()
        running = try await server(database)
        let last = try await running.resume(phone.jid, id: id, handled: 4)
        #expect(ids(try await last.settle()).isEmpty)
        await running.stop()
    }

    /// What is still in the offline store when the server stops comes before what is new afterwards.
    @Test func letNothingOvertakeWhatStillWaits() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        for number in 0..<150 { alice.send(chat("\(number)", to: "bob@acme.example")) }
        try await alice.settle()
        let phone = try await first.client("bob@acme.example/phone")
        let id = try await phone.enableResumption()
        phone.send("<presence/>")
        // The rest is not given before this has arrived.
        try await phone.expect("<message id='99'/>")
        await first.stop()
        let second = try await server(database)
        let again = try await second.client("alice@acme.example/desk")
        for number in 150..<153 { again.send(chat("\(number)", to: "bob@acme.example")) }
        try await again.settle()
        // The presence and the first hundred had come.
        var stanzas = 101
        let client = try await second.resume(phone.jid, id: id, handled: stanzas)
        var came: [String] = []
        while came.last != "152" {
            let element = try await client.next()
            if element.name == "message" || element.name == "presence" { stanzas += 1 }
            if element.name == "r" { client.acknowledge(stanzas) }
            came += ids([element])
        }
        #expect(came == (100..<153).map { "\($0)" })
        await second.stop()
    }

    /// What was waiting in the offline store and is under way belongs to one of the two after a restart.
    @Test func takeOfflineMessagesWithThem() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        for number in 1...3 { alice.send(chat("\(number)", to: "bob@acme.example")) }
        try await alice.settle()
        let phone = try await first.client("bob@acme.example/phone")
        let id = try await phone.enableResumption()
        phone.send("<presence/>")
        try await phone.expect("<message id='3'/>")
        await first.stop()
        let second = try await server(database)
        #expect(try await second.core.offline.count("bob@acme.example") == 0)
        // The presence and one message had come.
        let client = try await second.resume(phone.jid, id: id, handled: 2)
        try await client.expect("<message id='3'/>")
        #expect(ids(client.received()) == ["2"])
        try await client.close()
        try await second.eventually("what had not arrived in the store") {
            try await second.core.offline.count("bob@acme.example") == 2
        }
        await second.stop()
    }

    /// The second server starts while the first one still runs: as if that had been killed.
    @Test func keepTheirCountsWhenTheServerDies() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let desk = try await alice.enableResumption()
        // Kept for dave, not kept at all, and answered: all of it is counted.
        alice.send(chat("1", to: "dave@home.example"))
        alice.send("<presence/>")
        alice.send("<iq type='get' id='i' to='acme.example'><ping xmlns='urn:xmpp:ping'/></iq>")
        #expect(try await alice.handledByServer() == 3)
        let second = try await server(database)
        let again = try await second.tryResume(alice.jid, id: desk, handled: 12)
        guard case .resumed(let client, let handled) = again else { throw ExpectationFailure("\(again)") }
        #expect(handled == 3)
        client.send(chat("2", to: "dave@home.example"))
        #expect(try await client.handledByServer() == 4)
        // Its own counting goes on from the client's word.
        let carol = try await second.client("carol@acme.example/desk")
        carol.send(chat("3", to: "alice@acme.example/desk"))
        try await client.expect("<message id='3'/>")
        client.acknowledge(13)
        try await client.settle()
        await second.stop()
        await first.stop()
    }

    @Test func rememberHowFarTheyCame() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        phone.send(chat("1", to: "dave@home.example"))
        #expect(try await phone.handledByServer() == 1)
        try await phone.close()
        try await first.eventually("the end to be written") {
            let again = try await first.tryResume(phone.jid, id: id, handled: 0)
            guard case .failed(let answer, _) = again else { throw ExpectationFailure("\(again)") }
            return answer["h"] == "1" && answer.child("item-not-found", Namespace.stanzaErrors) != nil
        }
        await first.stop()
        let second = try await server(database)
        let later = try await second.tryResume(phone.jid, id: id, handled: 0)
        guard case .failed(let answer, _) = later else { throw ExpectationFailure("\(later)") }
        #expect(answer["h"] == "1")
        let others = try await second.tryResume(JID("carol@acme.example/phone"), id: id, handled: 0)
        guard case .failed(let refusal, _) = others else { throw ExpectationFailure("\(others)") }
        #expect(refusal["h"] == nil)
        await second.stop()
    }

    @Test func endWithTheirAccount() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        _ = try await phone.enableResumption()
        await first.stop()
        try await AccountStore(database).delete("bob@acme.example")
        var setup = TestServer.Setup()
        setup.database = database
        setup.accounts = []
        let second = try await TestServer.start(setup)
        #expect(second.core.accounts.online(phone.jid) == nil)
        await second.stop()
    }

    /// What the archive holds after the client's last acknowledgement comes again, the rest does not.
    @Test(arguments: [false, true]) func readTheArchiveWhenTheServerDies(hasCarbons: Bool) async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        if hasCarbons {
            let account = try #require(first.core.accounts.online(phone.jid))
            let session = try #require(account.session("phone"))
            account.update(session.handle) { $0.carbons = true }
            phone.send("<presence><status>copied</status></presence>")
            try await first.eventually("the wish for copies on disk") {
                try await SessionStore(database).all().first?.status.hasCarbons == true
            }
        }
        let archive = ArchiveStore(database)
        func keep(_ id: String, to: String, isOutgoing: Bool = false) async throws {
            let other = "alice@acme.example"
            _ = try await archive.append(
                NewArchiveEntry(
                    stanza:
                        "<message xmlns='jabber:client' from='\(other)/desk' to='\(to)' id='\(id)'><body/></message>",
                    owners: [.init(account: "bob@acme.example", peer: other, isOutgoing: isOutgoing)],
                    sender: other, arrived: Timestamp.now().milliseconds))
        }
        try await keep("1", to: "bob@acme.example")
        try await keep("2", to: "bob@acme.example/phone")
        try await keep("3", to: "bob@acme.example/other")
        try await keep("4", to: "bob@acme.example", isOutgoing: true)
        let second = try await server(database)
        let client = try await second.resume(phone.jid, id: id, handled: 9)
        let came = try await client.settle().filter { $0.name == "message" }
        #expect(came.compactMap { $0["id"] } == ["1", "2"])
        let copied = ["received", "sent"].map { direction in
            came.compactMap {
                $0.child(direction, "urn:xmpp:carbons:2")?.firstChild?.firstChild?["id"]
            }
        }
        #expect(copied == (hasCarbons ? [["3"], ["4"]] : [[], []]))
        for message in came where message["id"] != nil {
            #expect(message.child("stanza-id", "urn:xmpp:sid:0")?["by"] == "bob@acme.example")
        }
        await second.stop()
        await first.stop()
    }

    /// Without an archive, what came for a session without a connection is its queue's alone.
    @Test func keepMessagesThatNoArchiveHoldsWhenTheServerDies() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database, hasArchives: false)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        alice.send(chat("1", to: "bob@acme.example"))
        try await phone.expect("<message id='1'/>")
        await phone.kill()
        try await first.eventually("the session to be without a connection") {
            first.core.accounts.online(phone.jid)?.session("phone")?.isDetached == true
        }
        alice.send(chat("2", to: "bob@acme.example"))
        try await alice.settle()
        let store = SessionStore(database)
        try await first.eventually("both on the disk") { try await store.queue(of: 1, limit: 9).count == 2 }
        let second = try await server(database, hasArchives: false)
        let client = try await second.resume(phone.jid, id: id, handled: 0)
        try await client.expect("<message id='2'/>")
        #expect(ids(client.received()) == ["1"])
        client.acknowledge(2)
        try await second.eventually("nothing more on the disk") { try await store.queue(of: 1, limit: 9).isEmpty }
        await second.stop()
        await first.stop()
    }

    /// What was sent before the server died nobody knows, also after a stop in good order that follows.
    @Test func takeTheClientsWordAlsoAfterAFurtherStop() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let alice = try await first.client("alice@acme.example/desk")
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        let id = try await phone.enableResumption()
        for number in 1...3 { alice.send(chat("\(number)", to: "bob@acme.example")) }
        try await phone.expect("<message id='3'/>")
        let second = try await server(database)
        await second.stop()
        let third = try await server(database)
        let client = try await third.resume(phone.jid, id: id, handled: 3)
        try await client.expect("<message id='3'/>")
        #expect(ids(client.received()) == ["1", "2"])
        // Counted again from the client's word on.
        client.acknowledge(6)
        try await client.settle()
        await third.stop()
        await first.stop()
    }

    /// A full disk does not make a server forget what a client has switched on.
    @Test func writeAgainWhatCouldNotBeWritten() async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let first = try await server(database)
        let phone = try await first.client("bob@acme.example/phone", isAvailable: true)
        _ = try await phone.enableResumption()
        try await phone.settle()
        let text = String(repeating: "x", count: 60_000)
        try await database.limitSize(pages: 1)
        phone.send("<presence><status>\(text)</status></presence>")
        try await first.eventually("a write to fail") { !first.core.isHealthy }
        try await database.limitSize(pages: 1_000_000)
        try await first.eventually("the presence on disk") {
            try await SessionStore(database).all().first?.status.presence?.contains(text) == true
        }
        await first.stop()
    }

    /// The server can die between a session's beginning and the end of the one whose resource it took.
    @Test(arguments: [600, 0]) func leaveOneSessionOfAResource(seconds: Int) async throws {
        let database = try XMPPDatabase(inMemory: "restart")
        let store = SessionStore(database)
        let jid = try JID("bob@acme.example/phone")
        try await database.write { context in
            for key in Int64(1)...2 {
                try store.insert(
                    StoredSession(
                        key: key, id: "id-\(key)", account: "bob@acme.example", resource: "phone", device: nil,
                        seconds: key == 1 ? seconds : 600,
                        status: SessionStatus(presence: "<presence xmlns='jabber:client'/>"),
                        counters: SessionCounters(handled: 5)), in: context)
                try store.enqueue(
                    [
                        StoredQueueEntry(
                            ordinal: 0,
                            stanza: """
                                <message xmlns='jabber:client' from='alice@acme.example/desk' to='bob@acme.example' \
                                id='\(key)'><body>x</body></message>
                                """, archiveID: nil, arrived: 1)
                    ], of: key, in: context)
            }
        }
        let server = try await server(database)
        #expect(server.core.accounts.online(jid)?.sessions.count == 1)
        // What waited for the older one goes to the newer.
        let client = try await server.resume(jid, id: "id-2", handled: 0)
        try await client.expect("<message id='1'/>")
        #expect(ids(client.received()) == ["2"])
        try await server.eventually("the older one to be forgotten") { try await store.all().count == 1 }
        guard case .failed(let answer, _) = try await server.tryResume(jid, id: "id-1", handled: 0) else {
            throw ExpectationFailure("resumed")
        }
        #expect(answer["h"] == (seconds > 0 ? "5" : nil))
        await server.stop()
    }
}
