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

@Suite struct OfferTests {
    private static let agentStatus = "<agent-status xmlns='http://jabber.org/protocol/workgroup'/>"

    private func withDialogue() throws -> BridgeHarness {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline()
        try bridge.receive(
            "<presence from='alice@acme.example/desk' to='support@care.acme.example'>\(Self.agentStatus)</presence>")
        return bridge
    }

    @Test func offersInWordsWithTheRecord() throws {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline()
        try bridge.customerWrites("My gizmo is broken")
        let offer = bridge.find(BridgeHarness.tom).to("alice@acme.example").first
        #expect(offer?.from?.description == "support@care.acme.example")
        for part in ["Tom Customer", "Gold", "4711", "My gizmo is broken", "accept"] {
            #expect(offer?.body?.contains(part) == true, "\(part)")
        }
        #expect(offer?.child("record", BizBuddyDepartment.namespace)?["customer"] == "4711")
    }

    @Test func offersInTheDialogueWithTheRecordInside() throws {
        var bridge = try withDialogue()
        try bridge.customerWrites("My gizmo is broken")
        let sent = bridge.find(BridgeHarness.tom)
        let request = try #require(sent.to("alice@acme.example/desk").kind(.iq).first)
        let offer = try Workgroup.Offer(try #require(request.payload))
        #expect(request.type == .set)
        #expect(offer.jid.description == "tom@home.example")
        #expect(offer.timeout == 30)
        let metadata = try offer.payload(
            "metadata", Workgroup.fastpathNamespace, as: Workgroup.Metadata.self)
        #expect(metadata?["question"] == "My gizmo is broken")
        let record = try offer.payload("record", BizBuddyDepartment.namespace, as: BizBuddyRecord.self)
        #expect(record?.customer == "4711")
        #expect(record?.form?["plan"] == "Gold")
        #expect(sent.to("alice@acme.example").isEmpty, "not in words as well")
    }

    @Test func acceptsInTheDialogue() throws {
        var bridge = try withDialogue()
        try bridge.customerWrites("My gizmo is broken")
        bridge.find(BridgeHarness.tom)
        let sent = try bridge.receive(
            """
            <iq type='set' id='a1' from='alice@acme.example/desk' to='support@care.acme.example'>\
            <offer-accept xmlns='http://jabber.org/protocol/workgroup' jid='tom@home.example'/></iq>
            """)
        #expect(sent.first?.type == .result)
        #expect(sent.first?.id == "a1")
        let invitation = try #require(sent.first { $0.mucUser?.invitations.isEmpty == false })
        #expect(invitation.to?.description == "alice@acme.example/desk")
        #expect(invitation.mucUser?.invitations.first?.from?.description == "support@care.acme.example")
        #expect(invitation.child("x", DirectInvitation.namespace)?["jid"] == bridge.room)
        #expect(invitation.child("offer", Workgroup.namespace)?["jid"] == "tom@home.example")
    }

    @Test func refusesAnAnswerToNoOffer() throws {
        var bridge = try withDialogue()
        let sent = try bridge.receive(
            """
            <iq type='set' id='a1' from='alice@acme.example/desk' to='support@care.acme.example'>\
            <offer-accept xmlns='http://jabber.org/protocol/workgroup' jid='tom@home.example'/></iq>
            """)
        #expect(sent.first?.error == .notAcceptable)
    }

    /// As Smack's agents do it: the offer is named, and the customer is not.
    @Test(arguments: ["accept", "reject"])
    func takesAnAnswerThatNamesTheOfferAlone(_ answer: String) throws {
        var bridge = try withDialogue()
        try bridge.customerWrites("My gizmo is broken")
        bridge.find(BridgeHarness.tom)
        func says(_ id: String) throws -> StanzaType? {
            try bridge.receive(
                """
                <iq type='set' id='a1' from='alice@acme.example/desk' to='support@care.acme.example'>\
                <offer-\(answer) xmlns='http://jabber.org/protocol/workgroup' id='\(id)'/></iq>
                """
            ).first { $0.id == "a1" }?.type
        }
        #expect(try says("another") == .error)
        #expect(try says(bridge.conversation.rawValue) == .result)
        let agent = bridge.core.service.conversations[bridge.conversation]?.agent
        #expect(agent == (answer == "accept" ? AgentID("alice@acme.example") : nil))
    }

    @Test func passesARejectedCustomerOn() throws {
        var bridge = try withDialogue()
        try bridge.agentComesOnline("bob@acme.example/desk")
        try bridge.customerWrites("My gizmo is broken")
        bridge.find(BridgeHarness.tom)
        let sent = try bridge.receive(
            """
            <iq type='set' id='a1' from='alice@acme.example/desk' to='support@care.acme.example'>\
            <offer-reject xmlns='http://jabber.org/protocol/workgroup' jid='tom@home.example'/></iq>
            """)
        #expect(sent.first?.type == .result)
        #expect(sent.to("bob@acme.example").bodies.first?.contains("Tom Customer") == true)
    }

    @Test func revokesWhatIsNotAnswered() throws {
        var bridge = try withDialogue()
        try bridge.customerWrites("My gizmo is broken")
        bridge.find(BridgeHarness.tom)
        let sent = bridge.tick(after: .seconds(31))
        let revocation = try #require(sent.kind(.iq).first { $0.child("offer-revoke", Workgroup.namespace) != nil })
        #expect(revocation.to?.description == "alice@acme.example/desk")
        #expect(revocation.payload?["jid"] == "tom@home.example")
    }

    @Test func asksInWordsWhenTheClientIsGone() throws {
        var bridge = try withDialogue()
        try bridge.customerWrites("My gizmo is broken")
        let request = try #require(bridge.find(BridgeHarness.tom).kind(.iq).first)
        let error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
        let forged = try bridge.receive(
            """
            <iq type='error' id='\(request.id ?? "")' from='tom@home.example/x' to='support@care.acme.example'>\
            \(error)</iq>
            """)
        #expect(forged.isEmpty, "an answer of somebody else")
        let sent = try bridge.receive(
            """
            <iq type='error' id='\(request.id ?? "")' from='alice@acme.example/desk' to='support@care.acme.example'>\
            \(error)</iq>
            """)
        #expect(sent.to("alice@acme.example").bodies.first?.contains("Gold") == true)
    }

    @Test func settlesTheOfferOnOtherClients() throws {
        var bridge = try withDialogue()
        try bridge.agentComesOnline("alice@acme.example/phone")
        try bridge.customerWrites("My gizmo is broken")
        let offers = bridge.find(BridgeHarness.tom)
        #expect(offers.to("alice@acme.example/phone").bodies.count == 1, "this one in words")
        let sent = try bridge.receive(
            """
            <message type='chat' from='alice@acme.example/phone' to='support@care.acme.example'>\
            <body> Accept </body></message>
            """)
        #expect(sent.to("alice@acme.example/desk").first?.payload?.name == "offer-revoke")
    }

    @Test func withdrawsTheOfferWhereItWasRejectedInWords() throws {
        var bridge = try withDialogue()
        try bridge.customerWrites("My gizmo is broken")
        bridge.find(BridgeHarness.tom)
        let sent = try bridge.receive(
            """
            <message type='chat' from='alice@acme.example/phone' to='support@care.acme.example'><body>reject</body></message>
            """)
        #expect(sent.to("alice@acme.example/desk").first?.payload?.name == "offer-revoke")
        #expect(sent.to("alice@acme.example/phone").bodies == ["Passed on."])
        #expect(bridge.core.service.openOffer(of: AgentID("alice@acme.example")) == nil)
    }

    @Test func tellsAgentsAboutTheQueue() throws {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline()
        let first = try bridge.receive(
            "<presence from='alice@acme.example/desk' to='support@care.acme.example'>\(Self.agentStatus)</presence>")
        #expect(first.contains { $0.child("notify-agents", Workgroup.namespace) != nil })
        let sent = try bridge.customerWrites("Hello?")
        let news = try #require(sent.compactMap { $0.child("notify-queue", Workgroup.namespace) }.last)
        #expect(try Workgroup.NotifyQueue(news).count == 1)
    }

    @Test func updatesAnOfferWhoseRecordComesLate() throws {
        var bridge = try BridgeHarness()
        try bridge.agentComesOnline()
        try bridge.customerWrites("My gizmo is broken")
        let early = bridge.tick(after: .seconds(1)).to("alice@acme.example").bodies
        #expect(early.first?.contains("still being looked up") == true)
        let late = bridge.find(BridgeHarness.tom).to("alice@acme.example").bodies
        #expect(late.first?.contains("Gold") == true)
    }
}
