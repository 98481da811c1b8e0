//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPModules

@Suite struct PresenceCatalogueTests {
    private let catalogue = PresenceCatalogue(Company.states, language: "en")

    @Test(arguments: [
        ("At Lunch", "lunch"), ("at lunch", "lunch"), ("AT LUNCH", "lunch"), ("  At Lunch\n", "lunch"),
        ("Mittagspause", "lunch"), ("VERFÜGBAR", "available"), ("verfu\u{308}gbar", "available"), ("busy", "busy"),
    ])
    func knowsALabelInAnyCaseAndLanguage(text: String, id: String) {
        #expect(catalogue.state(labelled: text)?.id == id)
    }

    @Test(arguments: ["", " ", "lunch", "At Lunch, back at 2", "AtLunch"])
    func takesNothingElseForALabel(text: String) {
        #expect(catalogue.state(labelled: text) == nil)
    }

    @Test(arguments: [("lunch", "lunch"), ("LUNCH", "lunch"), ("At lunch", "lunch")])
    func knowsAStateByIDOrLabel(text: String, id: String) {
        #expect(catalogue.state(named: text)?.id == id)
    }

    @Test(arguments: [
        (nil, "available"), ("chat", "available"), ("away", "away"), ("xa", "away"), ("dnd", "busy"),
        ("unheard-of", "available"),
    ])
    func derivesAStateFromShow(show: String?, id: String) {
        #expect(catalogue.derivedID(show: show) == id)
    }

    @Test(arguments: [
        ("de", "Mittagspause"), ("de-AT", "Mittagspause"), ("DE", "Mittagspause"), ("en-GB", "At Lunch"),
        ("fr", "At Lunch"), (nil, "At Lunch"),
    ])
    func givesALabelInALanguage(language: String?, label: String) {
        #expect(catalogue["lunch"]?.label(language) == label)
    }

    @Test func givesAnyLabelWhereNoneFits() {
        #expect(PresenceCatalogue.State("x", labels: ["fr": "Oui", "it": "Si"]).label("de") == "Oui")
        #expect(PresenceCatalogue.State("x", labels: [:]).label("de") == "x")
    }

    @Test func givesALabelToTheFirstThatHasIt() {
        let catalogue = PresenceCatalogue([.init("a", labels: ["": "Same"]), .init("b", labels: ["": "same"])])
        #expect(catalogue.state(labelled: "SAME")?.id == "a")
    }
}
