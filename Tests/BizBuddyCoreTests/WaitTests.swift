//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct WaitTests {
    @Test(arguments: [
        (1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (10, "10th"), (11, "11th"), (12, "12th"), (13, "13th"),
        (14, "14th"), (21, "21st"), (22, "22nd"), (23, "23rd"), (101, "101st"), (111, "111th"), (112, "112th"),
    ])
    func writesOrdinals(number: Int, expected: String) {
        #expect(CustomerTexts.ordinal(number) == expected)
    }

    @Test(arguments: [
        (0, "about 1 minute"), (89, "about 1 minute"), (90, "about 2 minutes"), (180, "about 3 minutes"),
        (600, "about 10 minutes"), (660, "about 15 minutes"), (1000, "about 20 minutes"),
        (1300, "more than 20 minutes"), (-5, "about 1 minute"),
    ])
    func saysWaits(seconds: Int, expected: String) {
        #expect(CustomerTexts().wait(seconds: seconds) == expected)
    }

    @Test func saysPlaceAndWait() {
        #expect(
            CustomerTexts().text(of: .place(2, seconds: 180), department: "Support")
                == "You are 2nd in line, about 3 minutes.")
        #expect(CustomerTexts().text(of: .place(1, seconds: nil), department: "Support") == "You are 1st in line.")
    }

    @Test func fillsInWithoutReadingWhatWasFilledIn() {
        #expect(CustomerTexts().text(of: .greeting, department: "{place}").contains("{place}"))
    }

    @Test(arguments: [
        (0, "<1"), (59, "<1"), (60, "1-3"), (179, "1-3"), (180, "3-5"), (300, "5-10"), (600, "10-20"),
        (1199, "10-20"), (1200, ">20"), (Int.max, ">20"),
    ])
    func sortsIntoBuckets(seconds: Int, expected: String) {
        #expect(WaitBucket(seconds: seconds).rawValue == expected)
    }

    @Test(arguments: [
        (65, WaitBucket.underOne, WaitBucket.underOne), (66, .underOne, .upToThree), (55, .upToThree, .upToThree),
        (53, .upToThree, .underOne), (10, .overTwenty, .underOne), (290, .overTwenty, .upToFive),
        (1090, .overTwenty, .overTwenty), (5000, .underOne, .overTwenty), (120, .upToThree, .upToThree),
    ])
    func bucketsHoldOn(seconds: Int, previous: WaitBucket, expected: WaitBucket) {
        #expect(WaitBucket(seconds: seconds, previous: previous) == expected)
    }

    @Test func coldStartIsHandlingTimeOverEffectiveConcurrency() {
        var service = Service(online: [Service.alice])
        for number in 0..<3 {
            service.say("hello", CustomerAddress("c\(number)@home.example"))
            service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        }
        // 300 s assumed, three side by side count as 2.5.
        #expect(service.state.wait(in: Service.support, place: 1) == 120)
        #expect(service.state.wait(in: Service.support, place: 3) == 360)
        service.wait(.seconds(100))
        service.apply(
            .close(agent: Service.alice, conversation: service.id(CustomerAddress("c0@home.example")), disposition: nil)
        )
        service.say("next", CustomerAddress("c9@home.example"))
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        // Learnt: a conversation lasted 100 s.
        #expect(service.state.wait(in: Service.support, place: 1) == 40)
    }

    @Test func throughputCountsOnceThreeWereServedFromTheLine() {
        var service = Service(online: [Service.alice])
        let customers = (0..<9).map { CustomerAddress("c\($0)@home.example") }
        for customer in customers {
            service.say("hello", customer)
        }
        for _ in 0..<3 {
            service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        }
        for customer in customers.prefix(3) {
            service.wait(.seconds(60))
            service.apply(.close(agent: Service.alice, conversation: service.id(customer), disposition: nil))
            service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        }
        // Six starts in 180 s: thirty seconds a place.
        #expect(service.state.wait(in: Service.support, place: 2) == 60)
    }

    @Test func nobodyOnDutyHasNoEstimate() {
        let service = Service(online: [])
        #expect(service.state.wait(in: Service.support, place: 1) == nil)
    }

    @Test func tellsFarPlacesOnlyInSteps() {
        var service = Service(online: [])
        let customers = (1...30).map { CustomerAddress("c\($0)@home.example") }
        for customer in customers {
            service.say("hello", customer)
        }
        service.online(Service.alice)
        #expect(service.heard(customers[29]).first?.hasPrefix("You are 30th in line") == true)
        service.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        #expect(service.heard(customers[29]).isEmpty)
        #expect(service.heard(customers[5]).first?.hasPrefix("You are 5th in line") == true)
        // A place that is far is not told more often than every fifteen seconds.
        service.wait(.seconds(20))
        for customer in customers[1...4] {
            service.apply(.customerLeaves(customer: customer, contact: Service.supportContact))
        }
        #expect(service.heard(customers[29]).first?.hasPrefix("You are 25th in line") == true)
    }
}
