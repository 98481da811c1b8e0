//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct AgentTests {
    /// A service in which alice talks to tom.
    private func talking() -> Service {
        var service = Service(online: [Service.alice])
        service.say("first")
        service.say("second")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        return service
    }

    @Test(
        arguments: [
            (true, nil, true), (false, nil, false), (true, false, false), (false, true, true),
        ] as [(Bool, Bool?, Bool)])
    func dutyIsPresenceUnlessOverridden(takes: Bool, override: Bool?, expected: Bool) {
        var service = Service()
        service.online(Service.alice, state: "some", takes: takes)
        if let override {
            service.apply(.duty(agent: Service.alice, isOn: override))
        }
        #expect(service.state.isOnDuty(Service.alice, for: Service.support) == expected)
    }

    @Test func dutyOnNeedsAClient() {
        var service = Service()
        service.apply(.duty(agent: Service.alice, isOn: true))
        #expect(
            service.effects.contains(
                .tellAgent(agent: Service.alice, conversation: nil, notice: .dutyOnWhenOnline)))
        #expect(service.state.isOnDuty(Service.alice, for: Service.support) == false)
    }

    @Test func newStateEndsDutyOnButNotDutyOff() {
        var service = Service()
        service.online(Service.alice, state: "lunch", takes: false)
        service.apply(.duty(agent: Service.alice, isOn: true))
        service.online(Service.alice, state: "meeting", takes: false)
        #expect(service.state.agents[Service.alice]?.isOnDuty == false)
        service.apply(.duty(agent: Service.alice, isOn: false))
        service.online(Service.alice, state: "available", takes: true)
        #expect(service.state.agents[Service.alice]?.isOnDuty == false)
    }

    @Test func refusesDutyOfStrangersAndIgnoresTheirPresence() {
        var service = Service()
        let erin = AgentID("erin@acme.example")
        service.apply(.duty(agent: erin, isOn: true))
        #expect(service.refusals == [.notAnAgent])
        service.online(erin)
        #expect(service.state.agents[erin] == nil)
    }

    @Test(arguments: [
        (WorkgroupPresence.Show.chat, true), (.away, true), (.xa, false), (.dnd, false), (.left, false),
    ])
    func workgroupPresenceNarrows(show: WorkgroupPresence.Show, expected: Bool) {
        var service = Service(online: [Service.alice])
        service.apply(
            .workgroupPresence(
                agent: Service.alice, department: Service.support, resource: "desk",
                state: WorkgroupPresence(show: show)))
        #expect(service.state.isOnDuty(Service.alice, for: Service.support) == expected)
        #expect(service.state.isOnDuty(Service.alice, for: Service.sales))
        #expect(
            service.state.workgroupResources(of: Service.alice, in: Service.support)
                == (show == .left ? [] : ["desk"]))
        service.offline(Service.alice)
        service.online(Service.alice)
        #expect(service.state.isOnDuty(Service.alice, for: Service.support))
    }

    @Test func workgroupPresenceNeverWidens() {
        var service = Service()
        service.online(Service.alice, state: "lunch", takes: false)
        service.apply(
            .workgroupPresence(
                agent: Service.alice, department: Service.support, resource: "desk",
                state: WorkgroupPresence(show: .chat)))
        #expect(service.state.isOnDuty(Service.alice, for: Service.support) == false)
    }

    @Test func acceptingInvitesAndHandsOverWhatWasSaid() {
        let service = talking()
        let id = service.id()
        #expect(service.effects.contains(.inviteToRoom(agent: Service.alice, conversation: id)))
        #expect(service.relays.map(\.entry.text) == ["first", "second"])
        #expect(service.relays.allSatisfy { !$0.toRoom && $0.customerName == "tom" })
        #expect(service.heard() == ["Someone from Support is with you now."])
        #expect(service.state.line(of: Service.support).isEmpty)
    }

    @Test func relaysToTheRoomOnceTheAgentIsInIt() {
        var service = talking()
        service.apply(.agentJoined(agent: Service.alice, conversation: service.id()))
        service.say("third")
        #expect(service.relays.map(\.toRoom) == [true])
        service.apply(.agentLeft(agent: Service.alice, conversation: service.id()))
        service.say("fourth")
        #expect(service.relays.map(\.toRoom) == [false])
        service.apply(.agentJoined(agent: Service.bob, conversation: service.id()))
        #expect(service.conversation()?.assignment?.hasJoined == false)
    }

    @Test func sendsAgentTextsToTheCustomerOnce() {
        var service = talking()
        let message = Command.agentMessage(
            agent: Service.alice, conversation: service.id(), text: "Hello Tom", externalID: "m1")
        service.apply(message)
        #expect(
            service.effects == [
                .sendToCustomer(
                    CustomerDelivery(
                        conversation: service.id(), customer: Service.tom, contact: Service.supportContact,
                        text: "Hello Tom", kind: .agentText, entry: service.conversation()?.transcript.last))
            ])
        service.apply(message)
        #expect(service.effects.isEmpty)
        #expect(service.conversation()?.transcript.map(\.text) == ["first", "second", "Hello Tom"])
    }

    @Test func notesStayWithStaff() {
        var service = talking()
        service.apply(.note(agent: Service.alice, conversation: service.id(), text: "difficult", externalID: nil))
        #expect(service.heard().isEmpty)
        #expect(service.conversation()?.transcript.last?.author == .note(Service.alice))
        guard case .showNote(_, let entry)? = service.effects.first else {
            Issue.record("the note is not shown to staff")
            return
        }
        #expect(entry.text == "difficult")
    }

    @Test func refusesWhoDoesNotHaveTheConversation() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        let id = service.id()
        let table: [(AgentID, ConversationID, AgentRefusal)] = [
            (Service.alice, id, .notAccepted), (Service.bob, id, .notYours),
            (AgentID("tom@home.example"), id, .notAnAgent), (Service.alice, ConversationID("gone"), .noConversation),
        ]
        for (agent, conversation, reason) in table {
            service.apply(.agentMessage(agent: agent, conversation: conversation, text: "x", externalID: nil))
            #expect(service.effects == [.refuse(agent: agent, conversation: conversation, reason: reason)])
            service.apply(.close(agent: agent, conversation: conversation, disposition: nil))
            #expect(service.refusals == [reason])
            service.apply(.note(agent: agent, conversation: conversation, text: "x", externalID: nil))
            #expect(service.refusals == [reason])
        }
    }

    @Test func lunchKeepsConversationsThatRun() {
        var service = talking()
        service.online(Service.alice, state: "lunch", takes: false)
        service.wait(.seconds(600))
        #expect(service.conversation()?.agent == Service.alice)
    }

    @Test func agentWhoReturnsWithinTheGraceGoesOn() {
        var service = talking()
        service.apply(.agentJoined(agent: Service.alice, conversation: service.id()))
        service.offline(Service.alice)
        service.wait(.seconds(119))
        #expect(service.conversation()?.agent == Service.alice)
        service.online(Service.alice)
        #expect(service.effects.contains(.inviteToRoom(agent: Service.alice, conversation: service.id())))
        service.wait(.seconds(600))
        #expect(service.conversation()?.agent == Service.alice)
    }

    @Test func agentWhoStaysAwayGivesTheCustomerBackToTheHeadOfTheLine() {
        var service = talking()
        service.apply(.duty(agent: Service.alice, isOn: false))
        service.online(Service.bob)
        service.apply(.duty(agent: Service.bob, isOn: false))
        service.say("later", Service.uma)
        service.offline(Service.alice)
        service.say("still there?")
        service.wait(.seconds(120))
        #expect(service.state.line(of: Service.support) == [service.id(), service.id(Service.uma)])
        #expect(service.heard().first?.contains("disconnected") == true)
        service.apply(.duty(agent: Service.bob, isOn: true))
        #expect(service.offers.map(\.customer) == [Service.tom])
        service.apply(.acceptOffer(agent: Service.bob, conversation: nil))
        #expect(service.relays.map(\.entry.text) == ["first", "second", "still there?"])
    }

    @Test func oneClientOfTwoIsEnough() {
        var service = talking()
        service.online(Service.alice, resource: "phone")
        service.offline(Service.alice)
        service.wait(.seconds(600))
        #expect(service.conversation()?.agent == Service.alice)
    }

    @Test func namesNoAgentToCustomers() {
        let texts = CustomerTexts()
        let notices: [CustomerNotice] = [
            .greeting, .place(2, seconds: 180), .closed(place: 2, reopens: nil), .accepted, .agentLost, .ended, .left,
            .help,
            .notInLine,
            .tooMany, .discontinued,
        ]
        for notice in notices {
            let text = texts.text(of: notice, department: "Support")
            #expect(!text.contains("@") && !text.contains("{") && !text.isEmpty)
        }
    }
}
