//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// When customers want to be told something.
@Suite struct OutreachWishTests {
    @Test(arguments: [
        ("dnd", "yes", OutreachWish(isUndisturbed: true)), ("dnd", "OFF", OutreachWish(isUndisturbed: false)),
        ("dnd", nil, OutreachWish(isUndisturbed: false)), ("hours", "9-17", OutreachWish(from: 540, to: 1020)),
        ("hours", "9:30 - 24:00", OutreachWish(from: 570, to: 0)), ("hours", nil, OutreachWish(from: 0, to: 0)),
    ])
    func readsWhatAgentsNote(_ preference: String, _ value: String?, _ expected: OutreachWish) {
        #expect(OutreachWish(preference: preference, value) == expected)
    }

    @Test(arguments: [
        ("dnd", "perhaps"), ("hours", "9"), ("hours", "9-9"), ("hours", "9-25"), ("hours", "9:60-10"),
        ("hours", "mornings"), ("hours", "24:30-3"), ("language", "de"),
    ])
    func takesNothingElse(_ preference: String, _ value: String) {
        #expect(OutreachWish(preference: preference, value) == nil)
        #expect((OutreachWish.usage(of: preference) == nil) == (preference == "language"))
    }

    @Test func alertsHeedThem() {
        var configuration = Service.acme()
        configuration.supervision.supervisors = [CompanyTests.dave]
        configuration.outreach.topics = ["gizmo": "new gizmos"]
        configuration.outreach.alertsPerDay = 100
        var service = Service(configuration, online: [Service.alice])
        service.say("alert gizmo")
        service.say("yes")
        func hears() -> Bool {
            service.apply(.publish(person: CompanyTests.dave, topic: "gizmo", text: "A blue one!"))
            return !service.heard().isEmpty
        }
        func wish(_ preference: String, _ value: String?) {
            guard let wish = OutreachWish(preference: preference, value) else { return }
            service.apply(.wish(customer: Service.tom, wish: wish))
        }
        let minute = Int(service.now.milliseconds / 60_000) % 1_440
        let (hour, next) = (minute / 60, (minute / 60 + 1) % 24)
        #expect(hears())
        wish("dnd", "yes")
        #expect(!hears())
        #expect(
            service.effects.contains(
                .tellAgent(agent: CompanyTests.dave, conversation: nil, notice: .alertSent(0, leftOut: 1))))
        wish("hours", "\(hour)-\(next)")
        wish("dnd", "no")
        #expect(hears(), "within the hours")
        wish("hours", "\(next)-\(hour)")
        #expect(!hears(), "outside of them")
        #expect(service.state.holdings(of: [Service.tom]).wishes.count == 1)
        wish("hours", nil)
        #expect(hears())
        #expect(service.state.holdings(of: [Service.tom]).wishes.isEmpty, "nothing is kept of what is taken back")
        wish("dnd", "yes")
        service.apply(.eraseCustomer([Service.tom]))
        #expect(service.state.holdings(of: [Service.tom]) == CustomerHoldings())
    }
}
