//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// Colleagues and supervisors in a conversation.
@Suite struct CompanyTests {
    static let dave = AgentID("dave@acme.example")

    /// Alice has Tom, Bob and the supervisor Dave are online.
    private static func service(_ monitoring: Supervision.Monitoring = .announced) -> Service {
        var configuration = Service.acme()
        configuration.supervision.supervisors = [dave]
        configuration.supervision.monitoring = monitoring
        var service = Service(configuration, online: [Service.alice])
        service.say("My gizmo is broken")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.agentJoined(agent: Service.alice, conversation: service.id()))
        service.online(Service.bob)
        service.online(dave)
        return service
    }

    private static func bring(
        _ colleague: AgentID, _ part: Conversation.Companion.Part, _ service: inout Service
    ) {
        service.apply(
            .invite(
                agent: Service.alice, conversation: service.id(), colleague: colleague, part: part, reason: "gizmos"))
    }

    @Test func aGuestSpeaksWithTheCustomer() {
        var service = Self.service()
        let id = service.id()
        Self.bring(Service.bob, .guest, &service)
        #expect(
            service.effects.contains(
                .inviteCompanion(
                    CompanionInvitation(
                        agent: Service.bob, conversation: id, customerName: "tom", part: .guest, by: Service.alice,
                        reason: "gizmos"))))
        service.say("Hello?")
        #expect(service.relays.map(\.agent) == [Service.alice], "who has not answered hears nothing yet")
        service.apply(.agentMessage(agent: Service.bob, conversation: id, text: "I know these", externalID: "1"))
        #expect(service.heard() == ["I know these"])
        #expect(service.conversation()?.transcript.last?.author == .agent(Service.bob))
        service.apply(.agentMessage(agent: Service.bob, conversation: id, text: "I know these", externalID: "1"))
        #expect(service.effects.isEmpty, "once")
        service.say("Good")
        #expect(service.relays.map(\.agent) == [Service.alice, Service.bob])
        #expect(service.relays.map(\.toRoom) == [true, false])
        #expect(service.state.agents[Service.bob]?.totalUnits == 0, "a guest's capacity is not touched")
        service.apply(.close(agent: Service.bob, conversation: id, disposition: nil))
        #expect(service.refusals == [.notYours])
        service.apply(.close(agent: Service.alice, conversation: id, disposition: nil))
        #expect(service.effects.contains(.tellAgent(agent: Service.bob, conversation: id, notice: .closed)))
    }

    @Test func aConsultantIsHeardByStaffOnly() throws {
        var service = Self.service()
        let id = service.id()
        Self.bring(Service.bob, .consultant, &service)
        service.apply(.agentMessage(agent: Service.bob, conversation: id, text: "Check the fuse", externalID: nil))
        #expect(service.heard().isEmpty)
        let entry = try #require(service.conversation()?.transcript.last)
        #expect(entry.author == .note(Service.bob))
        #expect(service.effects.contains(.showNote(conversation: id, entry: entry)))
        service.apply(.agentMessage(agent: Service.alice, conversation: id, text: "Is the fuse on?", externalID: nil))
        let words = try #require(service.conversation()?.transcript.last)
        #expect(service.effects.contains(.showAgentText(conversation: id, entry: words)))
    }

    @Test func companionsGoAndAreSentAway() {
        var service = Self.service()
        let id = service.id()
        Self.bring(Service.bob, .guest, &service)
        service.apply(.agentJoined(agent: Service.bob, conversation: id))
        service.apply(.agentLeft(agent: Service.bob, conversation: id))
        #expect(service.conversation()?.company.companions.isEmpty == true)
        #expect(
            service.effects.contains(
                .tellAgent(agent: Service.alice, conversation: id, notice: .companionGone(Service.bob))))
        Self.bring(Service.bob, .consultant, &service)
        service.apply(.dismissCompanion(agent: Service.carol, conversation: id, companion: Service.bob))
        #expect(service.refusals == [.notYours])
        service.apply(.dismissCompanion(agent: Service.alice, conversation: id, companion: Service.bob))
        #expect(service.effects.contains(.removeFromRoom(agent: Service.bob, conversation: id)))
        service.apply(.agentMessage(agent: Service.bob, conversation: id, text: "Still here?", externalID: nil))
        #expect(service.refusals == [.notYours])
        #expect(service.heard().isEmpty)
    }

    @Test func invitationsThatCannotBeAreRefused() {
        var service = Self.service()
        for (colleague, reason) in [
            (Service.alice, AgentRefusal.alreadyThere), (Service.carol, .targetNotAvailable),
            (AgentID("nobody@acme.example"), .noSuchTarget),
        ] {
            Self.bring(colleague, .guest, &service)
            #expect(service.refusals == [reason])
        }
        Self.bring(Service.bob, .guest, &service)
        Self.bring(Service.bob, .guest, &service)
        #expect(service.refusals == [.alreadyThere])
        service.apply(
            .invite(
                agent: Service.bob, conversation: service.id(), colleague: Self.dave, part: .guest, reason: nil))
        #expect(service.refusals == [.notYours])
        #expect(service.conversation()?.company.companions.count == 1)
    }

    @Test func companionsDoNotWaitInLine() {
        var service = Self.service()
        let id = service.id()
        Self.bring(Service.bob, .guest, &service)
        service.apply(.agentJoined(agent: Service.bob, conversation: id))
        service.offline(Service.alice)
        service.wait(.seconds(121))
        #expect(service.effects.contains(.removeFromRoom(agent: Service.bob, conversation: id)))
        #expect(service.conversation()?.company.companions.isEmpty == true)
        #expect(service.conversation()?.isWaiting == true)
        #expect(service.state.place(of: id) == 1)
        #expect(service.heard().first?.contains("disconnected") == true)
    }

    // MARK: Supervisors

    @Test(arguments: [
        (Supervision.Monitoring.announced, ["A supervisor of Support is following this conversation from now on."]),
        (.stated, []),
    ])
    func followsAndTellsWhomThePolicySays(monitoring: Supervision.Monitoring, told: [String]) {
        var service = Self.service(monitoring)
        let id = service.id()
        service.apply(.monitor(person: Self.dave, conversation: id, isOn: true))
        #expect(service.heard() == told)
        #expect(
            service.effects.contains(
                .tellAgent(agent: Service.alice, conversation: id, notice: .monitored(Self.dave))))
        service.say("Hello?")
        #expect(service.relays.map(\.agent) == [Service.alice, Self.dave])
        service.apply(.agentMessage(agent: Self.dave, conversation: id, text: "Be kind", externalID: nil))
        #expect(service.heard().isEmpty)
        service.apply(.dismissCompanion(agent: Service.alice, conversation: id, companion: Self.dave))
        #expect(service.refusals == [.notYours], "an agent does not send the supervisor away")
        service.apply(.monitor(person: Self.dave, conversation: id, isOn: false))
        service.say("Still there?")
        #expect(service.relays.map(\.agent) == [Service.alice])
    }

    @Test func statesMonitoringToEverybodyIfThePolicySaysSo() {
        var configuration = Service.acme()
        configuration.supervision.monitoring = .stated
        var service = Service(configuration, online: [Service.alice])
        service.say("Hello?")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        #expect(service.heard().last == "A supervisor of Support may follow this conversation.")
    }

    @Test func followsNobodyIfThePolicySaysSo() {
        var service = Self.service(.off)
        service.apply(.monitor(person: Self.dave, conversation: service.id(), isOn: true))
        #expect(service.refusals == [.monitoringIsOff])
    }

    @Test func onlySupervisorsSupervise() {
        var service = Self.service()
        let id = service.id()
        let commands: [Command] = [
            .monitor(person: Service.bob, conversation: id, isOn: true),
            .whisper(person: Service.bob, conversation: id, text: "psst", externalID: nil),
            .takeOver(person: Service.bob, conversation: id),
            .reassign(person: Service.bob, conversation: id, to: .agent(Service.bob), reason: nil),
            .setDuty(person: Service.bob, agent: Service.alice, isOn: false),
        ]
        let before = service.state
        for command in commands {
            service.apply(command)
            #expect(service.refusals == [.notASupervisor])
            #expect(service.state == before)
        }
    }

    @Test func whispersToTheAgentAlone() throws {
        var service = Self.service()
        let id = service.id()
        service.apply(.whisper(person: Self.dave, conversation: id, text: "Offer a refund", externalID: nil))
        let entry = try #require(service.conversation()?.transcript.last)
        #expect(entry.author == .note(Self.dave) && entry.text == "Offer a refund")
        #expect(service.effects.contains(.showNote(conversation: id, entry: entry)))
        #expect(service.heard().isEmpty)
    }

    @Test func takesOverFromAnAgent() {
        var service = Self.service()
        let id = service.id()
        service.apply(.monitor(person: Self.dave, conversation: id, isOn: true))
        service.apply(.agentJoined(agent: Self.dave, conversation: id))
        service.apply(.takeOver(person: Self.dave, conversation: id))
        #expect(service.conversation()?.agent == Self.dave)
        #expect(service.conversation()?.assignment?.hasJoined == true)
        #expect(service.conversation()?.company.companions.isEmpty == true)
        #expect(service.effects.contains(.removeFromRoom(agent: Service.alice, conversation: id)))
        #expect(service.heard() == ["Somebody else from Support will help you further."])
        #expect(service.relays.isEmpty, "who followed has heard it all")
        #expect(service.state.agents[Service.alice]?.totalUnits == 0)
        #expect(service.state.agents[Self.dave]?.totalUnits == 100)
        service.offline(Self.dave)
        service.wait(.seconds(121))
        #expect(service.conversation()?.isWaiting == true, "supervisors vanish like agents")
    }

    @Test func takesOverWhoWaitsAndWhoIsOffered() {
        var service = Self.service()
        service.say("Me too", Service.uma)
        #expect(service.conversation(Service.uma)?.offer != nil)
        let asked = service.conversation(Service.uma)?.offer?.agent
        service.apply(.takeOver(person: Self.dave, conversation: service.id(Service.uma)))
        #expect(service.revocations == [.takenByOther])
        #expect(service.conversation(Service.uma)?.agent == Self.dave)
        #expect(asked.flatMap { service.state.agents[$0]?.offer } == nil)
        #expect(service.heard(Service.uma) == ["Someone from Support is with you now."])
    }

    @Test func takesOverNoMoreThanFits() {
        var service = Self.service()
        for customer in [Service.uma, Service.vic, CustomerAddress("wendy@home.example")] {
            service.say("Hello?", customer)
            service.apply(.takeOver(person: Self.dave, conversation: service.id(customer)))
            #expect(service.conversation(customer)?.agent == Self.dave)
        }
        service.apply(.takeOver(person: Self.dave, conversation: service.id()))
        #expect(service.refusals == [.youAreBusy])
        #expect(service.conversation()?.agent == Service.alice)
        var absent = Self.service()
        absent.offline(Self.dave)
        absent.apply(.takeOver(person: Self.dave, conversation: absent.id()))
        #expect(absent.refusals == [.youAreNotOnline])
    }

    @Test func reassignsWhatAnAgentHasWithAcceptance() throws {
        var service = Self.service()
        let id = service.id()
        service.apply(
            .reassign(person: Self.dave, conversation: id, to: .agent(Service.bob), reason: "knows gizmos"))
        let offer = try #require(service.offers.first)
        #expect(offer.agent == Service.bob)
        #expect(offer.transfer == Offer.Transfer(from: Self.dave, reason: "knows gizmos"))
        #expect(service.conversation()?.agent == Service.alice, "until Bob accepts")
        service.apply(.rejectOffer(agent: Service.bob, conversation: nil))
        #expect(
            service.effects.contains(
                .tellAgent(
                    agent: Self.dave, conversation: nil, notice: .notTakenOver(Service.bob, .declined))))
        service.apply(.reassign(person: Self.dave, conversation: id, to: .agent(Service.bob), reason: nil))
        service.apply(.acceptOffer(agent: Service.bob, conversation: nil))
        #expect(service.conversation()?.agent == Service.bob)
        service.apply(.reassign(person: Self.dave, conversation: id, to: .department(Service.sales), reason: nil))
        #expect(service.conversation()?.department == Service.sales)
        #expect(service.conversation()?.isWaiting == true)
    }

    @Test func reassignsWhoWaits() throws {
        var service = Self.service()
        service.say("Hello?", Service.uma)
        let asked = try #require(service.conversation(Service.uma)?.offer?.agent)
        let other = asked == Service.alice ? Service.bob : Service.alice
        service.apply(
            .reassign(person: Self.dave, conversation: service.id(Service.uma), to: .agent(other), reason: nil))
        #expect(service.revocations == [.takenByOther])
        #expect(service.conversation(Service.uma)?.offer?.agents == [other])
        service.apply(
            .reassign(
                person: Self.dave, conversation: service.id(Service.uma), to: .department(Service.sales), reason: nil))
        #expect(service.conversation(Service.uma)?.department == Service.sales)
        #expect(service.state.line(of: Service.sales) == [service.id(Service.uma)])
    }

    @Test func setsAnAgentsDuty() {
        var service = Self.service()
        service.apply(.setDuty(person: Self.dave, agent: Service.bob, isOn: false))
        #expect(!service.state.isOnDuty(Service.bob, for: Service.support))
        #expect(
            service.effects.contains(
                .tellAgent(agent: Service.bob, conversation: nil, notice: .dutySetBy(Self.dave))))
        service.apply(.setDuty(person: Self.dave, agent: Service.tomAsAgent, isOn: false))
        #expect(service.refusals == [.noSuchTarget])
    }

    @Test func aFormerSupervisorFollowsNothing() {
        var service = Self.service()
        service.apply(.monitor(person: Self.dave, conversation: service.id(), isOn: true))
        service.apply(.configure(Service.acme()))
        #expect(service.conversation()?.company.companions.isEmpty == true)
        #expect(service.state.agents[Self.dave] == nil)
    }
}

extension Service {
    fileprivate static let tomAsAgent = AgentID("tom@home.example")
}
