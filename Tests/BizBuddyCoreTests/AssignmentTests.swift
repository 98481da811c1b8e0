//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

@Suite struct AssignmentTests {
    private static func customer(_ number: Int) -> CustomerAddress {
        CustomerAddress("c\(number)@home.example")
    }

    private static func record(_ fields: [String: String]) -> RecordLookup {
        .found(
            CustomerRecord(
                customerID: "1", displayName: "A Customer", source: "directory", match: .exact,
                fields: fields.sorted { $0.key < $1.key }.map { .init(key: $0.key, label: $0.key, value: $0.value) }))
    }

    @Test func asksOnlyWhoHasTheSkills() {
        var configuration = Service.acme()
        configuration.routing.skills = [Service.bob: ["french"], Service.carol: ["french", "gold"]]
        configuration.routing.contacts = [
            Service.supportContact: ContactSettings(departments: [Service.support], skills: ["gold", "french"])
        ]
        var service = Service(configuration, online: [Service.alice, Service.bob])
        service.say("bonjour")
        #expect(service.offers.isEmpty)
        service.online(Service.carol)
        #expect(service.offers.map(\.agent) == [Service.carol])
    }

    @Test func whatNobodyKnowsIsNotWaitedFor() {
        var configuration = Service.acme()
        configuration.routing.contacts = [
            Service.supportContact: ContactSettings(departments: [Service.support], skills: ["klingon"])
        ]
        var service = Service(configuration, online: [Service.alice])
        service.say("nuqneH")
        #expect(service.offers.count == 1)
    }

    @Test func someoneWithoutSkillsDoesNotHoldUpTheLine() {
        var configuration = Service.acme()
        configuration.routing.skills = [Service.bob: ["gold"]]
        var service = Service(configuration, online: [Service.alice])
        service.answersLookups = false
        service.say("I am gold", Service.tom)
        service.apply(
            .lookupFinished(conversation: service.id(Service.tom), result: Self.record(["skills": "gold"])))
        service.say("I am not", Service.uma)
        service.apply(.lookupFinished(conversation: service.id(Service.uma), result: .notFound))
        #expect(service.state.conversations[service.id(Service.uma)]?.offer?.agent == Service.alice)
        #expect(service.conversation(Service.tom)?.stage == .queued)
    }

    @Test func asksTheLastAgentFirst() {
        var service = Service(online: [Service.alice, Service.bob, Service.carol])
        service.say("hello")
        let first = service.offers.first?.agent ?? Service.alice
        service.apply(.acceptOffer(agent: first, conversation: nil))
        service.apply(.close(agent: first, conversation: service.id(), disposition: nil))
        service.wait(.seconds(3600))
        service.say("hello again")
        #expect(service.offers.map(\.agent) == [first], "although the others have been idle longer")
        service.apply(.rejectOffer(agent: first, conversation: nil))
        #expect(service.offers.first?.agent != first)
    }

    @Test func forgetsTheLastAgentAfterAWhile() {
        var configuration = Service.acme()
        configuration.routing.stickiness = .seconds(60)
        var service = Service(configuration, online: [Service.alice, Service.bob])
        service.say("hello")
        let first = service.offers.first?.agent ?? Service.alice
        service.apply(.acceptOffer(agent: first, conversation: nil))
        service.wait(.seconds(10))
        service.apply(.close(agent: first, conversation: service.id(), disposition: nil))
        service.wait(.seconds(61))
        service.say("hello again")
        #expect(service.offers.first?.agent != first)
    }

    @Test func asksTheOwnerOfTheAccountFirst() {
        var service = Service(online: [Service.alice, Service.bob, Service.carol])
        service.answersLookups = false
        service.say("hello")
        #expect(service.conversation()?.offer?.agent == Service.alice)
        #expect(service.offers.isEmpty, "the record is waited for")
        service.apply(
            .lookupFinished(conversation: service.id(), result: Self.record(["owner": "carol@acme.example"])))
        #expect(service.offers.map(\.agent) == [Service.carol])
        #expect(service.revocations.isEmpty)
        #expect(service.state.agents[Service.alice]?.totalUnits == 0)
    }

    @Test func priorityGoesFirstAndArrivalWithinIt() {
        var configuration = Service.acme()
        configuration.routing.contacts = [
            Service.salesContact: ContactSettings(departments: [Service.sales], priority: 5)
        ]
        var service = Service(configuration)
        service.say("one", Self.customer(1))
        service.say("two", Self.customer(2), to: Service.salesContact)
        service.say("three", Self.customer(3))
        service.say("four", Self.customer(4), to: Service.salesContact)
        service.online(Service.alice)
        var order: [CustomerAddress] = []
        for _ in 0..<3 {
            order += service.offers.map(\.customer)
            service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        }
        #expect(order == [2, 4, 1].map(Self.customer))
    }

    @Test func recordsMayGivePriority() {
        var service = Service()
        service.answersLookups = false
        for number in 1...3 { service.say("hello", Self.customer(number)) }
        for number in 1...3 {
            service.apply(
                .lookupFinished(
                    conversation: service.id(Self.customer(number)),
                    result: Self.record(["priority": number == 3 ? "10" : "0"])))
        }
        #expect(service.state.line(of: Service.support).first == service.id(Self.customer(3)))
        #expect(service.state.place(of: service.id(Self.customer(1))) == 2)
    }

    @Test func mostRoomThenFewestDeclinesThenLongestIdle() {
        var configuration = Service.acme()
        configuration.departments[0].capacity = 5
        configuration.agentCapacities = [Service.carol: 5]
        configuration.routing.stickiness = .zero
        var service = Service(configuration)
        service.online(Service.alice)
        service.wait(.seconds(1))
        service.online(Service.bob)
        service.wait(.seconds(1))
        service.online(Service.carol)
        service.say("one", Self.customer(1))
        #expect(service.offers.map(\.agent) == [Service.carol], "has room for five")
        service.apply(.acceptOffer(agent: Service.carol, conversation: nil))
        service.apply(.duty(agent: Service.carol, isOn: false))
        service.say("two", Self.customer(2))
        #expect(service.offers.map(\.agent) == [Service.alice], "idle longest")
        service.apply(.rejectOffer(agent: Service.alice, conversation: nil))
        #expect(service.offers.map(\.agent) == [Service.bob])
        service.apply(.rejectOffer(agent: Service.bob, conversation: nil))
        service.wait(.seconds(5))
        #expect(service.offers.map(\.agent) == [Service.alice], "a new round begins with the first")
        service.apply(.rejectOffer(agent: Service.alice, conversation: nil))
        service.apply(.customerLeaves(customer: Self.customer(2), contact: Service.supportContact))
        service.say("three", Self.customer(3))
        #expect(service.offers.map(\.agent) == [Service.bob], "has declined less lately")
        service.apply(.rejectOffer(agent: Service.bob, conversation: nil))
        service.apply(.customerLeaves(customer: Self.customer(3), contact: Service.supportContact))
        service.wait(.seconds(601))
        service.say("four", Self.customer(4))
        #expect(service.offers.map(\.agent) == [Service.alice], "what was declined long ago is forgotten")
    }

    @Test func othersHelpAfterATime() {
        var configuration = Service.acme()
        configuration.departments[1].agents = [AgentID("dave@acme.example")]
        configuration.departments[0].rules.overflow = [.init(after: .seconds(60), department: Service.sales)]
        let dave = AgentID("dave@acme.example")
        var service = Service(configuration, online: [dave])
        service.say("hello")
        #expect(service.offers.isEmpty)
        service.wait(.seconds(59))
        #expect(service.offers.isEmpty)
        service.wait(.seconds(1))
        #expect(service.offers.map(\.agent) == [dave])
        #expect(service.offers.map(\.department) == [Service.sales])
        #expect(service.state.line(of: Service.support) == [service.id()], "the place is kept until somebody accepts")
        service.apply(.acceptOffer(agent: dave, conversation: nil))
        #expect(service.conversation()?.department == Service.sales)
        #expect(service.state.agents[dave]?.units == [Service.sales: 100])
        service.apply(.close(agent: dave, conversation: service.id(), disposition: nil))
        #expect(service.state.agents[dave]?.units == [:])
    }

    @Test func offersToEverybodyAtOnceAndTheFirstHasTheCustomer() {
        var configuration = Service.acme()
        configuration.departments[0].rules.offersToAll = true
        var service = Service(configuration, online: [Service.alice, Service.bob, Service.carol])
        service.say("hello")
        #expect(Set(service.offers.map(\.agent)) == [Service.alice, Service.bob, Service.carol])
        service.apply(.rejectOffer(agent: Service.alice, conversation: nil))
        #expect(service.state.agents[Service.alice]?.offer == nil)
        #expect(service.conversation()?.offer?.agents == [Service.bob, Service.carol])
        service.apply(.acceptOffer(agent: Service.carol, conversation: nil))
        #expect(service.conversation()?.agent == Service.carol)
        #expect(service.revocations == [.takenByOther])
        service.apply(.acceptOffer(agent: Service.bob, conversation: nil))
        #expect(service.refusals == [.noOffer])
        #expect(service.state.agents[Service.bob]?.totalUnits == 0)
    }

    @Test func nobodyIsPausedForLeavingACommonOffer() {
        var configuration = Service.acme()
        configuration.departments[0].rules.offersToAll = true
        var service = Service(configuration, online: [Service.alice, Service.bob])
        service.say("hello")
        for _ in 0..<6 { service.wait(.seconds(36)) }
        #expect(service.state.agents[Service.alice]?.isPaused == false)
        #expect(service.conversation()?.isWaiting == true)
    }

    @Test func weightsCountAgainstCapacity() {
        var configuration = Service.acme()
        configuration.routing.contacts = [
            Service.supportContact: ContactSettings(departments: [Service.support], weight: 50),
            Service.salesContact: ContactSettings(departments: [Service.sales], weight: 300),
        ]
        var service = Service(configuration, online: [Service.alice])
        for number in 1...7 {
            service.say("hello", Self.customer(number))
            service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        }
        #expect(service.state.agents[Service.alice]?.conversations.count == 6, "half of one each, of three")
        service.say("call me", Self.customer(9), to: Service.salesContact)
        #expect(service.offers.isEmpty)
        for number in 1...6 {
            service.apply(
                .close(agent: Service.alice, conversation: service.id(Self.customer(number)), disposition: nil))
        }
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(
            .close(agent: Service.alice, conversation: service.id(Self.customer(7)), disposition: nil))
        #expect(service.offers.map(\.customer) == [Self.customer(9)], "takes all of an agent")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.say("hello", Self.customer(10))
        #expect(service.offers.isEmpty)
    }

    @Test func tellsHowLongItTookBesideWhatWasExpected() {
        var service = Service(online: [Service.alice])
        for number in 1...4 { service.say("hello", Self.customer(number)) }
        for _ in 1...3 { service.apply(.acceptOffer(agent: Service.alice, conversation: nil)) }
        let expected = service.conversation(Self.customer(4))?.routing.estimate
        #expect(expected != nil)
        service.wait(.seconds(90))
        service.apply(
            .close(agent: Service.alice, conversation: service.id(Self.customer(1)), disposition: nil))
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        #expect(service.effects.contains(.waited(department: Service.support, expected: expected, actual: 90)))
    }
}
