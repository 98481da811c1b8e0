//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

@Suite struct RoomTests {
    @Test func carriesChatBothWaysBeforeAnybodyJoins() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        #expect(bridge.sent.to("alice@acme.example").from(bridge.room).bodies == ["My gizmo is broken"])
        let relayed = try bridge.customerWrites("It smokes").to("alice@acme.example")
        #expect(relayed.from(bridge.room).first?.type == .chat)
        #expect(relayed.bodies == ["It smokes"])
        let answer = try bridge.says("Unplug it", type: "chat").to("tom@home.example")
        #expect(answer.bodies == ["Unplug it"])
        #expect(answer.first?.from?.description == "support@acme.example")
    }

    @Test func letsItsAgentIn() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let sent = try bridge.join().to("alice@acme.example/desk")
        let presences = sent.kind(.presence)
        #expect(presences.first?.from?.resource == "Tom Customer")
        #expect(presences.last?.from?.resource == "alice")
        #expect(presences.last?.mucUser?.statuses.contains(.selfPresence) == true)
        let lines = sent.kind(.message)
        #expect(lines.first?.body == "My gizmo is broken")
        #expect(lines.first?.from?.resource == "Tom Customer")
        #expect(lines.first?.child("delay", DelayedDelivery.namespace) != nil)
        #expect(lines.last?.child("subject", Namespace.client)?.text.contains("Tom Customer") == true)
    }

    @Test(arguments: [
        ("maxstanzas='0'", 0), ("maxstanzas='1'", 1), ("seconds='0'", 2), ("since='2100-01-01T00:00:00Z'", 0),
        ("maxchars='0'", 0), ("", 2),
    ])
    func givesAsMuchHistoryAsIsWanted(limit: String, count: Int) throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.customerWrites("Hello?")
        let sent = try bridge.join(as: "alice", "<history \(limit)/>")
        #expect(sent.to("alice@acme.example/desk").bodies.count == count)
    }

    @Test func keepsOthersOut() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        #expect(try bridge.join("bob@acme.example/desk", as: "bob").first?.error == .registrationRequired)
        #expect(try bridge.join("tom@home.example/phone", as: "tom").first?.error == .registrationRequired)
        #expect(try bridge.join(as: "Tom Customer").first?.error == .conflict)
        #expect(bridge.core.rooms.isEmpty)
    }

    @Test func relaysBothWays() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        let sent = try bridge.says("Unplug it")
        let echo = sent.to("alice@acme.example/desk")
        #expect(echo.first?.from?.description == "\(bridge.room)/alice")
        #expect(echo.first?.id == "m1")
        #expect(sent.to("tom@home.example").bodies == ["Unplug it"])
        let relayed = try bridge.customerWrites("Done").to("alice@acme.example/desk")
        #expect(relayed.first?.type == .groupchat)
        #expect(relayed.first?.from?.resource == "Tom Customer")
    }

    /// A client shows a line twice that it does not know again.
    @Test(arguments: ["Unplug it", "/note odd", "/record"])
    func givesASenderBackTheNamesOfItsLine(text: String) throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.agentComesOnline("alice@acme.example/phone")
        for client in ["alice@acme.example/desk", "alice@acme.example/phone"] { try bridge.join(client) }
        let sent = try bridge.receive(
            """
            <message type='groupchat' id='m1' from='alice@acme.example/desk' to='\(bridge.room)'>\
            <body>\(text)</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>
            """)
        let lines = sent.filter { $0.from?.description == "\(bridge.room)/alice" }
        #expect(lines.to("alice@acme.example/desk").count == 1)
        #expect(lines.to("alice@acme.example/phone").count == (text == "/record" ? 0 : 1))
        for line in lines {
            #expect(line.id == "m1")
            #expect(line.child("origin-id", StanzaID.namespace)?["id"] == "o1")
        }
        #expect(!sent.to("tom@home.example").contains { $0.child("origin-id", StanzaID.namespace)?["id"] == "o1" })
    }

    @Test(arguments: ["/note difficult", "/record", "/help", "/unknown thing", "/close", "/note", "/status"])
    func neverSendsCommandsToTheCustomer(command: String) throws {
        for type in ["chat", "groupchat"] {
            var bridge = try BridgeHarness()
            try bridge.conversationBegins()
            if type == "groupchat" { try bridge.join() }
            let sent = try bridge.says(command, type: type)
            #expect(!sent.to("tom@home.example").bodies.contains { $0.contains("/") || $0.contains("difficult") })
            #expect(sent.contains { $0.to?.bareString == "alice@acme.example" })
        }
    }

    @Test func showsNotesToStaffOnly() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        let sent = try bridge.says("/note difficult")
        #expect(sent.to("alice@acme.example/desk").bodies == ["[note] difficult"])
        #expect(sent.to("tom@home.example").isEmpty)
    }

    @Test func showsTheRecord() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        #expect(try bridge.says("/record").bodies.contains { $0.contains("Gold") && $0.contains("4711") })
    }

    @Test func closesAndTellsTheCustomer() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        let sent = try bridge.says("/close solved")
        #expect(sent.to("tom@home.example").bodies.first?.contains("closed") == true)
        let end = try #require(sent.kind(.presence).to("alice@acme.example/desk").first)
        #expect(end.type == .unavailable)
        #expect(end.mucUser?.destruction != nil)
        #expect(bridge.turn.closed.count == 1)
        #expect(try bridge.says("hello").first?.error == .itemNotFound)
    }

    @Test func goesBackToChatWhenTheAgentLeaves() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        let left = try bridge.receive(
            "<presence type='unavailable' from='alice@acme.example/desk' to='\(bridge.room)/alice'/>")
        #expect(left.first?.mucUser?.statuses.contains(.selfPresence) == true)
        #expect(try bridge.customerWrites("Still there?").to("alice@acme.example").first?.type == .chat)
        #expect(try bridge.says("hi").first?.error == .notAcceptable, "not in the room any more")
    }

    @Test func noticesAnAgentsClientGoingOffline() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.agentComesOnline("alice@acme.example/phone")
        try bridge.join()
        try bridge.receive("<presence type='unavailable' from='alice@acme.example/desk' to='support@acme.example'/>")
        #expect(bridge.core.rooms.isEmpty)
        #expect(try bridge.customerWrites("Still there?").to("alice@acme.example").bodies == ["Still there?"])
    }

    @Test func dropsAnOccupantThatBounces() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        try bridge.receive(
            """
            <message type='error' from='alice@acme.example/desk' to='\(bridge.room)'>\
            <error type='cancel'><gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></message>
            """)
        #expect(bridge.core.rooms.isEmpty)
    }

    @Test func sharesANameAmongOneAgentsClients() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.agentComesOnline("alice@acme.example/phone")
        try bridge.join()
        try bridge.join("alice@acme.example/phone")
        let echo = try bridge.says("Unplug it").kind(.message)
        #expect(echo.to("alice@acme.example/phone").count == 1)
        let sent = try bridge.receive(
            "<presence type='unavailable' from='alice@acme.example/desk' to='\(bridge.room)/alice'/>")
        #expect(sent.to("alice@acme.example/phone").isEmpty, "the name stays")
        #expect(try bridge.customerWrites("Hm").to("alice@acme.example/phone").first?.type == .groupchat)
    }

    @Test func answersAPingOfOneself() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let ping =
            "<iq type='get' id='p' from='alice@acme.example/desk' to='\(bridge.room)/alice'><ping xmlns='urn:xmpp:ping'/></iq>"
        #expect(try bridge.receive(ping).first?.error == .notAcceptable)
        try bridge.join()
        #expect(try bridge.receive(ping).first?.type == .result)
    }

    @Test func saysWhatItIs() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let sent = try bridge.receive(
            """
            <iq type='get' id='d' from='alice@acme.example/desk' to='\(bridge.room)'>\
            <query xmlns='http://jabber.org/protocol/disco#info'/></iq>
            """)
        let info = try DiscoveryInfo(try #require(sent.first?.payload))
        #expect(info.identities.first?.category == "conference")
        #expect(info.features.contains("muc_membersonly"))
    }

    @Test func invitesAnAgentWhoComesBack() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.receive("<presence type='unavailable' from='alice@acme.example/desk' to='support@acme.example'/>")
        let sent = try bridge.agentComesOnline()
        #expect(sent.contains { $0.mucUser?.invitations.isEmpty == false })
    }

    @Test func refusesPrivateMessages() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        let sent = try bridge.receive(
            """
            <message type='chat' from='alice@acme.example/desk' to='\(bridge.room)/Tom Customer'>\
            <body>psst</body></message>
            """)
        #expect(sent.first?.error == .notAllowed)
        #expect(sent.to("tom@home.example").isEmpty)
    }
}
