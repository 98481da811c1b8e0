//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing
import XMPPCore

@testable import BizBuddyBridge

@Suite struct StanzaClassificationTests {
    @Test func answersACustomersMessageFromTheContact() throws {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline()
        let sent = try bridge.customerWrites("Hello?") + bridge.find(nil)
        let toTom = sent.to("tom@home.example")
        #expect(toTom.count == 1)
        #expect(toTom.first?.from?.description == "support@acme.example")
        #expect(toTom.first?.type == .chat)
        #expect(toTom.first?.child("origin-id", "urn:xmpp:sid:0")?["id"] == toTom.first?.id)
    }

    @Test func takesAnAgentsMessageToTheContactAsACustomers() throws {
        var bridge = try BridgeHarness()
        try bridge.customerWrites("accept", from: "alice@acme.example/desk")
        #expect(bridge.core.service.conversations.values.first?.customer.rawValue == "alice@acme.example")
    }

    @Test func takesAStrangersMessageToTheWorkgroupAsACustomers() throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.customerWrites("Hello?", to: "support@care.acme.example")
        #expect(bridge.core.service.conversations.count == 1)
        #expect(sent.to("tom@home.example").first?.from?.description == "support@care.acme.example")
    }

    @Test(arguments: [
        ("hello", "accept – takes"), ("/help", "accept – takes"), ("/nonsense", "no command /nonsense"),
        ("/duty sometimes", "Usage: /duty on"), ("accept", "no open offer"), ("/record", "no open offer"),
        ("/status siesta", "no such state"),
    ])
    func readsAnAgentsMessageToTheWorkgroupAsACommand(text: String, answer: String) throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.customerWrites(text, from: "alice@acme.example/desk", to: "support@care.acme.example")
        #expect(bridge.core.service.conversations.isEmpty)
        #expect(sent.to("alice@acme.example/desk").bodies.first?.contains(answer) == true)
    }

    @Test func keepsStrangersOutOfConversations() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let sent = try bridge.says("psst", type: "chat", as: "tom@home.example/phone")
        #expect(sent.count == 1)
        #expect(sent.first?.error == .forbidden)
    }

    @Test func refusesAnotherAgentInAConversation() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let sent = try bridge.says("psst", type: "chat", as: "bob@acme.example/desk")
        #expect(sent.first?.error == .forbidden)
        #expect(sent.to("tom@home.example").isEmpty)
    }

    @Test func ignoresMessagesThatSayNothing() throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.receive(
            """
            <message type='chat' from='tom@home.example/phone' to='support@acme.example'>\
            <composing xmlns='http://jabber.org/protocol/chatstates'/></message>
            """)
        #expect(sent.isEmpty)
        #expect(bridge.core.service.conversations.isEmpty)
    }

    @Test func refusesMessagesToTheComponentItself() throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.customerWrites("hello", to: "care.acme.example")
        #expect(sent.first?.error == .serviceUnavailable)
    }

    @Test func tellsTheAgentWhatBounced() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let sent = try bridge.receive(
            """
            <message type='error' from='tom@home.example' to='support@acme.example'>\
            <error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>
            """)
        #expect(sent.to("alice@acme.example").bodies.first?.contains("could not be reached") == true)
    }

    @Test func believesOnlyOurServersStanzaIDs() throws {
        var bridge = try BridgeHarness()
        let message = try Stanza(
            XMLElement(
                "message", Namespace.client, ["from": "tom@home.example/phone", "to": "support@acme.example"]
            ) {
                XMLElement("stanza-id", "urn:xmpp:sid:0", ["by": "home.example", "id": "forged"])
                XMLElement("stanza-id", "urn:xmpp:sid:0", ["by": "acme.example", "id": "true"])
            })
        #expect(bridge.core.stanzaID(of: message) == "true")
        bridge.connect(hasAcknowledgements: false)
        #expect(bridge.core.stanzaID(of: message) == nil)
    }
}
