//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct CareTests {
    private static func talking(_ change: (inout CareRules) -> Void) -> Service {
        var configuration = Service.acme()
        change(&configuration.departments[0].rules.care)
        var service = Service(configuration, online: [Service.alice])
        service.say("hello")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        return service
    }

    private static func speak(_ service: inout Service) {
        service.apply(
            .agentMessage(agent: Service.alice, conversation: service.id(), text: "How can I help?", externalID: nil))
    }

    @Test func silentCustomersAreWarnedAndTheConversationIsClosed() {
        var service = Self.talking { $0.silenceWarning = .seconds(600) }
        service.wait(.seconds(3600))
        #expect(service.conversation()?.agent == Service.alice, "it is the agent's turn to speak")
        Self.speak(&service)
        service.wait(.seconds(600))
        #expect(
            service.heard() == [
                "Are you still there? Without an answer this conversation will be closed in 5 minutes."
            ])
        service.wait(.seconds(300))
        #expect(service.heard().first?.hasPrefix("This conversation was closed because") == true)
        #expect(
            service.closed.first?.stage
                == .closed(Conversation.Closing(by: .service, disposition: "silent", at: service.now)))
        #expect(service.state.timers.isEmpty)
    }

    @Test func anAnswerEndsTheWarning() {
        var service = Self.talking { $0.silenceWarning = .seconds(600) }
        Self.speak(&service)
        service.wait(.seconds(600))
        service.say("yes, sorry")
        service.wait(.seconds(3600))
        #expect(service.conversation()?.agent == Service.alice)
        Self.speak(&service)
        service.wait(.seconds(600))
        #expect(service.heard().first?.hasPrefix("Are you still there?") == true, "warned anew")
    }

    @Test func nobodyIsClosedWithoutTheRule() {
        var service = Self.talking { _ in }
        Self.speak(&service)
        service.wait(.seconds(86_400))
        #expect(service.conversation()?.agent == Service.alice)
    }

    @Test func closingNeedsADispositionWhereThereAreAny() {
        var service = Self.talking { $0.dispositions = ["Solved", "Sold"] }
        for disposition in [nil, "done"] {
            service.apply(.close(agent: Service.alice, conversation: service.id(), disposition: disposition))
            #expect(service.conversation()?.agent == Service.alice)
            #expect(
                service.effects.contains(
                    .tellAgent(
                        agent: Service.alice, conversation: service.id(),
                        notice: .dispositionNeeded(["Solved", "Sold"]))))
        }
        service.apply(.close(agent: Service.alice, conversation: service.id(), disposition: "solved"))
        guard case .closed(let closing) = service.closed.first?.stage else {
            Issue.record("not closed")
            return
        }
        #expect(closing.disposition == "Solved")
    }

    @Test func wrapUpTimeIsTheAgentsOwn() {
        var service = Self.talking { $0.wrapUp = .seconds(60) }
        service.apply(.close(agent: Service.alice, conversation: service.id(), disposition: nil))
        service.say("hello", Service.uma)
        #expect(service.offers.isEmpty)
        #expect(service.heard(Service.uma).first?.hasPrefix("You are 1st in line") == true, "not closed")
        service.wait(.seconds(60))
        #expect(service.offers.map(\.customer) == [Service.uma])
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.close(agent: Service.alice, conversation: service.id(Service.uma), disposition: nil))
        service.say("hello", Service.vic)
        service.apply(.duty(agent: Service.alice, isOn: true))
        #expect(service.offers.map(\.customer) == [Service.vic], "/duty on ends it early")
    }
}
