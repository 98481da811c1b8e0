//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// Alerts, the known issue, the question afterwards.
@Suite struct OutreachTests {
    static let dave = CompanyTests.dave

    private static func service(_ change: (inout ServiceConfiguration) -> Void = { _ in }) -> Service {
        var configuration = Service.acme()
        configuration.supervision.supervisors = [dave]
        configuration.outreach.topics = ["gizmo": "new gizmos", "sale": "sales"]
        change(&configuration)
        return Service(configuration, online: [Service.alice])
    }

    private static func subscribe(_ service: inout Service, _ customer: CustomerAddress = Service.tom) {
        service.say("alert gizmo", customer)
        service.say("yes", customer)
    }

    private static func publish(_ service: inout Service, _ text: String = "A blue one!") {
        service.apply(.publish(person: dave, topic: "gizmo", text: text))
    }

    // MARK: Alerts

    @Test func alertsAreWishedForTwice() {
        var service = Self.service()
        service.say("alerts")
        #expect(service.heard().first?.contains("gizmo – new gizmos\nsale – sales") == true)
        service.say("alert gizmo")
        #expect(service.heard() == ["Do you want to be told about new gizmos? Answer \"yes\"."])
        Self.publish(&service)
        #expect(service.heard().isEmpty, "not confirmed")
        service.say("YES")
        #expect(service.heard() == ["You will be told about new gizmos. \"stop\" ends it at any time."])
        Self.publish(&service)
        #expect(service.heard().first?.hasPrefix("A blue one!") == true)
        #expect(
            service.effects.contains(
                .tellAgent(agent: Self.dave, conversation: nil, notice: .alertSent(1, leftOut: 0))))
        #expect(service.state.conversations.isEmpty, "none of it is a conversation")
        service.say("STOP")
        Self.publish(&service)
        #expect(service.heard().isEmpty)
    }

    @Test func wordsAreWordsWhereNothingIsOffered() {
        var service = Service(online: [Service.alice])
        for (number, text) in ["alerts", "alert gizmo", "yes", "stop", "3"].enumerated() {
            let customer = CustomerAddress("c\(number)@home.example")
            service.say(text, customer)
            #expect(service.conversation(customer)?.transcript.map(\.text) == [text])
        }
    }

    @Test func anAgentGetsTheWordsOnceTheyServe() {
        var service = Self.service()
        service.say("My gizmo hums")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.say("alerts")
        #expect(service.relays.map(\.entry.text) == ["alerts"])
    }

    @Test func anAnswerOpensAConversationWithTheAlertBesideIt() {
        var service = Self.service()
        Self.subscribe(&service)
        Self.publish(&service)
        service.say("I want it")
        #expect(service.conversation()?.transcript.map(\.text) == ["after the alert: A blue one!", "I want it"])
        #expect(service.offers.first?.question == "I want it")
        #expect(service.heard().allSatisfy { !$0.contains("after the alert") })
    }

    @Test func nobodyGetsTooMany() {
        var service = Self.service { $0.outreach.alertsPerDay = 2 }
        Self.subscribe(&service)
        for expected in [1, 1, 0] {
            Self.publish(&service)
            #expect(service.heard().count == expected)
        }
        #expect(
            service.effects.contains(
                .tellAgent(agent: Self.dave, conversation: nil, notice: .alertSent(0, leftOut: 1))))
        service.wait(.seconds(86_401))
        Self.publish(&service)
        #expect(service.heard().count == 1)
    }

    @Test func quietHoursHoldThemBack() {
        // The clock of the tests stands at 13:46:40 UTC.
        var service = Self.service { configuration in
            configuration.outreach.quietFrom = 13 * 60
            configuration.outreach.quietTo = 14 * 60
        }
        Self.subscribe(&service)
        Self.publish(&service)
        #expect(service.heard().isEmpty)
        service.wait(.seconds(799))
        #expect(service.heard().isEmpty)
        service.wait(.seconds(1))
        #expect(service.heard().first?.hasPrefix("A blue one!") == true)
        #expect(service.state.timers[.alerts] == nil)
    }

    @Test(
        arguments: [(1_320, 480, 1_380, 540), (1_320, 480, 420, 60), (540, 600, 570, 30)] as [(Int, Int, Int, Int64)])
    func quietHoursEndOverMidnight(from: Int, to: Int, at: Int, minutes: Int64) {
        var rules = OutreachRules()
        (rules.quietFrom, rules.quietTo) = (from, to)
        let moment = Instant(milliseconds: Int64(at) * 60_000)
        #expect(rules.quietEnd(at: moment)?.milliseconds == moment.milliseconds + minutes * 60_000)
        let noon = Instant(milliseconds: 43_200_000)
        #expect(rules.quietEnd(at: noon) == nil)
    }

    @Test func onlySupervisorsPublishAndOnlyWhatThereIs() {
        var service = Self.service()
        service.apply(.publish(person: Service.alice, topic: "gizmo", text: "x"))
        #expect(service.refusals == [.notASupervisor])
        service.apply(.publish(person: Self.dave, topic: "nothing", text: "x"))
        #expect(service.refusals == [.noSuchTarget])
        service.apply(.setBanner(person: Service.alice, text: "x"))
        #expect(service.refusals == [.notASupervisor])
    }

    @Test func whoIsBlockedHearsNothing() {
        var service = Self.service()
        Self.subscribe(&service)
        service.say("Insults")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.block(agent: Service.alice, conversation: service.id(), reason: nil))
        Self.publish(&service)
        #expect(service.heard().isEmpty)
    }

    // MARK: The known issue

    @Test func theKnownIssueIsToldToStaffToTheLineAndToWhoComes() {
        var service = Self.service()
        service.apply(.duty(agent: Service.alice, isOn: false))
        service.say("My mail is gone")
        service.apply(.setBanner(person: Self.dave, text: "Mail is down until 15:00"))
        #expect(service.heard() == ["Known issue: Mail is down until 15:00"])
        #expect(
            service.effects.contains(
                .tellAgent(
                    agent: Service.alice, conversation: nil,
                    notice: .knownIssue("Mail is down until 15:00", by: Self.dave))))
        service.say("Mine too", Service.uma)
        #expect(service.heard(Service.uma).contains("Known issue: Mail is down until 15:00"))
        service.apply(.setBanner(person: Self.dave, text: nil))
        service.say("And mine", Service.vic)
        #expect(!service.heard(Service.vic).contains { $0.hasPrefix("Known issue") })
        service.apply(.setBanner(person: Self.dave, text: nil))
        #expect(service.refusals == [.alreadyThere])
    }

    // MARK: Afterwards

    private static func closed(_ percent: Int?, language: String? = nil) -> Service {
        var service = Self.service { $0.departments[0].rules.care.surveyPercent = percent }
        service.apply(
            .customerMessage(
                customer: Service.tom, contact: Service.supportContact, text: "My gizmo hums", externalID: nil,
                nickname: nil, newConversation: ConversationID("c1"), context: MessageContext(language: language)))
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.close(agent: Service.alice, conversation: service.id(), disposition: nil))
        return service
    }

    private static func ratings(_ service: Service) -> [Fact] {
        service.facts.filter { if case .rated = $0.kind { true } else { false } }
    }

    @Test func theCustomerIsAskedAfterwards() throws {
        var service = Self.closed(100)
        #expect(service.heard().last == "How was it? Answer with a number from 1 (bad) to 5 (very good).")
        service.say("4")
        #expect(service.heard() == ["Thank you for your answer."])
        let fact = try #require(Self.ratings(service).first)
        #expect(fact.kind == .rated(4) && fact.agent == Service.alice && fact.department == Service.support)
        #expect(service.state.conversations.isEmpty)
        service.say("5")
        #expect(service.conversation() != nil, "asked once, and answered once")
        var german = Self.closed(100, language: "de")
        #expect(german.heard().last?.hasPrefix("Wie war es?") == true)
        german.say("9")
        #expect(german.conversation() != nil, "no answer to that question")
    }

    @Test func anythingElseIsANewConversationAndEndsTheQuestion() {
        var service = Self.closed(100)
        service.say("One more thing")
        #expect(service.conversation()?.transcript.map(\.text) == ["One more thing"])
        service.say("3")
        #expect(Self.ratings(service).isEmpty)
        var late = Self.closed(100)
        late.wait(.seconds(86_401))
        late.say("3")
        #expect(late.conversation() != nil)
    }

    @Test func onlySomeAreAsked() {
        #expect(!Self.closed(nil).heard().contains { $0.hasPrefix("How was it") })
        var asked = 0
        var service = Self.service { $0.departments[0].rules.care.surveyPercent = 30 }
        for number in 0..<300 {
            let customer = CustomerAddress("c\(number)@home.example")
            service.say("Hello?", customer)
            service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
            service.apply(
                .close(agent: Service.alice, conversation: service.id(customer), disposition: nil))
            asked += service.heard(customer).contains { $0.hasPrefix("How was it") } ? 1 : 0
        }
        #expect((60...120).contains(asked), "\(asked) of 300")
    }
}
