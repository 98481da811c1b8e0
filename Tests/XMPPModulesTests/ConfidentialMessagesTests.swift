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
import XMPPTestKit

/// What must not be kept is taken out of messages to contacts before anything is written of them.
@Suite struct ConfidentialMessagesTests {
    private static let address = "support@acme.example"
    private static let messages = ConfidentialMessages(
        redact: { text in
            text.contains("4242") ? (text.replacing("4242", with: "[removed]"), ["card"]) : nil
        },
        answer: { $0.hasPrefix("/answer ") ? String($0.dropFirst(8)) : nil })

    private func withContact(_ body: (TestServer) async throws -> Void) async throws {
        let configuration = try Company.configuration { configuration in
            configuration.contacts = [
                BizBuddyContact(
                    try JID(Self.address), name: "Acme Support", members: [], component: Company.careDomain)
            ]
            configuration.confidential = Self.messages
        }
        try await Company.with(configuration, components: [Company.care]) { try await body($0) }
    }

    @Test func arrivesWithoutWhatMustNotBeKept() async throws {
        try await withContact { server in
            let tom = try await server.client("tom@home.example/phone", isAvailable: true)
            let care = try await server.component(Company.careDomain, secret: "care-secret", acknowledges: true)
            tom.send(
                """
                <message to='\(Self.address)' type='chat' id='m1'><body>Pay with 4242</body><subject>4242</subject>\
                <redacted xmlns='urn:switchboard:bizbuddy:1' what='forged'/>\
                <html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>42<b>42</b></body></html>\
                <origin-id xmlns='urn:xmpp:sid:0' id='4242'/></message>
                """)
            let message = try await care.expect(
                "<message id='m1' to='\(Self.address)'><body>Pay with [removed]</body></message>")
            #expect(message.child("subject", Namespace.client)?.text == "[removed]")
            #expect(message.child("redacted", BizBuddyRedacted.namespace)?["what"] == "card")
            #expect(message.child("html", "http://jabber.org/protocol/xhtml-im") == nil)
            #expect(message.child("origin-id", "urn:xmpp:sid:0")?["id"] == "4242", "ids are nobody's text")
            tom.send("<message to='\(Self.address)' type='chat' id='m2'><body>Nothing to hide</body></message>")
            let plain = try await care.expect("<message id='m2'><body>Nothing to hide</body></message>")
            #expect(plain.child("redacted", BizBuddyRedacted.namespace) == nil)
        }
    }

    @Test func handsAnswersOnAtOnceOrNotAtAll() async throws {
        try await withContact { server in
            let tom = try await server.client("tom@home.example/phone", isAvailable: true)
            tom.send("<message to='\(Self.address)' type='chat' id='m1'><body>/answer Bluebird</body></message>")
            let refused = try await tom.expect("an error") { $0.name == "message" && $0["type"] == "error" }
            #expect(refused["id"] == "m1")
            tom.send("<iq type='get' to='\(Self.address)' id='i1'><query xmlns='jabber:iq:version'/></iq>")
            let unanswered = try await tom.expect("an error") { $0.name == "iq" && $0["id"] == "i1" }
            for stanza in [refused, unanswered] {
                let error = try #require(stanza.child("error", Namespace.client).flatMap { StanzaError($0) })
                #expect(error.condition == .serviceUnavailable && error.kind == .wait)
                #expect(error.text == nil, "no words in a language that is nobody's choice")
            }
            let care = try await server.component(Company.careDomain, secret: "care-secret", acknowledges: true)
            #expect(try await care.settle().isEmpty, "nothing was kept of it")
            tom.send("<message to='\(Self.address)' type='chat' id='m2'><body>/answer Bluebird</body></message>")
            let handed = try await care.expect("<message id='m2' to='\(Self.address)'/>")
            #expect(handed.child("answer", BizBuddyVerification.namespace)?.text == "Bluebird")
            #expect(handed.child("body", Namespace.client) == nil)
            #expect(handed.child("stanza-id", "urn:xmpp:sid:0") == nil, "it was in no outbox")
            #expect(handed["from"] == "tom@home.example/phone")
        }
    }

    /// What no client of ours sends passes no hook, and is written for the component all the same: of gateways here, and
    /// of other servers on the same way.
    @Test(arguments: [address, "support@\(Company.careDomain)"])
    func comesFromElsewhereWithoutIt(_ address: String) async throws {
        let gateway = ServerConfiguration.Component(domain: "aim.acme.example", secret: "aim-secret")
        let configuration = try Company.configuration { configuration in
            configuration.contacts = [
                BizBuddyContact(
                    try JID(Self.address), name: "Acme Support", members: [], component: Company.careDomain)
            ]
            configuration.confidential = Self.messages
        }
        try await Company.with(configuration, components: [Company.care, gateway]) { server in
            let aim = try await server.component("aim.acme.example", secret: "aim-secret")
            for (id, text) in [("m1", "Pay with 4242"), ("m2", "/answer Bluebird"), ("m3", "Nothing to hide")] {
                aim.send(
                    "<message from='tom@aim.acme.example' to='\(address)' type='chat' id='\(id)'><body>\(text)</body></message>"
                )
            }
            let refused = try await aim.expect("an error") { $0.name == "message" && $0["type"] == "error" }
            #expect(refused["id"] == "m2", "nobody is there to compare it, and it is not kept")
            // Nobody was there for the others either: this is what was written of them.
            let care = try await server.component(Company.careDomain, secret: "care-secret", acknowledges: true)
            let first = try await care.expect(
                "<message id='m1' to='\(address)'><body>Pay with [removed]</body></message>")
            #expect(first.child("redacted", BizBuddyRedacted.namespace)?["what"] == "card")
            _ = try await care.expect("<message id='m3'><body>Nothing to hide</body></message>")
            aim.send(
                "<message from='tom@aim.acme.example' to='\(address)' type='chat' id='m4'><body>/answer Bluebird</body></message>"
            )
            let handed = try await care.expect("<message id='m4' to='\(address)'/>")
            #expect(handed.child("answer", BizBuddyVerification.namespace)?.text == "Bluebird")
            #expect(handed.child("stanza-id", "urn:xmpp:sid:0") == nil, "it was in no outbox")
        }
    }

    @Test func leavesOtherPeoplesMessagesAlone() async throws {
        try await withContact { server in
            let tom = try await server.client("tom@home.example/phone", isAvailable: true)
            let alice = try await server.client("alice@acme.example/desk", isAvailable: true)
            tom.send("<message to='alice@acme.example' type='chat' id='m1'><body>4242</body></message>")
            _ = try await alice.expect("<message id='m1'><body>4242</body></message>")
        }
    }
}
