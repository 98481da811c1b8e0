//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct OfferTests {
    @Test func offersFirstTextToTheOneAgentOnDuty() throws {
        var service = Service(online: [Service.alice])
        service.say("My order is late")
        let offer = try #require(service.offers.first)
        #expect(offer.agent == Service.alice)
        #expect(offer.question == "My order is late")
        #expect(offer.until == service.now + .seconds(30))
        #expect(service.heard() == ["Hello, this is Support. Someone will be with you in a moment."])
    }

    @Test func prefersLongestIdle() {
        var service = Service()
        service.online(Service.bob)
        service.wait(.seconds(10))
        service.online(Service.alice)
        service.say("one", Service.tom)
        #expect(service.offers.map(\.agent) == [Service.bob])
        service.say("two", Service.uma)
        #expect(service.offers.map(\.agent) == [Service.alice])
    }

    /// Alice and Bob have one conversation each; what Bob did last must not count for Alice.
    private func bothTalking() -> Service {
        var service = Service()
        for (agent, customer) in [(Service.alice, Service.tom), (Service.bob, Service.uma)] {
            service.wait(.seconds(1))
            service.online(agent)
            service.say("hello", customer)
            service.apply(.acceptOffer(agent: agent, conversation: nil))
        }
        service.wait(.seconds(10))
        return service
    }

    @Test func prefersFewestConversationsThenLongestIdle() {
        var service = bothTalking()
        service.say("three", Service.vic)
        #expect(service.offers.map(\.agent) == [Service.alice], "available the longer of two with one each")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.say("four", CustomerAddress("wendy@home.example"))
        #expect(service.offers.map(\.agent) == [Service.bob], "one conversation is fewer than two")
    }

    @Test func countsIdleTimeFromTheLastClose() {
        var service = bothTalking()
        service.say("three", Service.vic)
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.wait(.seconds(10))
        service.apply(.close(agent: Service.alice, conversation: service.id(Service.vic), disposition: nil))
        service.say("four", CustomerAddress("wendy@home.example"))
        #expect(service.offers.map(\.agent) == [Service.bob], "alice has just finished one, and still has another")
    }

    @Test(arguments: [true, false])
    func countsIdleTimeFromTheLastDecline(inWords: Bool) {
        var service = Service(online: [Service.alice, Service.bob])
        service.wait(.seconds(10))
        service.say("one", Service.tom)
        #expect(service.offers.map(\.agent) == [Service.alice])
        if inWords {
            service.apply(.rejectOffer(agent: Service.alice, conversation: nil))
        } else {
            service.wait(.seconds(30))
        }
        #expect(service.offers.map(\.agent) == [Service.bob])
        service.apply(.customerLeaves(customer: Service.tom, contact: Service.supportContact))
        service.wait(.seconds(10))
        service.say("two", Service.uma)
        #expect(service.offers.map(\.agent) == [Service.bob], "a withdrawn offer is not held against bob")
    }

    @Test(arguments: ["state", "duty", "workgroup"])
    func countsIdleTimeFromBecomingAvailable(way: String) {
        var service = bothTalking()
        let shows = { (show: WorkgroupPresence.Show) in
            Command.workgroupPresence(
                agent: Service.alice, department: Service.support, resource: "desk",
                state: WorkgroupPresence(show: show))
        }
        switch way {
        case "state":
            service.online(Service.alice, state: "lunch", takes: false)
            service.online(Service.alice)
        case "duty":
            service.apply(.duty(agent: Service.alice, isOn: false))
            service.apply(.duty(agent: Service.alice, isOn: true))
        default:
            service.apply(shows(.dnd))
            service.apply(shows(.chat))
        }
        service.say("three", Service.vic)
        #expect(service.offers.map(\.agent) == [Service.bob])
    }

    @Test func makesOneOfferAtATimeToAnAgent() {
        var service = Service(online: [Service.alice])
        service.say("one", Service.tom)
        service.say("two", Service.uma)
        #expect(service.offers.isEmpty)
        #expect(service.heard(Service.uma) == ["You are 2nd in line, about 1 minute."])
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        #expect(service.offers.map(\.customer) == [Service.uma])
    }

    @Test func givesFiveCustomersOfOneAgentThreeConversationsAndTwoPlaces() {
        var service = Service(online: [Service.alice])
        let customers = (1...5).map { CustomerAddress("c\($0)@home.example") }
        for customer in customers {
            service.say("hello", customer)
        }
        for _ in 1...3 {
            service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        }
        #expect(service.state.agents[Service.alice]?.conversations.count == 3)
        #expect(service.offers.isEmpty)
        #expect(service.heard(customers[3]).first?.hasPrefix("You are 1st in line, about ") == true)
        #expect(service.heard(customers[4]).first?.hasPrefix("You are 2nd in line, about ") == true)

        service.apply(.close(agent: Service.alice, conversation: service.id(customers[0]), disposition: "solved"))
        #expect(service.offers.map(\.customer) == [customers[3]])
        #expect(
            service.closed.first?.stage
                == .closed(Conversation.Closing(by: .agent(Service.alice), disposition: "solved", at: service.now)))
    }

    @Test func passesRejectedCustomerOnAndComesBackWhenAllWereAsked() {
        var service = Service(online: [Service.alice, Service.bob])
        service.say("hello")
        #expect(service.offers.map(\.agent) == [Service.alice])
        service.apply(.rejectOffer(agent: Service.alice, conversation: nil))
        #expect(service.offers.map(\.agent) == [Service.bob])
        service.apply(.rejectOffer(agent: Service.bob, conversation: nil))
        #expect(service.offers.isEmpty)
        #expect(service.heard() == ["You are 1st in line, about 1 minute."])
        service.wait(.seconds(5))
        #expect(service.offers.map(\.agent) == [Service.alice])
    }

    @Test func rejectionDoesNotHoldUpWhoComesNext() {
        var service = Service(online: [Service.alice])
        service.say("one", Service.tom)
        service.say("two", Service.uma)
        service.apply(.rejectOffer(agent: Service.alice, conversation: nil))
        #expect(service.offers.map(\.customer) == [Service.uma])
    }

    @Test func timesOutAndGoesToTheNext() {
        var service = Service(online: [Service.alice, Service.bob])
        service.say("hello")
        service.wait(.milliseconds(29_999))
        #expect(service.effects.isEmpty)
        service.wait(.milliseconds(1))
        #expect(service.revocations == [.timedOut])
        #expect(service.offers.map(\.agent) == [Service.bob])
        service.apply(.acceptOffer(agent: Service.alice, conversation: service.id()))
        #expect(service.refusals == [.noOffer])
    }

    @Test func pausesAgentAfterThreeMissedOffers() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        for _ in 1...2 {
            service.wait(.seconds(30))
            service.wait(.seconds(5))
            #expect(service.offers.count == 1)
        }
        service.wait(.seconds(30))
        #expect(
            service.effects.contains(
                .tellAgent(agent: Service.alice, conversation: nil, notice: .paused(missed: 3))))
        #expect(service.state.isServed(Service.support) == false)
        service.wait(.seconds(60))
        #expect(service.offers.isEmpty)
        service.apply(.duty(agent: Service.alice, isOn: true))
        #expect(service.offers.map(\.agent) == [Service.alice])
    }

    @Test func withdrawsFromAgentWhoGoesOffDuty() {
        var service = Service(online: [Service.alice, Service.bob])
        service.say("hello")
        service.online(Service.alice, state: "lunch", takes: false)
        #expect(service.revocations == [.agentNotAvailable])
        #expect(service.offers.map(\.agent) == [Service.bob])
        #expect(service.state.agents[Service.alice]?.missedOffers == 0)
    }

    @Test func holdsOfferBackForTheRecordUntilTheSoftDeadline() throws {
        var service = Service(online: [Service.alice])
        service.answersLookups = false
        service.say("hello")
        #expect(service.effects.contains(.startLookup(conversation: service.id(), customer: Service.tom)))
        #expect(service.heard().count == 1)
        #expect(service.offers.isEmpty)
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        #expect(service.refusals == [.noOffer])

        service.wait(.milliseconds(800))
        #expect(try #require(service.offers.first).lookup == .late)

        let record = CustomerRecord(
            customerID: "4711", displayName: "Tom Customer", source: "directory", match: .exact,
            fields: [CustomerRecord.Field(key: "plan", label: "Plan", value: "Gold")])
        service.apply(.lookupFinished(conversation: service.id(), result: .found(record)))
        guard case .updateOffer(let update)? = service.effects.first else {
            Issue.record("the late record updates no offer")
            return
        }
        #expect(update.customerName == "Tom Customer")
        #expect(update.until == service.now + .seconds(30))
    }

    @Test func sendsOfferAtOnceWhenTheRecordIsThere() throws {
        var service = Service(online: [Service.alice])
        service.answersLookups = false
        service.say("hello")
        let record = CustomerRecord(
            customerID: "4711", displayName: "Tom Customer", source: "directory", match: .exact, fields: [])
        service.apply(.lookupFinished(conversation: service.id(), result: .found(record)))
        #expect(try #require(service.offers.first).lookup.record == record)
        #expect(service.effects.contains(.cancelTimer(.lookupDeadline(service.id()))))
    }

    @Test func ignoresTimerOfAnEarlierOffer() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        let number = service.offers.first?.number ?? 0
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.now = service.now + .seconds(60)
        service.apply(.timerFired(.offerTimeout(service.id(), number: number)))
        #expect(service.revocations.isEmpty)
        #expect(service.conversation()?.agent == Service.alice)
    }

    @Test func asksAgainForATimerThatFiresEarly() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        let number = service.offers.first?.number ?? 0
        let token = TimerToken.offerTimeout(service.id(), number: number)
        service.apply(.timerFired(token))
        #expect(service.effects == [.scheduleTimer(token, at: service.now + .seconds(30))])
    }

    @Test func smallerCapacityCounts() {
        var configuration = Service.acme()
        configuration.departments[0].capacity = 1
        var service = Service(configuration, online: [Service.alice])
        service.say("one", Service.tom)
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.say("two", Service.uma)
        #expect(service.offers.isEmpty)
        // The other department has its own share of the same agent.
        service.say("three", Service.vic, to: Service.salesContact)
        #expect(service.offers.map(\.agent) == [Service.alice])
    }

    @Test func maxChatsLowersCapacityAndNeverRaisesIt() {
        var service = Service(online: [Service.alice])
        let told = { (max: Int) in
            Command.workgroupPresence(
                agent: Service.alice, department: Service.support, resource: "desk",
                state: WorkgroupPresence(show: .chat, maxChats: max))
        }
        service.apply(told(1))
        #expect(service.state.capacity(of: Service.alice, in: Service.support) == 1)
        service.apply(told(9))
        #expect(service.state.capacity(of: Service.alice, in: Service.support) == 3)
        service.apply(told(-4))
        #expect(service.state.capacity(of: Service.alice, in: Service.support) == 0)
        service.say("hello")
        #expect(service.offers.isEmpty)
    }

    @Test func servesTheLongestWaitingOverAllDepartments() {
        var service = Service()
        service.say("sales first", Service.tom, to: Service.salesContact)
        service.say("support second", Service.uma)
        service.online(Service.alice)
        #expect(service.offers.map(\.customer) == [Service.tom])
    }
}
