//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPSASL
import XMPPServer
import XMPPStorage
import XMPPTestKit

@Suite struct SessionTests {
    // MARK: Binding

    @Test func givesTheResourceToTheNewerSession() async throws {
        try await TestServer.with { server in
            let first = try await server.client("alice@acme.example/desk")
            let second = try await server.client("alice@acme.example/desk")
            let end = try await first.ended()
            #expect(end.condition == "conflict")
            #expect(end.isProper)
            let bob = try await server.client("bob@acme.example/desk")
            bob.send("<message to='alice@acme.example/desk' type='normal'><body>who?</body></message>")
            try await second.expect("<message><body>who?</body></message>")
            #expect(server.core.accounts.online(try JID("alice@acme.example"))?.sessions.count == 1)
        }
    }

    @Test func sessionsThatWaitForTheirClientsLockNobodyOut() async throws {
        try await TestServer.with(configure: { $0.limits.sessionsPerAccount = 1 }) { server in
            let phone = try await server.client("alice@acme.example/phone")
            _ = try await phone.enableResumption()
            await phone.kill()
            try await server.eventually("the phone to be away") {
                server.core.accounts.online(phone.jid)?.sessions.first?.isDetached == true
            }
            let desk = try await server.client("alice@acme.example/desk")
            #expect(server.core.accounts.online(desk.jid)?.sessions.count == 2)
        }
    }

    @Test func boundsSessionsOfAnAccount() async throws {
        try await TestServer.with(configure: { $0.limits.sessionsPerAccount = 2 }) { server in
            let first = try await server.client("alice@acme.example/a")
            _ = try await server.client("alice@acme.example/b")
            let third = try await server.connect()
            try await third.open(to: "acme.example")
            _ = try await third.authenticate("alice", password: "secret", mechanism: .plain)
            try await third.open(to: "acme.example")
            let request = "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>c</resource></bind>"
            let refusal = try await third.iq("set", to: nil, request)
            #expect(refusal.child("error", Namespace.client)?.firstChild?.name == "resource-constraint")
            // Once there is room it may ask again.
            try await first.close()
            try await server.eventually("a session less") {
                server.core.accounts.online(try JID("alice@acme.example"))?.sessions.count == 1
            }
            #expect(try await third.bind("c").description == "alice@acme.example/c")
        }
    }

    @Test func refusesResourcesThatAreNone() async throws {
        try await TestServer.with { server in
            let connection = try await server.connect()
            try await connection.open(to: "acme.example")
            _ = try await connection.authenticate("alice", password: "secret", mechanism: .plain)
            try await connection.open(to: "acme.example")
            let long = String(repeating: "x", count: 1024)
            let refusal = try await connection.iq(
                "set", to: nil, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>\(long)</resource></bind>")
            #expect(refusal.child("error", Namespace.client)?.firstChild?.name == "bad-request")
            #expect(try await connection.bind("desk").resource == "desk")
        }
    }

    @Test func refusesSecondBinding() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let answer = try await alice.iq("set", to: nil, "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>")
            #expect(answer["type"] == "error")
            #expect(server.core.accounts.sessionCount == 1)
        }
    }

    // MARK: Addresses

    @Test(arguments: [
        "bob@acme.example", "alice@acme.example/other", "alice@home.example", "acme.example", "", "not a jid@",
    ])
    func closesStreamOfWhoSpeaksForOthers(_ from: String) async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<message from='\(from)' to='bob@acme.example'><body>I am not me</body></message>")
            let end = try await alice.ended()
            #expect(end.condition == "invalid-from")
            #expect(end.isProper)
        }
    }

    @Test func stampsTheSender() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/desk")
            for (id, from) in ["", " from='alice@acme.example'", " from='Alice@ACME.example/desk'"].enumerated() {
                alice.send("<message\(from) to='bob@acme.example/desk' id='\(id)'/>")
                let message = try await bob.expect("<message id='\(id)'/>")
                #expect(message["from"] == "alice@acme.example/desk")
            }
        }
    }

    @Test(arguments: ["bob@", "@acme.example", "a b@acme.example", "bob@acme.example/", ".."])
    func answersMalformedAddressees(_ to: String) async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<iq type='get' id='1' to='\(to)'><ping xmlns='urn:xmpp:ping'/></iq>")
            try expect(
                try await alice.answer(to: "1"),
                is: """
                    <iq type='error' id='1' from='\(to)'>
                      <error type='modify'>
                        <jid-malformed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>
                        <text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas' xml:lang='en'>*</text>
                      </error>
                    </iq>
                    """)
            alice.send("<message type='error' id='2' to='\(to)'/><iq type='result' id='3' to='\(to)'/>")
            #expect(try await alice.settle().isEmpty)
        }
    }

    @Test func removesWhatOnlyTheServerMaySay() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            let bob = try await server.client("bob@acme.example/desk")
            alice.send(
                """
                <message to='bob@acme.example/desk'><body>late?</body>\
                <delay xmlns='urn:xmpp:delay' from='acme.example' stamp='2020-01-01T00:00:00Z'/>\
                <stanza-id xmlns='urn:xmpp:sid:0' by='acme.example' id='7'/></message>
                """)
            try expect(
                try await bob.next(),
                is: """
                    <message from='alice@acme.example/desk' to='bob@acme.example/desk'><body>late?</body>\
                    <stanza-id xmlns='urn:xmpp:sid:0' by='bob@acme.example' id='*'/></message>
                    """)
        }
    }

    // MARK: The stream

    @Test func closesOnUnknownElements() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<stanza xmlns='urn:of:our:own'/>")
            #expect(try await alice.ended().condition == "unsupported-stanza-type")
        }
    }

    @Test(arguments: [
        ("<message><body></message>", "not-well-formed"),
        ("<!-- comment -->", "restricted-xml"),
        ("<?pi x?>", "restricted-xml"),
        ("<message><body>&unknown;</body></message>", "restricted-xml"),
    ])
    func closesOnWhatIsNoXMLOfStreams(_ text: String, _ condition: String) async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send(text)
            let end = try await alice.ended()
            #expect(end.condition == condition)
            #expect(end.isProper)
        }
    }

    @Test func takesWhatCameBeforeTheEndOfTheStream() async throws {
        try await TestServer.with { server in
            let alice = try await server.client("alice@acme.example/desk")
            alice.send("<message to='dave@home.example' type='chat'><body>bye</body></message></stream:stream>")
            let end = try await alice.ended()
            #expect(end.isProper)
            #expect(end.error == nil)
            #expect(try await server.core.offline.count("dave@home.example") == 1)
        }
    }

    @Test func endsAllStreamsWhenItStops() async throws {
        let server = try await TestServer.start()
        let alice = try await server.client("alice@acme.example/desk")
        let unfinished = try await server.connect()
        try await unfinished.open(to: "acme.example")
        let silent = try await server.raw()
        await server.stop()
        for peer in [alice.connection, unfinished] {
            let end = try await peer.ended()
            #expect(end.condition == "system-shutdown")
            #expect(end.isProper)
        }
        #expect(try await silent.ended().contains("system-shutdown"))
        await #expect(throws: (any Error).self) { _ = try await server.connect() }
    }

    @Test func commitsWhatItHasTakenBeforeItStops() async throws {
        let server = try await TestServer.start()
        let alice = try await server.client("alice@acme.example/desk")
        for id in 0..<100 {
            alice.send("<message to='dave@home.example' type='chat' id='\(id)'><body>bye</body></message>")
        }
        try await alice.settle()
        await server.stop()
        #expect(try await server.core.offline.count("dave@home.example") == 100)
    }

    // MARK: Limits

    @Test func closesStreamsThatDoNotGetOn() async throws {
        try await TestServer.with(configure: { $0.limits.negotiationSeconds = 0 }) { server in
            let silent = try await server.raw()
            let opened = try await server.connect()
            try await opened.open(to: "acme.example")
            let end = try await opened.ended(within: .seconds(20))
            #expect(end.condition == "connection-timeout")
            #expect(try await silent.ended(within: .seconds(20)).contains("connection-timeout"))
        }
    }

    @Test func asksSilentClientsAndClosesDeadOnes() async throws {
        try await TestServer.with(configure: { $0.limits.keepAliveSeconds = 0 }) { server in
            let alice = try await server.client("alice@acme.example/desk")
            let ping = try await alice.expect("a ping", within: .seconds(20)) {
                $0["type"] == "get" && $0.child("ping", "urn:xmpp:ping") != nil
            }
            #expect(ping["from"] == "acme.example")
            #expect(ping["to"] == "alice@acme.example/desk")
        }
        try await TestServer.with(configure: { $0.limits.idleSeconds = 0 }) { server in
            let alice = try await server.client("alice@acme.example/desk")
            #expect(try await alice.ended(within: .seconds(20)).condition == "connection-timeout")
        }
    }

    @Test func refusesTooManyConnections() async throws {
        try await TestServer.with(configure: { $0.limits.connectionsPerAddress = 2 }) { server in
            let first = try await server.client("alice@acme.example/desk")
            let second = try await server.raw()
            let third = try await server.raw()
            #expect(try await third.ended().isEmpty)
            try await first.settle()
            await second.close()
            try await server.eventually("room for one more") {
                guard let raw = try? await server.raw() else { return false }
                raw.send("<")
                let isTaken = (try? await raw.ended(within: .milliseconds(50))) == nil
                await raw.close()
                return isTaken
            }
        }
    }

    @Test func boundsStanzasBeforeAndAfterLogIn() async throws {
        try await TestServer.with { server in
            let stranger = try await server.connect()
            try await stranger.open(to: "acme.example")
            stranger.send("<auth xmlns='\(Namespace.sasl)' mechanism='PLAIN'>" + String(repeating: "A", count: 20_000))
            #expect(try await stranger.ended().condition == "policy-violation")

            let alice = try await server.client("alice@acme.example/desk")
            let body = String(repeating: "x", count: 100_000)
            alice.send("<message to='alice@acme.example/desk'><body>\(body)</body></message>")
            try await alice.expect("<message><body>\(body)</body></message>")
        }
    }
}
