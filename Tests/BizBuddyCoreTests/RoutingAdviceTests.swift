//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// What a routing service says, and what becomes of it.
@Suite struct RoutingAdviceTests {
    /// Lookups are answered by hand, as where a hook is asked.
    private static func service(
        online: [AgentID] = [Service.alice, Service.bob], _ change: (inout ServiceConfiguration) -> Void = { _ in }
    ) -> Service {
        var configuration = Service.acme()
        configuration.routing.skills = [Service.bob: ["french"]]
        change(&configuration)
        var service = Service(configuration, online: online)
        service.answersLookups = false
        return service
    }

    private static func advise(
        _ service: inout Service, _ advice: RoutingAdvice, _ customer: CustomerAddress = Service.tom
    ) {
        service.apply(.advised(conversation: service.id(customer), advice: advice))
        service.apply(.lookupFinished(conversation: service.id(customer), result: .notFound))
    }

    @Test func anAgentIsAskedFirst() {
        for agent in [Service.alice, Service.bob] {
            var service = Self.service()
            service.say("Hello")
            #expect(service.offers.isEmpty, "the record is still being looked up")
            Self.advise(&service, RoutingAdvice(agent: agent))
            #expect(service.offers.map(\.agent) == [agent])
        }
    }

    @Test func anotherDepartmentServes() {
        var service = Self.service(online: [Service.alice])
        service.say("Hello")
        Self.advise(&service, RoutingAdvice(department: Service.sales))
        #expect(service.conversation()?.department == Service.sales)
        #expect(service.offers.map(\.department) == [Service.sales])
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        #expect(service.conversation()?.agent == Service.alice)
    }

    @Test func theQuestionWhichDepartmentIsAnswered() {
        let hello = ContactAddress("hello@acme.example")
        var service = Self.service { configuration in
            configuration.routing.contacts[hello] = ContactSettings(departments: [Service.support, Service.sales])
        }
        service.say("Hello", to: hello)
        #expect(service.conversation(Service.tom, hello)?.stage == .choosing)
        let id = service.id(Service.tom, hello)
        service.apply(.advised(conversation: id, advice: RoutingAdvice(department: Service.sales)))
        service.apply(.lookupFinished(conversation: id, result: .notFound))
        #expect(service.conversation(Service.tom, hello)?.department == Service.sales)
        #expect(service.offers.map(\.department) == [Service.sales])
    }

    @Test func skillsAndPriorityCount() {
        var service = Self.service(online: [])
        service.say("First", Service.uma)
        service.apply(.lookupFinished(conversation: service.id(Service.uma), result: .notFound))
        service.say("Second")
        Self.advise(&service, RoutingAdvice(priority: 5, skills: ["french", "klingon"]))
        #expect(service.state.line(of: Service.support).first == service.id())
        #expect(service.conversation()?.routing.skills == ["french"], "what nobody knows is not waited for")
        service.online(Service.alice)
        #expect(service.offers.map(\.customer) == [Service.uma])
        service.online(Service.bob)
        #expect(service.offers.map(\.customer) == [Service.tom])
    }

    @Test(arguments: [
        RoutingAdvice(department: DepartmentID("nowhere")), RoutingAdvice(agent: AgentID("nobody@acme.example")),
        RoutingAdvice(agent: Service.carol), RoutingAdvice(skills: ["klingon"]), RoutingAdvice(priority: 1),
    ])
    func whatIsNotThereIsPassedOver(_ advice: RoutingAdvice) {
        var service = Self.service()
        service.say("Hello")
        Self.advise(&service, advice)
        #expect(service.offers.map(\.agent) == [Service.alice] && service.offers.map(\.department) == [Service.support])
    }

    @Test func adviceThatComesTooLateIsTooLate() {
        var service = Self.service()
        service.say("Hello")
        service.wait(.milliseconds(800))
        #expect(service.offers.map(\.agent) == [Service.alice], "at the deadline it goes on without")
        service.apply(.advised(conversation: service.id(), advice: RoutingAdvice(agent: Service.bob)))
        #expect(service.revocations.isEmpty && service.conversation()?.offer?.agent == Service.alice)
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.advised(conversation: service.id(), advice: RoutingAdvice(department: Service.sales)))
        #expect(service.conversation()?.department == Service.support)
        service.apply(.advised(conversation: ConversationID("gone"), advice: RoutingAdvice(agent: Service.bob)))
        #expect(service.effects.isEmpty)
    }

    @Test func aClosedDepartmentIsNotMovedTo() {
        var service = Self.service { configuration in
            configuration.departments[1].hours = .weekly(WeeklyHours(zone: .utc, week: Array(repeating: [], count: 7)))
        }
        service.say("Hello")
        Self.advise(&service, RoutingAdvice(department: Service.sales))
        #expect(service.conversation()?.department == Service.support)
    }
}
