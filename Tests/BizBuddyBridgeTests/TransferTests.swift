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

@Suite struct TransferTests {
    private func talking() throws -> BridgeHarness {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        try bridge.join()
        try bridge.agentComesOnline("bob@acme.example/desk")
        return bridge
    }

    private static func commands(_ text: String, _ bridge: inout BridgeHarness, as agent: String) throws -> [Stanza] {
        try bridge.receive(
            "<message type='chat' from='\(agent)' to='support@care.acme.example'><body>\(text)</body></message>")
    }

    @Test func passesOnInWords() throws {
        var bridge = try talking()
        let sent = try bridge.says("/transfer bob knows gizmos")
        let offer = try #require(sent.to("bob@acme.example").first)
        #expect(offer.from?.description == "support@care.acme.example")
        #expect(offer.body?.hasPrefix("alice@acme.example passes a customer on to you: knows gizmos") == true)
        #expect(offer.body?.contains("Tom Customer") == true)
        #expect(sent.to("tom@home.example").isEmpty)
        let answer = try Self.commands("accept", &bridge, as: "bob@acme.example/desk")
        let invitation = try #require(answer.first { $0.mucUser?.invitations.isEmpty == false })
        #expect(invitation.to?.description == "bob@acme.example/desk")
        #expect(answer.to("alice@acme.example/desk").kind(.presence).contains { $0.type == .unavailable })
        #expect(!answer.bodies.contains { $0.contains("Noted") })
        #expect(answer.to("tom@home.example").bodies == ["Somebody else from Support will help you further."])
        // The room tells the new one what was said, the summary included.
        let history = try bridge.join("bob@acme.example/desk", as: "bob").to("bob@acme.example/desk").bodies
        #expect(history.contains("My gizmo is broken"))
        #expect(history.contains("[note] passed on to bob: knows gizmos"))
        try bridge.says("Good morning", as: "bob@acme.example/desk")
        #expect(bridge.sent.to("tom@home.example").bodies == ["Good morning"])
    }

    @Test func passesOnInFastpathsDialogue() throws {
        var bridge = try talking()
        try bridge.receive(
            """
            <presence from='bob@acme.example/desk' to='support@care.acme.example'>\
            <agent-status xmlns='http://jabber.org/protocol/workgroup'/></presence>
            """)
        let request = { (invitee: String) in
            """
            <iq type='set' id='t1' from='alice@acme.example/desk' to='support@care.acme.example'>\
            <transfer xmlns='http://jabber.org/protocol/workgroup' type='user'>\
            <session xmlns='http://jivesoftware.com/protocol/workgroup' id='\(bridge.conversation)'/>\
            <invitee>\(invitee)</invitee><reason>knows gizmos</reason></transfer></iq>
            """
        }
        #expect(try bridge.receive(request("nobody@acme.example")).first?.error == .itemNotFound)
        let sent = try bridge.receive(request("bob@acme.example"))
        #expect(sent.first?.type == .result)
        let payload = try #require(sent.to("bob@acme.example/desk").kind(.iq).first?.payload)
        let offer = try Workgroup.Offer(payload)
        let transfer = try offer.payload("transfer", Workgroup.namespace, as: Workgroup.Transfer.self)
        #expect(transfer?.inviter?.description == "alice@acme.example")
        #expect(transfer?.reason == "knows gizmos")
        #expect(transfer?.room?.description == bridge.room)
        #expect(try offer.payload("record", BizBuddyDepartment.namespace, as: BizBuddyRecord.self)?.customer == "4711")
        let accepted = try bridge.receive(
            """
            <iq type='set' id='a1' from='bob@acme.example/desk' to='support@care.acme.example'>\
            <offer-accept xmlns='http://jabber.org/protocol/workgroup' jid='tom@home.example'/></iq>
            """)
        #expect(accepted.first?.type == .result)
        #expect(bridge.core.service.conversations[bridge.conversation]?.agent == AgentID("bob@acme.example"))
    }

    @Test func explainsWhatCannotBe() throws {
        var bridge = try talking()
        let nobody = try bridge.says("/transfer nobody").to("alice@acme.example/desk")
        #expect(nobody.bodies.contains("There is no such agent or department."))
        #expect(bridge.sent.to("tom@home.example").isEmpty)
        #expect(try bridge.says("/transfer alice").contains { $0.error == .conflict })
    }

    @Test func answersBoardAndAgents() throws {
        var bridge = try talking()
        let board = try Self.commands("/board", &bridge, as: "alice@acme.example/desk").bodies
        #expect(board.first?.hasPrefix("Support: open, 0 in line") == true)
        let agents = try Self.commands("/agents", &bridge, as: "alice@acme.example/desk").bodies
        #expect(
            agents.first == """
                Support:
                alice@acme.example: available, 1 of 3 conversations
                bob@acme.example: available, 0 of 3 conversations
                """)
        let inRoom = try bridge.says("/board").to("alice@acme.example/desk").bodies
        #expect(inRoom.contains { $0.hasPrefix("Support: open") })
        #expect(bridge.sent.to("tom@home.example").isEmpty)
    }
}
