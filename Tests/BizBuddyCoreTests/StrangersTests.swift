//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// Customers who come back, are not welcome, or want too much.
@Suite struct StrangersTests {
    private static func refusals(_ service: Service) -> [CustomerRefusal] {
        service.effects.compactMap { if case .refuseCustomer(_, _, let reason) = $0 { reason } else { nil } }
    }

    /// Alice has served Tom and closed.
    private static func served(_ window: Duration? = .seconds(600)) -> Service {
        var configuration = Service.acme()
        configuration.departments[0].rules.care.reopenWindow = window
        var service = Service(configuration, online: [Service.alice, Service.bob])
        service.say("My gizmo is broken")
        let agent = service.conversation()?.offer?.agent ?? Service.alice
        service.apply(.acceptOffer(agent: agent, conversation: nil))
        service.apply(.close(agent: agent, conversation: service.id(), disposition: nil))
        return service
    }

    @Test func aWordWithinTheWindowGoesBackToTheSameAgent() throws {
        var service = Self.served()
        let before = try #require(service.closed.first)
        let agent = try #require(service.state.recentCustomers[before.key]?.agent)
        service.wait(.seconds(599))
        service.say("One more thing")
        #expect(service.conversation()?.agent == agent)
        #expect(service.conversation()?.routing.reopens == before.id)
        #expect(service.offers.isEmpty)
        #expect(service.relays.map(\.entry.text) == ["One more thing"])
        #expect(service.heard() == ["Someone from Support is with you now."])
        #expect(service.state.agents[agent]?.totalUnits == 100)
    }

    @Test(arguments: [(nil, Duration.seconds(1)), (Duration.seconds(600), .seconds(601))])
    func aWordAfterwardsIsANewOffer(window: Duration?, pause: Duration) {
        var service = Self.served(window)
        service.wait(pause)
        service.say("One more thing")
        #expect(service.offers.count == 1)
        #expect(service.conversation()?.routing.reopens == nil)
    }

    @Test func anAgentWhoIsGoneOrFullIsNotWaitedFor() throws {
        var service = Self.served()
        let agent = try #require(
            service.state.recentCustomers[CustomerKey(customer: Service.tom, contact: Service.supportContact)]?.agent)
        service.apply(.duty(agent: agent, isOn: false))
        service.say("One more thing")
        #expect(service.conversation()?.agent == nil)
        #expect(service.offers.map(\.agent) != [agent])
    }

    @Test func whoIsBlockedIsNotHeard() {
        var service = Service(online: [Service.alice])
        service.say("Insults")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.say("More insults", to: Service.salesContact)
        service.apply(.block(agent: Service.bob, conversation: service.id(), reason: nil))
        #expect(service.refusals == [.notYours])
        service.apply(.block(agent: Service.alice, conversation: service.id(), reason: "insults"))
        #expect(service.closed.count == 2, "what waits elsewhere goes as well")
        #expect(service.state.blocks[Service.tom]?.reason == "insults")
        service.say("Hello?")
        #expect(Self.refusals(service) == [.blocked])
        service.apply(
            .customerJoins(
                customer: Service.tom, contact: Service.supportContact, nickname: nil,
                newConversation: ConversationID("x")))
        #expect(Self.refusals(service) == [.blocked])
        #expect(service.state.conversations.isEmpty)
        service.apply(.unblock(person: Service.alice, customer: Service.tom))
        #expect(service.refusals == [.notASupervisor])
    }

    @Test func supervisorsSeeWhoIsBlockedAndLetThemIn() {
        var configuration = Service.acme()
        configuration.supervision.supervisors = [CompanyTests.dave]
        var service = Service(configuration, online: [Service.alice])
        service.say("Insults")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.block(agent: Service.alice, conversation: service.id(), reason: nil))
        #expect(
            service.effects.contains(
                .tellAgent(
                    agent: CompanyTests.dave, conversation: nil,
                    notice: .blocked(Service.tom, by: Service.alice, reason: nil))))
        service.apply(.unblock(person: CompanyTests.dave, customer: Service.tom))
        service.say("Sorry")
        #expect(Self.refusals(service).isEmpty)
        service.apply(.unblock(person: CompanyTests.dave, customer: Service.tom))
        #expect(service.refusals == [.noSuchTarget])
    }

    @Test func textsHaveARate() {
        var configuration = Service.acme()
        configuration.floods.textsPerMinute = 2
        var service = Service(configuration)
        for _ in 0..<6 {
            service.say("Hello?")
            #expect(Self.refusals(service).isEmpty)
        }
        service.say("Hello?")
        #expect(Self.refusals(service) == [.tooFast])
        service.say("Hello?", Service.uma)
        #expect(Self.refusals(service).isEmpty, "another customer has credit of her own")
        service.wait(.seconds(30))
        service.say("Hello?")
        #expect(Self.refusals(service).isEmpty)
        service.say("Hello?")
        #expect(Self.refusals(service) == [.tooFast])
    }

    @Test func conversationsOfOneCustomerAndOfOneDomainAreBounded() {
        var configuration = Service.acme()
        configuration.floods.conversationsPerCustomer = 1
        configuration.floods.waitingPerDomain = 2
        var service = Service(configuration)
        service.say("Hello?")
        service.say("Hello?", to: Service.salesContact)
        #expect(Self.refusals(service) == [.tooMany])
        service.say("Still me")
        #expect(Self.refusals(service).isEmpty, "what is open goes on")
        service.say("Hello?", Service.uma)
        service.say("Hello?", Service.vic)
        #expect(Self.refusals(service) == [.tooMany])
        service.say("Hello?", CustomerAddress("yan@elsewhere.example"))
        #expect(Self.refusals(service).isEmpty)
        service.say("leave", Service.uma)
        service.say("Hello?", Service.vic)
        #expect(Self.refusals(service).isEmpty, "a place is free again")
    }

    @Test func flowsDoNotGrowWithoutEnd() {
        var service = Service()
        for number in 0..<(Limits.flows + 100) {
            if number % 1_000 == 0 { service.now = service.now + .seconds(200) }
            service.answersLookups = false
            service.state.strangers.flows[CustomerAddress("c\(number)@a.example")] = ServiceState.Flow(
                credit: 0, at: service.now)
        }
        service.say("Hello?")
        #expect(service.state.strangers.flows.count < 2_000)
    }
}
