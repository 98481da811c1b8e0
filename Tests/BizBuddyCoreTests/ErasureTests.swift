//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing

@testable import BizBuddyCore

/// Customers who are forgotten, and what they agreed to.
@Suite struct ErasureTests {
    private static func service() -> Service {
        var configuration = Service.acme()
        configuration.supervision.supervisors = [CompanyTests.dave]
        configuration.outreach.topics = ["gizmo": "new gizmos", "sale": "sales"]
        configuration.floods.textsPerMinute = 100
        configuration.departments[0].rules.care.surveyPercent = 100
        return Service(configuration, online: [Service.alice])
    }

    private static var consents: (Service) -> [Consent] {
        { service in service.effects.compactMap { if case .consent(let consent) = $0 { consent } else { nil } } }
    }

    /// A customer with everything that can be held of one.
    private static func busy() -> Service {
        var service = service()
        for customer in [Service.tom, Service.uma] {
            service.say("alert gizmo", customer, externalID: "a-\(customer)")
            service.say("yes", customer, externalID: "b-\(customer)")
        }
        service.apply(.publish(person: CompanyTests.dave, topic: "gizmo", text: "A blue one!"))
        service.say("Mine hums", externalID: "s-tom")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.close(agent: Service.alice, conversation: service.id(), disposition: nil))
        service.say("Hello again", to: Service.salesContact, externalID: "t-tom")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        return service
    }

    @Test func nothingOfACustomerIsLeft() throws {
        var service = Self.busy()
        let held = service.state.holdings(of: [Service.tom])
        #expect(held.conversations.count == 1 && held.surveys == 1)
        #expect(held.subscriptions.map(\.topic) == ["gizmo"] && held.subscriptions.allSatisfy(\.isConfirmed))
        #expect(held.alerts.map(\.text) == ["A blue one!"])
        #expect(held.services.map(\.agent) == [Service.alice])

        let conversation = service.id(Service.tom, Service.salesContact)
        service.apply(.eraseCustomer([Service.tom]))
        #expect(service.state.holdings(of: [Service.tom]) == CustomerHoldings())
        #expect(service.state.agents[Service.alice]?.conversations.isEmpty == true)
        #expect(
            service.effects.contains(
                .tellAgent(agent: Service.alice, conversation: conversation, notice: .erased)))
        guard case .closed(let closing) = try #require(service.closed.first).stage else {
            Issue.record("not closed")
            return
        }
        #expect(closing.isErased)
        let snapshot = String(decoding: try JSONEncoder().encode(service.state), as: UTF8.self)
        #expect(!snapshot.contains("tom@home.example") && snapshot.contains("uma@home.example"))
        #expect(!snapshot.contains("hums") && !snapshot.contains("Hello again"))
        #expect(service.state.holdings(of: [Service.uma]).subscriptions.count == 1, "somebody else's is as it was")
    }

    @Test func whoWaitsOrIsOfferedGoesToo() {
        var service = Self.service()
        service.say("One", Service.tom)
        service.say("Two", Service.uma)
        #expect(service.state.lineLength(of: Service.support) == 2)
        service.apply(.eraseCustomer([Service.tom, Service.uma]))
        #expect(service.state.conversations.isEmpty && service.state.lineLength(of: Service.support) == 0)
        #expect(service.revocations == [.customerLeft])
        #expect(service.state.agents[Service.alice]?.offer == nil)
    }

    @Test func aBlockIsForgottenAndTheCustomerIsNewAfterwards() {
        var service = Self.busy()
        service.apply(
            .block(agent: Service.alice, conversation: service.id(Service.tom, Service.salesContact), reason: "rude"))
        #expect(service.state.holdings(of: [Service.tom]).blocks.map(\.reason) == ["rude"])
        service.apply(.eraseCustomer([Service.tom]))
        #expect(service.state.blocks.isEmpty)
        service.say("Hello", externalID: "s-tom")
        #expect(service.conversation()?.transcript.map(\.text) == ["Hello"], "even its names of messages are forgotten")
    }

    @Test func forgettingNobodyChangesNothing() {
        var service = Self.busy()
        let before = service.state
        service.apply(.eraseCustomer([Service.vic]))
        #expect(service.state == before && service.effects.isEmpty)
    }

    @Test func aYesAndANoAreWrittenDownWithTheirProof() throws {
        var service = Self.service()
        service.say("alert gizmo", externalID: "m1")
        #expect(Self.consents(service).isEmpty, "a wish is no consent yet")
        service.say("yes", externalID: "m2")
        let yes = try #require(Self.consents(service).first)
        #expect(yes.purpose == "alerts/gizmo" && yes.isGiven && yes.proof == "m2" && yes.actor == "tom@home.example")
        #expect(yes.text == "Do you want to be told about new gizmos? Answer \"yes\".")
        #expect(yes.contact == Service.supportContact && yes.at == service.now)
        service.say("stop", externalID: "m3")
        let no = Self.consents(service)
        #expect(no.map(\.purpose) == ["alerts/gizmo"] && no.map(\.isGiven) == [false] && no.map(\.text) == ["stop"])
        service.say("alert sale", externalID: "m4")
        service.say("stop", externalID: "m5")
        #expect(Self.consents(service).isEmpty, "what was never agreed to is not taken back")
    }

    @Test func theConsoleMayPublish() {
        var service = Self.busy()
        service.apply(.publish(person: .console, topic: "gizmo", text: "Another"))
        #expect(service.heard(Service.uma).first?.hasPrefix("Another") == true)
        service.apply(.publish(person: Service.alice, topic: "gizmo", text: "No"))
        #expect(service.refusals == [.notASupervisor])
    }
}
