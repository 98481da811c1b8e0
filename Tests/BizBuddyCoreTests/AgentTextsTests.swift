//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct AgentTextsTests {
    @Test func offerTextCarriesTheRecord() throws {
        var service = Service(online: [Service.alice])
        service.answersLookups = false
        service.say("Where is my parcel?")
        let record = CustomerRecord(
            customerID: "4711", displayName: "Tom Customer", source: "directory", match: .exact,
            fields: [CustomerRecord.Field(key: "plan", label: "Plan", value: "Gold")])
        service.apply(.lookupFinished(conversation: service.id(), result: .found(record)))
        let offer = try #require(service.offers.first)
        let text = AgentTexts.offer(offer, now: service.now)
        for part in ["Tom Customer", "4711", "Plan: Gold", "Where is my parcel?", "accept", "reject", "30 seconds"] {
            #expect(text.contains(part))
        }
        #expect(AgentTexts.update(offer).contains("Gold"))
    }

    @Test func offerTextCutsLongQuestions() throws {
        var service = Service(online: [Service.alice])
        service.say(String(repeating: "x", count: 1_000))
        let text = AgentTexts.offer(try #require(service.offers.first), now: service.now)
        #expect(text.contains("x…\"") && text.count < 600)
        #expect(text.contains("No record of this customer."))
    }

    @Test func everyRefusalAndRevocationHasWords() {
        let refusals: [AgentRefusal] = [
            .noOffer, .noConversation, .notYours, .notAccepted, .notAnAgent, .tooManyThere, .notASupervisor,
            .monitoringIsOff, .nobodyServes, .youAreNotOnline, .youAreBusy,
        ]
        let revocations: [OfferRevocation] = [
            .timedOut, .customerLeft, .agentNotAvailable, .restarted, .discontinued,
        ]
        let notices: [AgentNotice] = [
            .paused(missed: 3), .dutyOn, .dutyOff, .dutyOnWhenOnline, .conversationReturned, .closed, .discontinued,
            .recordArrived(.failed("no answer")), .invited(Service.bob, .guest), .invited(Service.bob, .consultant),
            .companionGone(Service.bob), .monitored(Service.bob), .takenFromYou(Service.bob), .dutySetBy(Service.bob),
            .dutyIsSet(Service.bob, isOn: true), .dutyIsSet(Service.bob, isOn: false),
        ]
        let texts =
            refusals.map(AgentTexts.refusal) + notices.map(AgentTexts.notice)
            + revocations.map { AgentTexts.revocation($0, customerName: "Tom") }
        #expect(Set(texts).count == texts.count)
        #expect(AgentTexts.unknownCommand("x").contains("/x"))
    }
}
