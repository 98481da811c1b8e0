//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// Being written to at a chosen time. The clock of the tests stands at 1970-01-12 13:46:40 UTC.
@Suite struct CallbackTests {
    private static func asked(_ text: String) -> Service {
        var service = Service()
        service.say("My gizmo hums")
        service.say(text)
        return service
    }

    @Test(
        arguments: [
            ("callback 15:30", 6_200), ("Callback 1970-01-13 9:00", 69_200), ("rückruf 13:00", 83_600),
        ] as [(String, Int64)])
    func keepsThePlaceUntilThen(text: String, seconds: Int64) {
        var service = Self.asked(text)
        #expect(service.heard().count == 1)
        #expect(service.heard().first?.contains("keep your place") == true)
        service.online(Service.alice)
        #expect(service.offers.isEmpty, "nobody is asked before")
        service.wait(.milliseconds(seconds * 1_000 - 300_000 - 1))
        #expect(service.heard().isEmpty)
        service.wait(.milliseconds(1))
        #expect(service.heard().first?.contains("soon") == true, "reminded five minutes before")
        service.wait(.seconds(299))
        #expect(service.heard().isEmpty)
        service.wait(.seconds(1))
        #expect(service.heard().first?.hasPrefix("It is your turn") == true)
        service.say("Here I am")
        #expect(service.offers.map(\.agent) == [Service.alice])
        #expect(service.conversation()?.transcript.map(\.text) == ["My gizmo hums", "Here I am"])
    }

    @Test func withoutAConversationItBeginsOne() {
        var service = Service()
        service.say("callback 15:30")
        #expect(service.conversation()?.routing.hold == .until(Instant(milliseconds: 1_006_200_000)))
        service.say("leave")
        #expect(service.state.timers[.callback(ConversationID("c2"))] == nil)
        #expect(service.state.conversations.isEmpty)
    }

    @Test(arguments: ["callback 1970-01-11 9:00", "callback 1971-01-13 9:00"])
    func timesThatCannotBeAreRefused(text: String) {
        let service = Self.asked(text)
        #expect(service.heard() == ["That time cannot be: it must lie in the next 90 days."])
        #expect(service.conversation()?.routing.hold == Conversation.Routing.Hold.none)
    }

    @Test(arguments: ["callback 25:00", "callback soon", "callback 1970-13-01 9:00", "callback at 9:00 please"])
    func whatIsNoTimeIsAText(text: String) {
        let service = Self.asked(text)
        #expect(service.conversation()?.transcript.last?.text == text)
    }

    @Test func whoIsServedSaysIt() {
        var service = Service(online: [Service.alice])
        service.say("My gizmo hums")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.say("callback 15:30")
        #expect(service.relays.map(\.entry.text) == ["callback 15:30"])
    }
}
