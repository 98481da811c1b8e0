//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPPayloads
import XMPPServer
import XMPPStorage
import XMPPTestKit

@testable import XMPPModules

/// What an account's other clients see of a conversation.
@Suite struct CarbonsTests {
    private static let alice = "alice@acme.example"
    private static let bob = "bob@acme.example"

    /// alice with a desk and a phone that wants copies, and bob.
    private struct Scene {
        let desk: ScriptedClient
        let phone: ScriptedClient
        let bob: ScriptedClient
    }

    private func with(_ body: (TestServer, Scene) async throws -> Void) async throws {
        try await TestServer.with(modules: [CarbonsModule()]) { server in
            let desk = try await server.client("\(Self.alice)/desk", isAvailable: true)
            let phone = try await server.client("\(Self.alice)/phone", isAvailable: true)
            #expect(try await phone.iq("set", to: nil, "<enable xmlns='urn:xmpp:carbons:2'/>")["type"] == "result")
            let bob = try await server.client("\(Self.bob)/desk", isAvailable: true)
            _ = try await desk.settle()
            _ = try await phone.settle()
            try await body(server, Scene(desk: desk, phone: phone, bob: bob))
        }
    }

    /// The message inside of a copy.
    private func copied(_ wrapper: XMLElement, _ direction: String) -> XMLElement? {
        wrapper.child(direction, Carbons.namespace)?.child("forwarded", Carbons.forwardNamespace)?
            .child("message", Namespace.client)
    }

    /// A server that dies after the answer knows of it.
    @Test func isOnDiskWhenItIsAnswered() async throws {
        try await TestServer.with(modules: [CarbonsModule()]) { server in
            let phone = try await server.client("\(Self.alice)/phone")
            _ = try await phone.enableResumption()
            for (name, isEnabled) in [("enable", true), ("disable", false)] {
                let answer = try await phone.iq("set", to: nil, "<\(name) xmlns='urn:xmpp:carbons:2'/>")
                #expect(answer["type"] == "result")
                #expect(try await SessionStore(server.core.database).all().first?.status.hasCarbons == isEnabled)
            }
        }
    }

    @Test func copiesWhatIsSentAndReceived() async throws {
        try await with { _, scene in
            scene.desk.send("<message to='\(Self.bob)' type='chat' id='1'><body>out</body></message>")
            let sent = try await scene.phone.expect(
                "<message from='\(Self.alice)' to='\(Self.alice)/phone' type='chat'/>")
            let out = try #require(copied(sent, "sent"))
            #expect(out["id"] == "1" && out["from"] == "\(Self.alice)/desk" && out["to"] == Self.bob)
            #expect(out.children("stanza-id", StanzaID.namespace).map { $0["by"] } == [Self.alice])
            _ = try await scene.bob.expect("<message id='1'/>")
            scene.bob.send("<message to='\(Self.alice)/desk' type='chat' id='2'><body>in</body></message>")
            let received = try await scene.phone.expect("<message from='\(Self.alice)' type='chat'/>")
            let original = try #require(copied(received, "received"))
            #expect(original["id"] == "2" && original["to"] == "\(Self.alice)/desk")
            let there = try await scene.desk.expect("<message id='2'/>")
            #expect(there.child("stanza-id", StanzaID.namespace) == original.child("stanza-id", StanzaID.namespace))
            #expect(try await !scene.desk.settle().contains { $0.child("sent", Carbons.namespace) != nil })
        }
    }

    @Test func aForkedMessageComesOnce() async throws {
        try await with { _, scene in
            scene.bob.send("<message to='\(Self.alice)' type='chat' id='1'><body>x</body></message>")
            _ = try await scene.phone.expect("<message id='1'/>")
            _ = try await scene.bob.settle()
            #expect(try await scene.phone.settle().isEmpty)
        }
    }

    @Test func copiesChatStatesInTheirPlace() async throws {
        try await with { _, scene in
            scene.desk.send(
                """
                <message to='\(Self.bob)/desk' type='chat' id='1'><body>x</body></message>\
                <message to='\(Self.bob)/desk' type='chat' id='2'>\
                <paused xmlns='http://jabber.org/protocol/chatstates'/></message>\
                <message to='\(Self.bob)/desk' type='chat' id='3'><body>y</body></message>
                """)
            _ = try await scene.bob.expect("<message id='3'/>")
            _ = try await scene.desk.settle()
            let copies = try await scene.phone.settle().compactMap { copied($0, "sent")?["id"] }
            #expect(copies == ["1", "2", "3"])
        }
    }

    @Test(arguments: ["<private xmlns='urn:xmpp:carbons:2'/>", "<no-copy xmlns='urn:xmpp:hints'/>"])
    func copiesNothingPrivate(_ mark: String) async throws {
        try await with { _, scene in
            scene.desk.send("<message to='\(Self.bob)' type='chat' id='1'><body>x</body>\(mark)</message>")
            scene.bob.send("<message to='\(Self.alice)/desk' type='chat' id='2'><body>x</body>\(mark)</message>")
            _ = try await scene.bob.expect("<message id='1'/>")
            _ = try await scene.desk.expect("<message id='2'/>")
            _ = try await scene.desk.settle()
            _ = try await scene.bob.settle()
            #expect(try await scene.phone.settle().isEmpty)
        }
    }

    @Test func dropsForgedCopies() async throws {
        try await with { _, scene in
            for direction in ["sent", "received"] {
                scene.bob.send(
                    """
                    <message to='\(Self.alice)/phone' type='chat' id='\(direction)'><body>x</body>\
                    <\(direction) xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'>\
                    <message xmlns='jabber:client' from='carol@acme.example' to='\(Self.alice)'><body>lie</body></message>\
                    </forwarded></\(direction)></message>
                    """)
                let message = try await scene.phone.expect("<message id='\(direction)'/>")
                #expect(message.child(direction, Carbons.namespace) == nil)
            }
        }
    }

    @Test func stopsWhenItIsToldTo() async throws {
        try await with { _, scene in
            for name in ["disable", "disable"] {
                let answer = try await scene.phone.iq("set", to: Self.alice, "<\(name) xmlns='urn:xmpp:carbons:2'/>")
                #expect(answer["type"] == "result")
            }
            scene.desk.send("<message to='\(Self.bob)' type='chat' id='1'><body>x</body></message>")
            _ = try await scene.bob.expect("<message id='1'/>")
            _ = try await scene.desk.settle()
            #expect(try await scene.phone.settle().isEmpty)
        }
    }

    @Test func isNobodyElsesToSwitch() async throws {
        try await with { _, scene in
            let answer = try await scene.bob.iq("set", to: Self.alice, "<enable xmlns='urn:xmpp:carbons:2'/>")
            #expect(answer["type"] == "error")
            #expect(answer.child("error", Namespace.client)?.firstChild?.name == "not-allowed")
        }
    }

    @Test func copiesTheErrorOfWhatWasCopied() async throws {
        try await with { _, scene in
            scene.desk.send("<message to='nobody@acme.example' type='chat' id='1'><body>x</body></message>")
            _ = try await scene.desk.expect("<message type='error' id='1'/>")
            let copies = try await scene.phone.settle()
            #expect(copies.map { copied($0, "sent")?["id"] } == ["1", nil])
            #expect(copies.last.flatMap { copied($0, "received") }?["type"] == "error")
            // What was not copied is not answered for.
            scene.desk.send(
                """
                <message to='nobody@acme.example' type='chat' id='2'><body>x</body>\
                <private xmlns='urn:xmpp:carbons:2'/></message>
                """)
            _ = try await scene.desk.expect("<message type='error' id='2'/>")
            #expect(try await scene.phone.settle().isEmpty)
        }
    }

    @Test func aCopyThatBouncesReachesNobody() async throws {
        try await with { _, scene in
            scene.bob.send("<message to='\(Self.alice)/desk' type='chat' id='1'><body>x</body></message>")
            _ = try await scene.phone.expect("<message from='\(Self.alice)'/>")
            scene.phone.send("<message to='\(Self.alice)' type='error' id='1'><error type='cancel'/></message>")
            _ = try await scene.phone.settle()
            #expect(try await scene.bob.settle().isEmpty)
        }
    }
}
