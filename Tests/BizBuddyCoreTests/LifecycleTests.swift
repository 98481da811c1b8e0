//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct LifecycleTests {
    @Test func restartKeepsOrderAndConversations() {
        var service = Service(online: [Service.alice])
        let customers = (0..<5).map { CustomerAddress("c\($0)@home.example") }
        for customer in customers {
            service.say("hello", customer)
        }
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.agentJoined(agent: Service.alice, conversation: service.id(customers[0])))
        let line = service.state.line(of: Service.support)

        service.apply(.restarted)
        #expect(service.revocations == [.restarted])
        #expect(service.state.line(of: Service.support) == line)
        #expect(service.conversation(customers[0])?.agent == Service.alice)
        #expect(customers.allSatisfy { service.heard($0).isEmpty })

        service.online(Service.alice)
        #expect(
            service.effects.contains(
                .inviteToRoom(agent: Service.alice, conversation: service.id(customers[0]))))
        #expect(service.offers.map(\.customer) == [customers[1]])
        #expect(customers.allSatisfy { service.heard($0).isEmpty })
    }

    @Test func restartGivesConversationsOfAbsentAgentsBackAfterTheGrace() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.restarted)
        service.wait(.seconds(120))
        #expect(service.conversation()?.stage == .queued)
    }

    @Test func restartTellsClosedOnlyWhenAgentsStayAway() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        service.apply(.restarted)
        service.wait(.seconds(29))
        #expect(service.heard().isEmpty)
        service.wait(.seconds(1))
        #expect(service.heard().first?.contains("closed at the moment") == true)
    }

    @Test func restartTellsThePlaceAloneWhileAgentsAreComingBack() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        service.apply(.restarted)
        service.say("position")
        #expect(service.heard() == ["You are 1st in line."])
        service.say("hello", Service.uma)
        #expect(service.heard(Service.uma).first?.hasPrefix("You are 2nd in line. Support is closed") == true)
        service.say("position", Service.uma)
        #expect(service.heard(Service.uma).first?.hasPrefix("You are 2nd in line. Support is closed") == true)
        service.wait(.seconds(30))
        #expect(service.heard().first?.hasPrefix("You are 1st in line. Support is closed") == true)
        #expect(service.heard(Service.uma).isEmpty)
    }

    @Test func restartSaysAtOnceThatItIsOutsideTheHours() {
        var configuration = Service.acme()
        configuration.departments[0].hours = .closed(reopens: nil)
        var service = Service(configuration)
        service.apply(.restarted)
        service.say("hello")
        #expect(service.heard().first?.contains("closed at the moment") == true)
    }

    @Test func restartLooksUpAgainAndPublishesAgain() {
        var service = Service(online: [Service.alice])
        service.answersLookups = false
        service.say("hello")
        service.wait(.seconds(1))
        service.apply(.restarted)
        #expect(service.effects.contains(.startLookup(conversation: service.id(), customer: Service.tom)))
        #expect(service.published.count == 2)
    }

    @Test func reloadKeepsTheStateOfWhoStays() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        service.apply(.configure(Service.acme()))
        #expect(service.revocations.isEmpty)
        #expect(service.state.openOffer(of: Service.alice)?.customer == Service.tom)
    }

    @Test func dismissedAgentGivesEverythingBack() {
        var service = Service(online: [Service.alice])
        service.say("one", Service.tom)
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.say("two", Service.uma)
        service.online(Service.bob)
        var configuration = Service.acme()
        configuration.departments[0].agents = [Service.bob]
        configuration.departments[1].agents = []
        service.apply(.configure(configuration))
        #expect(service.state.agents[Service.alice] == nil)
        #expect(service.effects.contains(.removeFromRoom(agent: Service.alice, conversation: service.id())))
        #expect(service.offers.map(\.customer) == [Service.tom])
        #expect(service.state.line(of: Service.support) == [service.id(), service.id(Service.uma)])
    }

    @Test func removedContactEndsItsConversations() {
        var service = Service(online: [Service.alice])
        service.say("buy", to: Service.salesContact)
        var configuration = Service.acme()
        configuration.departments.removeLast()
        service.apply(.configure(configuration))
        #expect(service.revocations == [.discontinued])
        #expect(service.heard() == ["sales is no longer available. This conversation is closed."])
        #expect(service.state.conversations.isEmpty)
        #expect(service.state.published[Service.sales] == nil)
    }

    @Test func movedContactTakesItsCustomersAlong() {
        var service = Service(online: [])
        service.say("buy", to: Service.salesContact)
        service.say("help me", Service.uma)
        var configuration = Service.acme()
        configuration.departments[1].contacts = []
        configuration.departments[0].contacts.append(Service.salesContact)
        service.apply(.configure(configuration))
        #expect(
            service.state.line(of: Service.support)
                == [service.id(Service.tom, Service.salesContact), service.id(Service.uma)])
        #expect(service.state.place(of: service.id(Service.uma)) == 2)
    }

    @Test func timeNeverRunsBackwards() {
        var service = Service(online: [Service.alice])
        let start = service.now
        service.wait(.seconds(100))
        service.now = start
        service.say("hello")
        #expect(service.conversation()?.startedAt == start + .seconds(100))
    }
}
