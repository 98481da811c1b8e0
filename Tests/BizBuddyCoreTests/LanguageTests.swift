//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// What is said in which language, and where a company has words of its own.
@Suite struct LanguageTests {
    private static func catalogue() -> TextCatalogue {
        var catalogue = TextCatalogue()
        catalogue.changes = ["": [.greeting: "Moin"], "fr": [.statusOpen: "Ouvert"]]
        catalogue.contacts = [
            Service.salesContact: [
                "": [.keywordLeave: "Quitter", .keywordStop: "genug"], "en": [.greeting: "Welcome"],
                "nl": [.statusOpen: "Open!"],
            ]
        ]
        return catalogue
    }

    @Test func knowsWhichLanguagesThereAre() {
        let catalogue = Self.catalogue()
        #expect(catalogue.languages(for: Service.supportContact) == ["en", "de", "fr"])
        #expect(catalogue.languages(for: Service.salesContact) == ["en", "de", "fr", "nl"])
        var german = catalogue
        german.defaultLanguage = "de"
        #expect(german.languages(for: nil) == ["de", "en", "fr"])
        for number in 0..<100 { german.changes["x\(number)"] = [.statusOpen: "\(number)"] }
        #expect(german.languages(for: nil).count == 12)
    }

    @Test func whatIsChangedForEveryLanguageIsInNone() {
        let catalogue = Self.catalogue()
        let support = catalogue.texts(language: "de", contact: Service.supportContact)
        #expect(support[.greeting] == "Moin" && support.language(of: .greeting) == nil)
        #expect(support.language(of: .ended) == "de")
        let sales = catalogue.texts(language: "en", contact: Service.salesContact)
        #expect(sales[.greeting] == "Welcome" && sales.language(of: .greeting) == "en")
        #expect(catalogue.texts(language: "de", contact: Service.salesContact).language(of: .greeting) == nil)
    }

    @Test func aContactsOwnWordsActThereOnly() {
        var configuration = Service.acme()
        configuration.catalogue = Self.catalogue()
        configuration.outreach.topics = ["gizmo": "new gizmos"]
        var service = Service(configuration)
        service.say("hello", to: Service.salesContact)
        service.say("quitter", to: Service.salesContact)
        #expect(service.conversation(Service.tom, Service.salesContact) == nil)
        service.say("hello")
        service.say("quitter")
        #expect(service.conversation()?.customerTexts.map(\.text) == ["hello", "quitter"])
        for word in ["alert gizmo", "yes", "genug"] { service.say(word, Service.uma, to: Service.salesContact) }
        #expect(service.heard(Service.uma) == ["You will not be told about anything any more."])
    }

    @Test func whoJoinsIsToldInTheirLanguage() {
        var service = Service()
        service.apply(
            .customerJoins(
                customer: Service.tom, contact: Service.supportContact, nickname: nil,
                newConversation: ConversationID("j1"), language: "de"))
        #expect(service.heard().first?.hasPrefix("Sie sind auf Platz 1.") == true)
    }

    @Test func aLanguageHoldsUntilAnotherIsSpoken() {
        var configuration = Service.acme()
        configuration.outreach.topics = ["gizmo": "neue Gizmos"]
        var service = Service(configuration)
        service.apply(
            .customerMessage(
                customer: Service.tom, contact: Service.supportContact, text: "Hallo", externalID: nil, nickname: nil,
                newConversation: ConversationID("d1"), context: MessageContext(language: "de")))
        service.say("alerts")
        #expect(service.heard().first?.hasPrefix("Wir können Ihnen schreiben über:") == true)
        for case .sendToCustomer(let delivery) in service.effects { #expect(delivery.language == "de") }
        service.say("hello", Service.uma)
        for case .sendToCustomer(let delivery) in service.effects { #expect(delivery.language == "en") }
    }
}
