//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

@Suite struct TransferTests {
    /// Alice has Tom, Bob is free.
    private static func service() -> Service {
        var service = Service(online: [Service.alice])
        service.say("My gizmo is broken")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.online(Service.bob)
        return service
    }

    private static func pass(
        _ service: inout Service, to target: TransferTarget, by agent: AgentID = Service.alice,
        reason: String? = "knows gizmos"
    ) {
        service.apply(.transfer(agent: agent, conversation: service.id(), to: target, reason: reason))
    }

    @Test func aColleagueIsAskedAndUntilThenNothingChanges() throws {
        var service = Self.service()
        Self.pass(&service, to: .agent(Service.bob))
        let offer = try #require(service.offers.first)
        #expect(offer.agent == Service.bob)
        #expect(offer.transfer == Offer.Transfer(from: Service.alice, reason: "knows gizmos"))
        #expect(
            AgentTexts.offer(offer, now: service.now).hasPrefix(
                "alice@acme.example passes a customer on to you: knows gizmos"))
        service.say("Hello?")
        #expect(service.relays.map(\.agent) == [Service.alice])
        #expect(service.heard().isEmpty)
        #expect(service.state.agents[Service.bob]?.totalUnits == 100)
    }

    @Test func acceptanceMovesTheConversationWithItsHistory() {
        var service = Self.service()
        Self.pass(&service, to: .agent(Service.bob))
        let id = service.id()
        service.apply(.acceptOffer(agent: Service.bob, conversation: nil))
        #expect(service.conversation()?.agent == Service.bob)
        #expect(service.effects.contains(.removeFromRoom(agent: Service.alice, conversation: id)))
        #expect(service.effects.contains(.inviteToRoom(agent: Service.bob, conversation: id)))
        #expect(service.relays.map(\.entry.text) == ["My gizmo is broken"])
        #expect(service.heard() == ["Somebody else from Support will help you further."])
        #expect(service.conversation()?.transcript.last?.text == "passed on to bob: knows gizmos")
        #expect(service.state.agents[Service.alice]?.totalUnits == 0)
        #expect(service.state.agents[Service.bob]?.conversations == [id])
        #expect(!service.state.timers.contains { if case .handover = $0.key { true } else { false } })
        service.apply(.agentMessage(agent: Service.alice, conversation: id, text: "oh", externalID: nil))
        #expect(service.refusals == [.notYours])
    }

    @Test func aColleagueMaySayNoOrNothing() {
        for answer in ["reject", "silence"] {
            var service = Self.service()
            Self.pass(&service, to: .agent(Service.bob))
            if answer == "reject" {
                service.apply(.rejectOffer(agent: Service.bob, conversation: nil))
                #expect(
                    service.effects.contains(
                        .tellAgent(
                            agent: Service.alice, conversation: service.id(),
                            notice: .notTakenOver(Service.bob, .declined))))
            } else {
                service.wait(.seconds(30))
                #expect(service.revocations == [.timedOut])
            }
            #expect(service.conversation()?.agent == Service.alice)
            #expect(service.state.agents[Service.bob]?.totalUnits == 0)
            #expect(service.state.agents[Service.bob]?.offer == nil)
            service.apply(.acceptOffer(agent: Service.bob, conversation: nil))
            #expect(service.refusals == [.noOffer])
        }
    }

    @Test func whatEndsMeanwhileIsNotOffered() {
        var service = Self.service()
        Self.pass(&service, to: .agent(Service.bob))
        service.apply(.duty(agent: Service.bob, isOn: false))
        #expect(service.revocations == [.agentNotAvailable])
        #expect(service.conversation()?.agent == Service.alice)
        service.apply(.duty(agent: Service.bob, isOn: true))
        Self.pass(&service, to: .agent(Service.bob))
        service.apply(.close(agent: Service.alice, conversation: service.id(), disposition: nil))
        #expect(service.state.agents[Service.bob]?.offer == nil)
        #expect(service.state.timers.isEmpty)
    }

    @Test func theLostAgentsQuestionIsWithdrawn() {
        var service = Self.service()
        Self.pass(&service, to: .agent(Service.bob))
        service.apply(.restarted)
        #expect(service.revocations == [.restarted])
        service.online(Service.bob)
        service.wait(.seconds(120))
        #expect(service.conversation()?.offer?.agent == Service.bob, "back in line, as alice has not come back")
    }

    @Test func departmentsTakeItAtTheHeadOfTheirLine() {
        var configuration = Service.acme()
        configuration.departments[1].agents = [Service.carol]
        configuration.departments[0].agents = [Service.alice]
        var service = Service(configuration, online: [Service.alice])
        service.say("one", Service.uma, to: Service.salesContact)
        service.say("My gizmo is broken")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        Self.pass(&service, to: .department(Service.sales), reason: "wants a new one")
        #expect(service.conversation()?.stage == .queued)
        #expect(service.conversation()?.department == Service.sales)
        #expect(service.state.line(of: Service.sales).first == service.id())
        #expect(service.heard().first == "Somebody else from Sales will help you further.")
        #expect(service.state.agents[Service.alice]?.totalUnits == 0)
        service.online(Service.carol)
        #expect(service.offers.map(\.customer) == [Service.tom])
        service.apply(.acceptOffer(agent: Service.carol, conversation: nil))
        #expect(
            service.conversation()?.transcript.contains { $0.text == "passed on to Sales: wants a new one" } == true)
    }

    @Test func refusesWhatCannotBe() {
        var service = Self.service()
        func refusal(_ target: TransferTarget, by agent: AgentID = Service.alice) -> [AgentRefusal] {
            Self.pass(&service, to: target, by: agent)
            return service.refusals
        }
        #expect(refusal(.agent(Service.alice)) == [.alreadyThere])
        #expect(refusal(.department(Service.support)) == [.alreadyThere])
        #expect(refusal(.department(DepartmentID("nobody"))) == [.noSuchTarget])
        #expect(refusal(.agent(AgentID("nobody@acme.example"))) == [.noSuchTarget])
        #expect(refusal(.agent(Service.carol)) == [.targetNotAvailable])
        #expect(refusal(.agent(Service.carol), by: Service.bob) == [.notYours])
        #expect(refusal(.agent(Service.bob)) == [])
        #expect(refusal(.agent(Service.bob)) == [.isBeingPassedOn])
        service.apply(.rejectOffer(agent: Service.bob, conversation: nil))
        service.say("hello", Service.uma)
        #expect(service.offers.map(\.agent) == [Service.bob])
        #expect(refusal(.agent(Service.bob)) == [.targetBusy])
    }

    @Test func boardShowsWhatIsGoingOn() {
        var service = Self.service()
        service.wait(.seconds(30))
        let board = AgentTexts.board(service.state.board())
        #expect(board.hasPrefix("Support: open, 0 in line, estimate "))
        #expect(board.contains("estimates are off by "))
        #expect(board.contains(" 2 on duty, 1 of 9 conversations\nSales: open, "))
        let agents = AgentTexts.agents(service.state.agentBoard(of: Service.support))
        #expect(
            agents.split(separator: "\n") == [
                "alice@acme.example: available, 1 of 3 conversations",
                "bob@acme.example: available, 0 of 3 conversations",
                "carol@acme.example: offline, 0 of 3 conversations",
            ])
        service.online(Service.bob, state: "lunch", takes: false)
        #expect(
            AgentTexts.agents(service.state.agentBoard(of: Service.support)).contains(
                "bob@acme.example: lunch, off duty, 0 of 3"))
    }
}
