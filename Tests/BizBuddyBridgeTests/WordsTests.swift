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

/// Ready answers, macros, alerts, the known issue, the survey and the transcript, as clients see them.
@Suite struct WordsTests {
    private static let dave = "dave@acme.example/desk"

    private func talking() throws -> BridgeHarness {
        var bridge = try BridgeHarness(supervisors: ["dave@acme.example"])
        bridge.core.configuration.canned = ["hello": "Hello {customer}, {agent} of {department} here. {nothing}"]
        bridge.core.configuration.macros = ["refund": ["/note refunded", "Your money is on its way.", "/close solved"]]
        try bridge.conversationBegins()
        return bridge
    }

    @Test func readyAnswersGoToTheCustomerAndStandInTheRoom() throws {
        var bridge = try talking()
        let words = "Hello Tom Customer, alice of Support here. {nothing}"
        let byChat = try bridge.says("/canned hello", type: "chat")
        #expect(byChat.to("tom@home.example").bodies == [words])
        #expect(byChat.to("alice@acme.example/desk").bodies == ["Sent: \(words)"])
        try bridge.join()
        let inRoom = try bridge.says("/canned Hello")
        #expect(inRoom.to("tom@home.example").bodies == [words])
        #expect(inRoom.to("alice@acme.example/desk").bodies == ["/canned Hello", words])
        #expect(try bridge.says("/canned nothing").to("tom@home.example").isEmpty)
        #expect(
            try bridge.says("/canned").to("alice@acme.example/desk").bodies.last?.hasPrefix("hello – Hello") == true)
        let foreign = try bridge.says("/canned hello", type: "chat", as: "bob@acme.example/desk")
        #expect(foreign.to("tom@home.example").isEmpty)
        #expect(foreign.to("bob@acme.example/desk").bodies == ["This conversation is somebody else's."])
    }

    @Test func aMacroDoesSeveralThings() throws {
        var bridge = try talking()
        try bridge.join()
        let sent = try bridge.says("/macro refund")
        #expect(
            sent.to("tom@home.example").bodies.prefix(2)
                == ["Your money is on its way.", "This conversation is closed. Thank you; write again at any time."])
        #expect(bridge.core.service.conversations.isEmpty)
        let closed = try #require(bridge.turn.closed.first)
        #expect(closed.transcript.map(\.text).contains("refunded"))
        #expect(!sent.to("tom@home.example").bodies.contains("refunded"))
    }

    @Test func aRepeatedStanzaSaysItOnce() throws {
        var bridge = try talking()
        let stanza = """
            <message type='chat' id='m1' from='alice@acme.example/desk' to='\(bridge.room)'><body>/canned hello</body>            <stanza-id xmlns='urn:xmpp:sid:0' by='care.acme.example' id='s1'/></message>
            """
        #expect(try bridge.receive(stanza).to("tom@home.example").count == 1)
        #expect(try bridge.receive(stanza).to("tom@home.example").isEmpty)
    }

    @Test func customersGetACopyWithoutNotesAndNames() throws {
        var bridge = try talking()
        try bridge.says("/note he is angry", type: "chat")
        try bridge.says("It leaves today", type: "chat")
        try bridge.says("/close", type: "chat")
        let closed = try #require(bridge.turn.closed.first)
        try bridge.customerWrites("transcript")
        let request = try #require(bridge.turn.archive.first)
        #expect(request.query == .customer(CustomerAddress("tom@home.example"), limit: 10))
        var turn = Turn(now: bridge.now)
        bridge.core.archived(request, [closed], &turn)
        let copy = try #require(turn.outgoing.first?.stanza)
        #expect(copy.to?.description == "tom@home.example" && copy.from?.description == "support@acme.example")
        let lines = (copy.body ?? "").split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.first?.hasSuffix("You: My gizmo is broken") == true)
        #expect(lines.last?.hasSuffix("Support: It leaves today") == true)
        #expect(copy.body?.contains("alice") == false && copy.body?.contains("angry") == false)
        var none = Turn(now: bridge.now)
        bridge.core.archived(request, [], &none)
        #expect(none.outgoing.first?.stanza.body == "There is no earlier conversation.")
    }

    @Test func theSurveyIsAskedWithButtonsAndAForm() throws {
        var bridge = try talking()
        bridge.core.configuration.departments[0].rules.care.surveyPercent = 100
        var turn = Turn(now: bridge.now)
        bridge.core.configure(bridge.core.configuration, &turn)
        let sent = try bridge.says("/close", type: "chat")
        let question = try #require(sent.to("tom@home.example").last)
        #expect(
            question.content.children("response", QuickResponse.namespace).map { $0["value"] } == [
                "1", "2", "3", "4", "5",
            ])
        #expect(question.child("x", DataForm.namespace) != nil)
        let answer = try bridge.receive(
            """
            <message type='chat' from='tom@home.example/phone' to='support@acme.example'>            <x xmlns='jabber:x:data' type='submit'><field var='rating'><value>5</value></field></x></message>
            """)
        #expect(answer.bodies == ["Thank you for your answer."])
        #expect(bridge.turn.facts.map(\.kind) == [.rated(5)])
    }

    @Test func supervisorsAnnounce() throws {
        var bridge = try talking()
        bridge.core.configuration.service.outreach.topics = ["gizmo": "new gizmos"]
        var turn = Turn(now: bridge.now)
        bridge.core.configure(bridge.core.configuration, &turn)
        try bridge.agentComesOnline(Self.dave)
        try bridge.customerWrites("alert gizmo", from: "uma@home.example/x")
        try bridge.customerWrites("yes", from: "uma@home.example/x")
        let published = try bridge.customerWrites(
            "/publish gizmo A blue one!", from: Self.dave, to: "support@care.acme.example")
        #expect(published.to("uma@home.example").bodies.first?.hasPrefix("A blue one!") == true)
        #expect(published.to(Self.dave).bodies == ["Told to 1."])
        let banner = try bridge.customerWrites(
            "/banner Mail is down", from: Self.dave, to: "support@care.acme.example")
        #expect(banner.to("alice@acme.example").bodies.last?.contains("Mail is down") == true)
        #expect(
            try bridge.customerWrites("/banner x", from: "alice@acme.example/desk", to: "support@care.acme.example")
                .bodies == ["Only supervisors may do that."])
    }
}
