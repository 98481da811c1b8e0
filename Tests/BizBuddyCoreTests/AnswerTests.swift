//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// Answers to frequent questions while customers wait.
@Suite struct AnswerTests {
    private static let answer = FAQAnswer(id: "return", title: "How do I return a gizmo?", text: "Send it back.")

    private static func service(online: [AgentID] = []) -> Service {
        var configuration = Service.acme()
        configuration.outreach.offersAnswers = true
        return Service(configuration, online: online)
    }

    private static func searches(_ service: Service) -> [String] {
        service.effects.compactMap { if case .searchAnswers(_, let text, _) = $0 { text } else { nil } }
    }

    @Test func theFirstWordsAreLookedUp() {
        var service = Self.service()
        service.say("How do I return my gizmo?")
        #expect(Self.searches(service) == ["How do I return my gizmo?"])
        service.say("Anybody there?")
        #expect(Self.searches(service).isEmpty, "once")
        var off = Service()
        off.say("How do I return my gizmo?")
        #expect(Self.searches(off).isEmpty)
    }

    @Test func anAnswerThatHelpsIsEnough() {
        var service = Self.service(online: [Service.alice])
        service.say("How do I return my gizmo?")
        #expect(service.offers.count == 1)
        service.apply(.answerFound(conversation: service.id(), answer: Self.answer))
        #expect(
            service.heard() == [
                """
                This may help while you wait:
                How do I return a gizmo?
                Send it back.
                Did it? Answer "yes" or "no".
                """
            ])
        #expect(service.facts.map(\.kind) == [.suggested("return")])
        service.say("Yes")
        #expect(service.heard() == ["Good to hear. Write again at any time."])
        #expect(service.revocations == [.customerLeft])
        #expect(service.closed.count == 1)
        #expect(service.facts.map(\.kind) == [.deflected], "not one who gave up")
        #expect(service.state.agents[Service.alice]?.totalUnits == 0)
    }

    @Test func anAnswerThatDoesNotHelpChangesNothing() {
        var service = Self.service()
        service.say("How do I return my gizmo?")
        let place = service.state.place(of: service.id())
        service.apply(.answerFound(conversation: service.id(), answer: Self.answer))
        service.say("no")
        #expect(service.state.place(of: service.id()) == place)
        #expect(service.conversation()?.transcript.map(\.text) == ["How do I return my gizmo?"])
        service.say("no")
        #expect(service.conversation()?.transcript.last?.text == "no", "nothing is asked any more")
    }

    @Test func whoIsServedIsNotTold() {
        var service = Self.service(online: [Service.alice])
        service.say("How do I return my gizmo?")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.answerFound(conversation: service.id(), answer: Self.answer))
        #expect(service.heard().isEmpty)
        service.say("yes")
        #expect(service.relays.map(\.entry.text) == ["yes"])
        service.apply(.answerFound(conversation: ConversationID("gone"), answer: Self.answer))
        #expect(service.effects.isEmpty)
    }

    @Test(arguments: [DepartmentRules.WhenClosed.message, .callback])
    func whoComesOutsideOfTheHoursGetsOneToo(_ whenClosed: DepartmentRules.WhenClosed) {
        var configuration = Service.acme()
        configuration.outreach.offersAnswers = true
        configuration.departments[0].hours = .weekly(WeeklyHours(zone: .utc, week: Array(repeating: [], count: 7)))
        configuration.departments[0].rules.whenClosed = whenClosed
        var service = Service(configuration, online: [Service.alice])
        service.say("How do I return my gizmo?")
        #expect(Self.searches(service) == ["How do I return my gizmo?"])
        service.apply(.answerFound(conversation: service.id(), answer: Self.answer))
        #expect(service.heard().first?.contains("Send it back.") == true)
        service.say("yes")
        #expect(service.closed.count == 1 && service.facts.contains { $0.kind == .deflected })
    }
}
