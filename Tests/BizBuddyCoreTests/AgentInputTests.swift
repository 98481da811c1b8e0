//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct AgentInputTests {
    @Test(arguments: [
        ("accept", AgentInput.accept), (" Reject ", .reject), ("/accept", .accept), ("/duty on", .duty(isOn: true)),
        ("/duty  OFF ", .duty(isOn: false)), ("/duty", .incomplete("/duty on or /duty off")),
        ("/status lunch", .status("lunch")), ("/status", .incomplete("/status STATE")), ("/HELP", .help),
        ("/frobnicate now", .unknown("frobnicate")), ("/agents", .agents), ("/BOARD", .board),
        ("accepted", .text("accepted")), ("", .text("")),
        ("/", .unknown("")),
    ])
    func readsCommandsAtTheWorkgroup(body: String, expected: AgentInput) {
        #expect(AgentInput(body, atWorkgroup: true) == expected)
    }

    @Test(arguments: [
        ("accept", AgentInput.text("accept")), ("reject", .text("reject")), ("/note  call back ", .note("call back")),
        ("/note", .incomplete("/note TEXT")), ("/record", .record), ("/close", .close(disposition: nil)),
        ("/close solved at once", .close(disposition: "solved at once")),
        ("/transfer bob", .transfer(to: "bob", reason: nil)),
        ("  two spaces", .text("  two spaces")), ("1/2", .text("1/2")), ("/note two\nlines", .note("two\nlines")),
        ("/transfer  sales wants a red one ", .transfer(to: "sales", reason: "wants a red one")),
        ("/transfer", .incomplete("/transfer AGENT-or-DEPARTMENT [REASON]")),
    ])
    func readsCommandsInAConversation(body: String, expected: AgentInput) {
        #expect(AgentInput(body, atWorkgroup: false) == expected)
    }

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
        let refusals: [AgentRefusal] = [.noOffer, .noConversation, .notYours, .notAccepted, .notAnAgent]
        let revocations: [OfferRevocation] = [
            .timedOut, .customerLeft, .agentNotAvailable, .restarted, .discontinued,
        ]
        let notices: [AgentNotice] = [
            .paused(missed: 3), .dutyOn, .dutyOff, .dutyOnWhenOnline, .conversationReturned, .closed, .discontinued,
            .recordArrived(.failed("no answer")),
        ]
        let texts =
            refusals.map(AgentTexts.refusal) + notices.map(AgentTexts.notice)
            + revocations.map { AgentTexts.revocation($0, customerName: "Tom") }
        #expect(Set(texts).count == texts.count)
        #expect(AgentTexts.unknownCommand("x").contains("/x"))
    }
}
