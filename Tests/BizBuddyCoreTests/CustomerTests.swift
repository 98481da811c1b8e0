//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct CustomerTests {
    @Test func keepsAndCountsTextsWhileWaiting() throws {
        var service = Service(online: [])
        service.say("one")
        service.say("two")
        service.say("three")
        #expect(service.conversation()?.customerTexts.map(\.text) == ["one", "two", "three"])
        service.online(Service.alice)
        #expect(try #require(service.offers.first).textCount == 3)
    }

    @Test func dropsRepeatedTexts() {
        var service = Service(online: [Service.alice])
        service.say("hello", externalID: "a1")
        service.say("hello", externalID: "a1")
        #expect(service.effects.isEmpty)
        #expect(service.conversation()?.customerTexts.count == 1)
        // The same id of somebody else is another text.
        service.say("hello", Service.uma, externalID: "a1")
        #expect(service.conversation(Service.uma) != nil)
    }

    @Test func dropsRepetitionAfterTheEnd() {
        var service = Service(online: [Service.alice])
        service.say("hello", externalID: "a1")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.close(agent: Service.alice, conversation: service.id(), disposition: nil))
        service.say("hello", externalID: "a1")
        #expect(service.conversation() == nil)
    }

    @Test func forgetsOldExternalIDsButStaysBounded() {
        var service = Service(online: [])
        for number in 0..<5_000 {
            service.say("position", externalID: "m\(number)")
        }
        service.say("position", externalID: "m4999")
        #expect(service.effects.isEmpty)
        service.say("position", externalID: "m0")
        #expect(!service.effects.isEmpty)
    }

    @Test(arguments: ["position", " Position\n", "POSITION"])
    func tellsPositionOnDemand(word: String) {
        var service = Service(online: [Service.alice])
        service.say("one", Service.uma)
        service.say("two")
        service.say(word)
        #expect(service.heard() == ["You are 2nd in line, about 1 minute."])
        #expect(service.conversation()?.customerTexts.count == 1)
    }

    @Test func leavesTheLine() {
        var service = Service(online: [Service.alice])
        service.say("hello")
        service.say("Leave")
        #expect(service.heard() == ["You have left the line. Write again at any time."])
        #expect(service.revocations == [.customerLeft])
        #expect(service.conversation() == nil)
        #expect(
            service.closed.first?.stage
                == .closed(Conversation.Closing(by: .customer, disposition: nil, at: service.now)))
        #expect(
            service.state.timers.map(\.key).contains { if case .offerTimeout = $0 { true } else { false } } == false)
    }

    @Test func answersKeywordsOfStrangersWithoutQueueing() {
        var service = Service(online: [Service.alice])
        service.say("help")
        #expect(service.heard().first?.contains("position") == true)
        service.say("leave")
        #expect(service.heard() == ["You are not in line. Write your question to start."])
        #expect(service.state.conversations.isEmpty)
    }

    @Test(arguments: ["position", "leave", "help"])
    func keywordsAreWordsOnceAnAgentHasAccepted(word: String) {
        var service = Service(online: [Service.alice])
        service.say("hello")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.say(word)
        #expect(service.relays.map(\.entry.text) == [word])
        #expect(service.heard().isEmpty)
    }

    @Test func keywordInsideATextIsText() {
        var service = Service(online: [])
        service.say("please help")
        #expect(service.conversation()?.customerTexts.map(\.text) == ["please help"])
    }

    @Test func keepsContactsApart() {
        var service = Service(online: [Service.alice])
        service.say("broken", Service.tom, to: Service.supportContact)
        service.say("buy", Service.tom, to: Service.salesContact)
        #expect(service.id(Service.tom, Service.supportContact) != service.id(Service.tom, Service.salesContact))
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        service.apply(
            .agentMessage(
                agent: Service.alice, conversation: service.id(Service.tom, Service.salesContact), text: "which?",
                externalID: nil))
        guard case .sendToCustomer(let delivery)? = service.effects.first else {
            Issue.record("nothing was sent")
            return
        }
        #expect(delivery.contact == Service.salesContact)
        #expect(service.conversation()?.transcript.map(\.text) == ["broken"])
    }

    @Test func bouncesUnknownContacts() {
        var service = Service()
        let nobody = ContactAddress("nobody@acme.example")
        service.say("hello", to: nobody)
        #expect(service.effects == [.bounceCustomer(customer: Service.tom, contact: nobody)])
    }

    @Test func tellsClosedOnceAndServesWhenSomebodyIsBack() {
        var service = Service(online: [])
        service.say("hello")
        #expect(
            service.heard() == [
                "You are 1st in line. Support is closed at the moment. "
                    + "Your message is kept and will be answered when we are back."
            ])
        service.say("anybody?")
        #expect(service.heard().isEmpty)
        service.wait(.seconds(60))
        service.online(Service.alice)
        #expect(service.heard() == ["Hello, this is Support. Someone will be with you in a moment."])
        #expect(service.offers.count == 1)
    }

    @Test func tellsWhoWaitsThatTheLastAgentHasGone() {
        var service = Service(online: [Service.alice])
        service.say("one", Service.uma)
        service.say("two", Service.tom)
        service.wait(.seconds(10))
        service.online(Service.alice, state: "lunch", takes: false)
        #expect(service.heard().first?.contains("closed at the moment") == true)
    }

    @Test func tellsThePlaceWhileNobodyIsOnDuty() {
        var service = Service(online: [])
        service.say("one", Service.uma)
        service.say("two")
        #expect(service.heard().first?.hasPrefix("You are 2nd in line. Support is closed") == true)
        service.say("position")
        #expect(service.heard().first?.hasPrefix("You are 2nd in line. Support is closed") == true)
        service.say("leave", Service.uma)
        #expect(service.heard().isEmpty, "not everybody is told of every step while nobody serves")
        service.say("position")
        #expect(service.heard().first?.hasPrefix("You are 1st in line. Support is closed") == true)
    }

    @Test func joinsWithoutWords() {
        var service = Service(online: [Service.alice])
        let join = Command.customerJoins(
            customer: Service.tom, contact: Service.supportContact, nickname: "Tommy",
            newConversation: ConversationID("j1"))
        service.apply(join)
        #expect(service.offers.first?.customerName == "Tommy")
        #expect(service.offers.first?.question == nil)
        service.apply(join)
        #expect(service.state.conversations.count == 1)
        service.apply(.customerLeaves(customer: Service.tom, contact: Service.supportContact))
        #expect(service.state.conversations.isEmpty)
    }

    /// Nobody is too fast for these.
    private static func patient() -> ServiceConfiguration {
        var configuration = Service.acme()
        configuration.floods.textsPerMinute = nil
        return configuration
    }

    @Test func keepsNoMoreThanTheLimitWhileWaitingAndSaysSo() {
        var service = Service(Self.patient())
        for number in 0..<500 {
            service.say("text \(number)")
        }
        service.say("one too many")
        #expect(service.heard().first?.contains("could not be kept") == true)
        #expect(service.conversation()?.customerTexts.count == 500)
    }

    @Test func boundsTranscripts() {
        var service = Service(Self.patient(), online: [Service.alice])
        service.say("hello")
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        for number in 0..<2_500 {
            service.say("text \(number)")
        }
        #expect(service.conversation()?.transcript.count == 2_000)
        #expect(service.conversation()?.omittedEntries == 501)
        #expect(service.conversation()?.transcript.last?.number == 2_501)
    }

    @Test func reusedConversationIDSwallowsNobody() {
        var service = Service(online: [])
        for customer in [Service.tom, Service.uma] {
            service.apply(
                .customerMessage(
                    customer: customer, contact: Service.supportContact, text: "hello", externalID: nil,
                    nickname: nil, newConversation: ConversationID("same")))
        }
        #expect(service.state.conversations.count == 2)
    }
}
