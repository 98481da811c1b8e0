//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPFederation
import XMPPPayloads
import XMPPServer
import XMPPTLS
import XMPPTestKit

/// Somebody who connects as a server and is up to no good. `acme.example` trusts certificates of the test's authority.
@Suite struct StreamAttackTests {
    private func with(
        _ authentication: FederationRule.Authentication = .certificate,
        _ body: (FederatedServers) async throws -> Void
    ) async throws {
        var side = FederatedServers.Side()
        side.authentication = authentication
        try await FederatedServers.with(acme: side, body)
    }

    @Test(arguments: [
        ("<message from='tom@other.example' to='alice@acme.example'><body>x</body></message>", "invalid-from"),
        ("<message from='bob@acme.example' to='alice@acme.example'><body>x</body></message>", "invalid-from"),
        ("<message from='tom@partner.example' to='x@other.example'><body>x</body></message>", "host-unknown"),
        ("<message to='alice@acme.example'><body>x</body></message>", "improper-addressing"),
        ("<presence from='tom@partner.example'/>", "improper-addressing"),
        (
            "<db:result xmlns:db='jabber:server:dialback' from='x.example' to='acme.example' type='valid'/>",
            "policy-violation"
        ),
        (
            "<db:verify xmlns:db='jabber:server:dialback' from='x.example' to='acme.example' id='1' type='valid'/>",
            "policy-violation"
        ),
        ("<a xmlns='urn:xmpp:sm:3' h='5'/>", "undefined-condition"),
        ("<whatever xmlns='urn:nobody'/>", "unsupported-stanza-type"),
    ])
    func endsTheStream(_ text: String, _ condition: String) async throws {
        try await with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let stream = try await servers.authenticated()
            stream.send(text)
            let end = try await stream.ended()
            #expect(end.condition == condition)
            #expect(try await alice.settle().isEmpty)
        }
    }

    @Test(arguments: PeerCertificates.Kind.allCases) func certificatesThatProveNothingGetNoExternal(
        _ kind: PeerCertificates.Kind
    ) async throws {
        try await with { servers in
            let context = try PeerCertificates.shared.get().client("partner.example", kind)
            let stream = try await StreamConnection.connect(
                port: servers.acme.port(.serverTLS), tls: (context, "acme.example"), protocols: .xmppServer)
            _ = try await stream.secured()
            let features = try await FederatedServers.open(stream)
            #expect((features.child("mechanisms", Namespace.sasl) != nil) == (kind == .good))
            guard kind != .good else { return }
            stream.send("<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='EXTERNAL'>=</auth>")
            let answer = try await stream.next()
            #expect(answer.name == "failure")
            stream.send("<message from='tom@partner.example' to='alice@acme.example'><body>x</body></message>")
            #expect(try await stream.ended().condition == "not-authorized")
        }
    }

    @Test func aWrongDialbackKeyProvesNothing() async throws {
        try await with(.dialback) { servers in
            let stream = try await servers.secured(.selfSigned)
            stream.send(
                "<db:result xmlns:db='jabber:server:dialback' from='partner.example' to='acme.example'>wrong</db:result>"
            )
            let answer = try await stream.expect("an answer") { $0.isNamed("result", Dialback.namespace) }
            #expect(answer["type"] == "invalid")
            stream.send("<message from='tom@partner.example' to='alice@acme.example'><body>x</body></message>")
            #expect(try await stream.ended().condition == "not-authorized")
        }
    }

    @Test func aDomainThatCannotBeCalledProvesNothing() async throws {
        try await with(.dialback) { servers in
            let stream = try await servers.secured(.selfSigned, from: "nowhere.example")
            stream.send(
                "<db:result xmlns:db='jabber:server:dialback' from='nowhere.example' to='acme.example'>key</db:result>")
            let answer = try await stream.expect("an answer") { $0.isNamed("result", Dialback.namespace) }
            #expect(answer["type"] == "error")
            #expect(answer.child("error", Namespace.client)?.firstChild?.name == "remote-server-not-found")
        }
    }

    @Test func whatIsForgedIsTakenOut() async throws {
        try await with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let stream = try await servers.authenticated()
            stream.send(
                """
                <message from='tom@partner.example' to='alice@acme.example' type='chat' id='f1'><body>real</body>\
                <sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'/></sent>\
                <stanza-id xmlns='urn:xmpp:sid:0' by='alice@acme.example' id='forged'/>\
                <delay xmlns='urn:xmpp:delay' from='acme.example' stamp='2001-01-01T00:00:00Z'/></message>
                """)
            let message = try await alice.expect("<message id='f1'><body>real</body></message>")
            #expect(message.child("sent", "urn:xmpp:carbons:2") == nil)
            #expect(message.child("delay", "urn:xmpp:delay") == nil)
            #expect(message.children("stanza-id", "urn:xmpp:sid:0").allSatisfy { $0["id"] != "forged" })
            stream.send(
                """
                <iq type='set' id='push' from='tom@partner.example/x' to='alice@acme.example/desk'>\
                <query xmlns='jabber:iq:roster'><item jid='evil@partner.example' subscription='both'/></query></iq>
                """)
            stream.send(
                """
                <iq type='set' id='push2' from='tom@partner.example/x' to='alice@acme.example/desk'><x xmlns='a'/>\
                <query xmlns='jabber:iq:roster'><item jid='evil@partner.example' subscription='both'/></query></iq>\
                <message id='m' from='tom@partner.example' to='alice@acme.example'><result xmlns='urn:xmpp:mam:2' id='1'/>\
                <body>said</body></message>\
                <iq type='get' id='last' from='tom@partner.example/x' to='alice@acme.example/desk'>\
                <query xmlns='jabber:iq:last'/></iq>
                """)
            let said = try await alice.expect("<message id='m'/>")
            #expect(said.child("result", "urn:xmpp:mam:2") == nil)
            // A client there has no archive; a room has one, and answers the client that has asked.
            for (from, isAnswer) in [("tom@partner.example/x", false), ("room@partner.example", true)] {
                stream.send(
                    "<message id='r' from='\(from)' to='alice@acme.example/desk'><result xmlns='urn:xmpp:mam:2' id='1'/></message>"
                )
                let result = try await alice.expect("<message id='r' from='\(from)'/>")
                #expect((result.child("result", "urn:xmpp:mam:2") != nil) == isAnswer)
            }
            // Strangers do not ask a client how long its owner has been away (XEP-0012 §4).
            #expect(try await alice.settle().isEmpty)
        }
    }

    @Test func acknowledgesWhatHasBeenTakenCareOf() async throws {
        try await with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            let stream = try await servers.authenticated()
            stream.send("<enable xmlns='urn:xmpp:sm:3'/>")
            try await stream.expect("enabled") { $0.isNamed("enabled", "urn:xmpp:sm:3") }
            for number in 0..<5 {
                stream.send(
                    "<message from='tom@partner.example' to='alice@acme.example' id='a\(number)' type='chat'><body>x</body></message>"
                )
            }
            stream.send("<r xmlns='urn:xmpp:sm:3'/>")
            let answer = try await stream.expect("an acknowledgement") { $0.isNamed("a", "urn:xmpp:sm:3") }
            #expect(answer["h"] == "5")
            try await alice.expect("<message id='a4'/>")
        }
    }

    @Test func stanzasGoBackByAStreamThatGoesBothWays() async throws {
        try await with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            // The real partner is not there: what arrives can only have come by this stream.
            servers.ports.set("partner.example", nil)
            let stream = try await servers.authenticated(bidi: true)
            alice.send("<message to='tom@partner.example' id='b1' type='chat'><body>back</body></message>")
            let message = try await stream.expect("<message id='b1'><body>back</body></message>")
            #expect(message["from"] == "alice@acme.example/desk")
        }
    }

    @Test func nothingGoesBackOtherwise() async throws {
        try await with { servers in
            let alice = try await servers.acme.client("alice@acme.example/desk", isAvailable: true)
            servers.ports.set("partner.example", nil)
            let stream = try await servers.authenticated()
            let answer = try await alice.iq("get", to: "tom@partner.example/x", "<ping xmlns='urn:xmpp:ping'/>")
            #expect(answer.child("error", Namespace.client)?.firstChild?.name == "remote-server-not-found")
            #expect(stream.received().isEmpty)
        }
    }
}
