//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPTestKit

@testable import XMPPFederation

@Suite struct PresenceThrottleTests {
    private func throttle(_ change: (inout FederationLimits) -> Void = { _ in }) -> PresenceThrottle {
        var limits = FederationLimits()
        limits.presenceBurst = 2
        limits.presenceSeconds = 10
        change(&limits)
        return PresenceThrottle(limits)
    }

    private func presence(_ id: String, to: String = "t@partner.example", _ type: String = "") throws -> Stanza {
        try Stanza(XMLElement(scripted: "<presence id='\(id)' from='a@acme.example/x' to='\(to)'\(type)/>"))
    }

    @Test func tellsTheFirstAtOnceAndThenTheLatest() throws {
        var throttle = throttle()
        #expect(throttle.admits(try presence("1"), now: 0))
        #expect(throttle.admits(try presence("2"), now: 0))
        #expect(!throttle.admits(try presence("3"), now: 0))
        #expect(!throttle.admits(try presence("4", " type='unavailable'"), now: 1000))
        #expect(throttle.wakesAt == 10_000)
        let firstDue = throttle.due(9999)
        #expect(firstDue.isEmpty)
        let secondDue = throttle.due(10_000)
        #expect(secondDue.map(\.id) == ["4"])
        #expect(throttle.wakesAt == nil)
        #expect(!throttle.admits(try presence("5"), now: 10_000))
        let thirdDue = throttle.due(20_000)
        #expect(thirdDue.map(\.id) == ["5"])
    }

    @Test func nothingOvertakesWhatIsHeld() throws {
        var throttle = throttle()
        for id in ["1", "2", "3"] { _ = throttle.admits(try presence(id), now: 0) }
        // It could go, but what is held has not.
        #expect(!throttle.admits(try presence("4"), now: 10_000))
        let fourthDue = throttle.due(10_000)
        #expect(fourthDue.map(\.id) == ["4"])
    }

    @Test(arguments: [
        "<presence from='a@acme.example/x' to='room@rooms.partner.example/nick'/>",
        "<presence from='a@acme.example/x' to='t@partner.example/home' type='unavailable'/>",
        "<presence from='a@acme.example' to='t@partner.example' type='probe'/>",
        "<presence from='a@acme.example' to='t@partner.example' type='subscribe'/>",
        "<presence from='a@acme.example/x' to='partner.example'/>",
        "<presence from='a@acme.example/x' to='t@partner.example' type='error'/>",
    ])
    func whatIsNotForContactsGoesAtOnce(_ text: String) throws {
        var throttle = throttle()
        let stanza = try Stanza(XMLElement(scripted: text))
        for _ in 0..<10 {
            let isAdmitted = throttle.admits(stanza, now: 0)
            #expect(isAdmitted)
        }
    }

    @Test func eachContactCountsOnItsOwn() throws {
        var throttle = throttle()
        for number in 0..<10 { #expect(throttle.admits(try presence("1", to: "t\(number)@partner.example"), now: 0)) }
    }

    @Test func followsNoMoreThanItsBound() throws {
        var throttle = throttle { $0.queuedStanzas = 2 }
        for number in 0..<5 {
            for _ in 0..<3 { _ = throttle.admits(try presence("1", to: "t\(number)@partner.example"), now: 0) }
        }
        #expect(throttle.held == 2)
        // Those who have been quiet make room.
        let fifthDue = throttle.due(100_000)
        #expect(fifthDue.count == 2)
        for _ in 0..<2 { #expect(throttle.admits(try presence("1", to: "new@partner.example"), now: 200_000)) }
        #expect(!throttle.admits(try presence("1", to: "new@partner.example"), now: 200_000))
    }

    @Test func canBeTurnedOff() throws {
        var throttle = throttle { $0.presenceSeconds = 0 }
        for _ in 0..<10 { #expect(throttle.admits(try presence("1"), now: 0)) }
    }
}
