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

/// XEP-0198 as the server speaks it: acknowledgements alone.
@Suite struct AcknowledgementTests {
    private func chat(_ id: Int, to: String) -> String {
        "<message to='\(to)' type='chat' id='\(id)'><body>\(id)</body></message>"
    }

    private func ids(_ stanzas: [XMLElement]) -> [String] {
        stanzas.filter { $0.name == "message" }.compactMap { $0["id"] }
    }

    @Test func countsStanzasAndNothingElse() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await alice.settle()
            try await alice.enableAcknowledgements()
            #expect(try await alice.handledByServer() == 0)
            alice.send(chat(1, to: "bob@acme.example") + "<presence/><iq type='get' id='i'><x xmlns='y'/></iq> \n ")
            #expect(try await alice.handledByServer() == 3)
            #expect(try await alice.handledByServer() == 3)
        }
    }

    /// What the server has acknowledged must survive its death.
    @Test func acknowledgesOnlyWhatIsCommitted() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await alice.enableAcknowledgements()
            for round in 1...20 {
                for id in 0..<5 { alice.send(chat(id, to: "dave@home.example")) }
                #expect(try await alice.handledByServer() == round * 5)
                #expect(try await server.core.offline.count("dave@home.example") == round * 5)
            }
        }
    }

    @Test func asksForAcknowledgements() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/phone")
            try await bob.enableAcknowledgements()
            alice.send(chat(1, to: "bob@acme.example/phone"))
            try await bob.expect("<message id='1'/>")
            // Without a word of his own: a phone that only listens must not get everything again next time.
            try await bob.expect("a request") { $0.isNamed("r", "urn:xmpp:sm:3") }
        }
    }

    @Test func keepsWhatADeadConnectionHasNotAcknowledged() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/phone", isAvailable: true)
            try await bob.enableAcknowledgements()
            for id in 1...5 { alice.send(chat(id, to: "bob@acme.example")) }
            try await bob.expect("<message id='5'/>")
            bob.acknowledge(2)
            try await bob.settle()
            await bob.kill()
            try await server.eventually("stored messages") {
                // The ping's answer is unacknowledged too, and is nothing to keep.
                try await server.core.offline.count("bob@acme.example") == 3
            }
            let later = try await server.client("bob@acme.example/phone")
            try await later.roster()
            later.send("<presence/>")
            try await later.expect("<message id='5'/>")
            #expect(ids(later.received()) == ["3", "4"])
        }
    }

    @Test func givesToAnotherResourceWhatADeadOneHasNotAcknowledged() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let phone = try await server.client("bob@acme.example/phone", isAvailable: true)
            try await phone.enableAcknowledgements()
            for id in 1...3 { alice.send(chat(id, to: "bob@acme.example/phone")) }
            try await phone.expect("<message id='3'/>")
            let desk = try await server.client("bob@acme.example/desk", isAvailable: true)
            await phone.kill()
            for id in 1...3 { try await desk.expect("<message id='\(id)'/>") }
            #expect(try await server.core.offline.count("bob@acme.example") == 0)
        }
    }

    @Test func keepsNothingThatWasAcknowledged() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/phone", isAvailable: true)
            try await bob.enableAcknowledgements()
            for id in 1...3 { alice.send(chat(id, to: "bob@acme.example")) }
            try await bob.expect("<message id='3'/>")
            bob.acknowledge(3)
            try await bob.close()
            try await server.eventually("bob to be gone") {
                server.core.accounts.online(try JID("bob@acme.example")) == nil
            }
            try await alice.settle()
            #expect(try await server.core.offline.count("bob@acme.example") == 0)
        }
    }

    @Test func refusesImpossibleAcknowledgements() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await alice.enableAcknowledgements()
            alice.acknowledge(1)
            let end = try await alice.ended()
            #expect(end.condition == "undefined-condition")
            let detail = end.error?.child("handled-count-too-high", "urn:xmpp:sm:3")
            #expect(detail?["h"] == "1")
            #expect(detail?["send-count"] == "0")
        }
    }

    @Test(arguments: [
        "<a xmlns='urn:xmpp:sm:3'/>", "<a xmlns='urn:xmpp:sm:3' h='-1'/>", "<a xmlns='urn:xmpp:sm:3' h='x'/>",
    ])
    func refusesAcknowledgementsWithoutACount(_ element: String) async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            try await alice.enableAcknowledgements()
            alice.send(element)
            #expect(try await alice.ended().condition == "bad-format")
        }
    }

    @Test func refusesToEnableTwiceAndToResumeWhenBound() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<resume xmlns='urn:xmpp:sm:3' previd='x' h='0'/>")
            try await alice.expect(
                """
                <failed xmlns='urn:xmpp:sm:3'>\
                <unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>
                """)
            try await alice.enableAcknowledgements()
            alice.send("<enable xmlns='urn:xmpp:sm:3'/>")
            try await alice.expect(
                """
                <failed xmlns='urn:xmpp:sm:3'>\
                <unexpected-request xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>
                """)
            try await alice.settle()
        }
    }

    @Test(arguments: ["<r xmlns='urn:xmpp:sm:3'/>", "<a xmlns='urn:xmpp:sm:3' h='0'/>", "<x xmlns='urn:xmpp:sm:3'/>"])
    func refusesAcknowledgementsThatAreNotEnabled(_ element: String) async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send(element)
            #expect(try await alice.ended().condition == "unsupported-stanza-type")
        }
    }
}
