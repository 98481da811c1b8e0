//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

@Suite struct QuestionTests {
    private static let hello = ContactAddress("hello@acme.example")

    private static func service(online: [AgentID] = [Service.alice]) -> Service {
        var configuration = Service.acme()
        configuration.routing.contacts = [
            hello: ContactSettings(departments: [Service.sales, Service.support])
        ]
        return Service(configuration, online: online)
    }

    @Test(arguments: ["2", " 2 ", "support", "Support", "SUPPORT"])
    func asksWhichDepartmentAndTakesDigitsAndNames(answer: String) {
        var service = Self.service()
        service.say("My gizmo is broken", to: Self.hello)
        #expect(
            service.heard() == [
                "Hello! Whom would you like to reach? Answer with a number:\n1 – Sales\n2 – Support"
            ])
        #expect(service.offers.isEmpty)
        #expect(service.state.waitingCount == 0)
        service.say(answer, to: Self.hello)
        #expect(service.heard().first == "Support will answer you.")
        #expect(service.offers.map(\.department) == [Service.support])
        #expect(service.offers.first?.question == "My gizmo is broken", "the answer is no text for the agent")
        #expect(service.offers.first?.textCount == 1)
    }

    @Test func asksTwiceAndThenTakesTheFirst() {
        var service = Self.service()
        service.say("one", to: Self.hello)
        service.say("two", to: Self.hello)
        #expect(service.heard().first?.hasPrefix("Hello! Whom") == true)
        service.say("three", to: Self.hello)
        #expect(service.heard().first == "Sales will answer you.")
        #expect(service.conversation(Service.tom, Self.hello)?.customerTexts.map(\.text) == ["one", "two", "three"])
    }

    @Test func silenceTakesTheFirst() {
        var service = Self.service()
        service.say("hello", to: Self.hello)
        service.wait(.seconds(600))
        #expect(service.offers.map(\.department) == [Service.sales])
    }

    @Test func leavingEndsTheQuestion() {
        var service = Self.service()
        service.say("hello", to: Self.hello)
        service.say("leave", to: Self.hello)
        #expect(service.closed.count == 1)
        #expect(service.state.timers.isEmpty)
    }

    @Test func formsChooseAsDigitsDo() {
        var service = Self.service()
        service.say("hello", to: Self.hello)
        service.apply(
            .customerChooses(customer: Service.tom, contact: Self.hello, department: DepartmentID("nobody")))
        #expect(service.conversation(Service.tom, Self.hello)?.stage == .choosing)
        service.apply(.customerChooses(customer: Service.tom, contact: Self.hello, department: Service.support))
        #expect(service.offers.map(\.department) == [Service.support])
    }

    @Test func oneCustomerMayHaveTwoContacts() {
        var service = Self.service()
        service.say("hello", to: Self.hello)
        service.say("1", to: Service.supportContact)
        #expect(service.conversation()?.customerTexts.map(\.text) == ["1"])
        #expect(service.conversation(Service.tom, Self.hello)?.stage == .choosing)
    }

    @Test func reloadKeepsTheQuestion() {
        var service = Self.service()
        service.say("hello", to: Self.hello)
        service.apply(.configure(service.state.configuration))
        #expect(service.conversation(Service.tom, Self.hello)?.stage == .choosing)
        var changed = service.state.configuration
        changed.routing.contacts[Self.hello]?.departments = [Service.support]
        service.apply(.configure(changed))
        #expect(service.conversation(Service.tom, Self.hello)?.offer?.agent == Service.alice)
    }

    // MARK: The ladder

    private static func short(_ change: (inout DepartmentRules) -> Void) -> Service {
        var configuration = Service.acme()
        configuration.departments[0].rules.maximumLength = 1
        configuration.departments[0].rules.faq = "Have you tried turning it off and on again?"
        change(&configuration.departments[0].rules)
        return Service(configuration)
    }

    @Test func whoFindsALongLineIsOfferedOtherThings() {
        var service = Self.short { _ in }
        service.say("first", Service.uma)
        service.say("second")
        #expect(
            service.heard() == [
                """
                Many people are waiting for Support already. Have you tried turning it off and on again?
                Answer with a number:
                1 – Write to me when it is my turn
                2 – Keep what I wrote as a message, to be answered later
                """
            ])
        #expect(service.state.waitingCount == 1)
        service.say("1")
        #expect(service.heard().first?.hasPrefix("You keep your place") == true)
        #expect(service.state.line(of: Service.support).count == 2)
        service.online(Service.alice)
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        #expect(service.conversation(Service.uma)?.agent == Service.alice)
        #expect(service.heard().first?.hasPrefix("It is your turn") == true)
        #expect(service.offers.isEmpty)
        service.say("here I am")
        #expect(service.offers.map(\.customer) == [Service.tom])
    }

    @Test func messagesWaitUntilNobodyElseDoes() {
        var service = Self.short { _ in }
        service.say("first", Service.uma)
        service.say("second")
        service.say("2")
        #expect(service.heard() == ["Your message is kept and will be answered later."])
        service.apply(.customerLeaves(customer: Service.uma, contact: Service.supportContact))
        service.say("third", Service.vic)
        service.say("1", Service.vic)
        service.say("hello", Service.vic)
        service.online(Service.alice)
        #expect(service.state.line(of: Service.support).last == service.id(Service.tom))
    }

    @Test func missedTurnsAreKeptAsMessages() {
        var service = Self.short { _ in }
        service.say("first")
        service.say("callback")
        service.online(Service.alice)
        #expect(service.heard().first?.hasPrefix("It is your turn") == true)
        service.wait(.seconds(600))
        #expect(service.heard().first?.contains("kept as a message") == true)
        #expect(service.offers.map(\.customer) == [Service.tom])
        #expect(service.offers.first?.question == "first")
    }

    @Test func withoutALadderTheLineIsClosed() {
        var service = Self.short { $0.ladder = [] }
        service.say("first", Service.uma)
        service.say("second")
        #expect(service.heard().first?.hasPrefix("This message could not be kept") == true)
        #expect(service.conversation() == nil)
        #expect(service.state.waitingCount == 1)
    }

    @Test func whoWaitsTooLongIsAskedWhatElseWouldDo() {
        var service = Self.short { $0.maximumWait = .seconds(300) }
        service.say("hello")
        service.wait(.seconds(299))
        #expect(service.heard().isEmpty)
        service.wait(.seconds(1))
        #expect(service.heard().first?.hasPrefix("We are sorry that it takes so long.") == true)
        #expect(service.heard().first?.hasSuffix("3 – I will wait") == true)
        service.say("3")
        service.online(Service.alice)
        #expect(service.offers.count == 1)
    }

    @Test func callbackWhileBeingOfferedTakesTheOfferBack() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        service.say("callback")
        #expect(service.revocations == [.customerLeft])
        // Alice is free, so it is Tom's turn at once.
        #expect(service.heard().contains { $0.hasPrefix("It is your turn") })
    }

    @Test func notMoreAreCalledThanCouldBeServed() {
        var service = Service()
        for number in 1...5 {
            service.say("hello", CustomerAddress("c\(number)@home.example"))
            service.say("callback", CustomerAddress("c\(number)@home.example"))
        }
        service.online(Service.alice)
        let called = (1...5).count { number in
            service.heard(CustomerAddress("c\(number)@home.example")).contains { $0.hasPrefix("It is your turn") }
        }
        #expect(called == 1)
    }

    // MARK: Languages

    @Test func speaksTheCustomersLanguage() {
        var service = Service()
        service.nextID += 1
        service.apply(
            .customerMessage(
                customer: Service.tom, contact: Service.supportContact, text: "Hallo", externalID: nil, nickname: nil,
                newConversation: ConversationID("d1"), context: MessageContext(language: "de-CH")))
        #expect(service.heard().first?.hasPrefix("Sie sind auf Platz 1. Support ist zurzeit geschlossen.") == true)
        service.say("Platz")
        #expect(service.heard().first?.hasPrefix("Sie sind auf Platz 1.") == true)
        service.say("verlassen")
        #expect(service.heard().first?.hasPrefix("Sie stehen nicht mehr an.") == true)
        service.say("hello", Service.uma)
        #expect(service.heard(Service.uma).first?.hasPrefix("You are 1st in line.") == true)
    }

    @Test func companiesChangeTexts() {
        var catalogue = TextCatalogue()
        catalogue.changes = ["en": [.greeting: "Welcome to {department}!"], "fr": [.greeting: "Bonjour !"]]
        catalogue.contacts = [Service.salesContact: ["": [.greeting: "Sales!"]]]
        func greeting(_ language: String?, _ contact: ContactAddress = Service.supportContact) -> String {
            catalogue.texts(language: language, contact: contact).text(of: .greeting, department: "Support")
        }
        #expect(greeting(nil) == "Welcome to Support!")
        #expect(greeting("fr") == "Bonjour !")
        #expect(greeting("de").hasPrefix("Guten Tag"))
        #expect(greeting("xx") == "Welcome to Support!")
        #expect(greeting("de", Service.salesContact) == "Sales!")
    }

    @Test func everyLanguageHasEveryText() {
        for (language, texts) in TextCatalogue.shipped {
            for text in CustomerText.allCases {
                let template = texts[text]
                #expect(template?.isEmpty == false, "\(language): \(text)")
                let places = { (text: String) in
                    Set(
                        text.split(separator: "{", omittingEmptySubsequences: false).dropFirst()
                            .map { $0.prefix { $0 != "}" } })
                }
                #expect(places(template ?? "") == places(CustomerTexts.english[text] ?? ""), "\(language): \(text)")
            }
            #expect(texts[.weekdays]?.split(separator: " ").count == 7)
        }
    }
}
