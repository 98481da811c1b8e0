//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore
import XMPPStorage

@testable import XMPPModules

@Suite struct PresenceStatesTests {
    private let alice: JID
    private let bob: JID
    private var states: PresenceStates

    init() throws {
        alice = try JID("alice@acme.example")
        bob = try JID("bob@acme.example")
        states = PresenceStates(
            PresenceCatalogue([
                .init("available", labels: [:]), .init("lunch", labels: [:], returnAfter: .seconds(3600)),
                .init("busy", labels: [:]),
            ]))
    }

    private func at(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: seconds * 1000) }

    @Test mutating func keepsTheTimeAStateWasSetFirst() {
        let isSet = states.set("lunch", of: alice, now: at(10))
        let isSetAgain = states.set("lunch", of: alice, now: at(20))
        #expect(isSet && !isSetAgain)
        #expect(states[alice] == .init(id: "lunch", since: at(10), returnAt: at(3610)))
        let isOther = states.set("busy", of: alice, now: at(30))
        #expect(isOther)
        #expect(states[alice] == .init(id: "busy", since: at(30)))
    }

    @Test mutating func endsAState() {
        let nothing = states.set(nil, of: alice, now: at(0))
        _ = states.set("busy", of: alice, now: at(0))
        let isEnded = states.set(nil, of: alice, now: at(1))
        #expect(!nothing && isEnded)
        #expect(states[alice] == nil)
        #expect(states.stored(alice) == nil)
    }

    @Test mutating func returnsWhenTheTimeIsUp() {
        #expect(states.nextReturn == nil)
        _ = states.set("lunch", of: alice, now: at(10))
        _ = states.set("lunch", of: bob, now: at(20))
        #expect(states.nextReturn == at(3610))
        let early = states.endDue(now: at(3609))
        #expect(early.isEmpty)
        let due = states.endDue(now: at(3610))
        #expect(due == [alice])
        #expect(states.nextReturn == at(3620))
        #expect(states[bob]?.id == "lunch")
    }

    @Test mutating func comesBackAsItWasStored() throws {
        _ = states.set("lunch", of: alice, now: at(10))
        let stored = try #require(states.stored(alice))
        #expect(stored == StoredPresenceState(stateID: "lunch", since: 10_000, returnAt: 3_610_000, isExplicit: true))
        var other = PresenceStates(
            PresenceCatalogue([.init("lunch", labels: [:]), .init("available", labels: [:])]))
        other.restore([
            "alice@acme.example": stored,
            "bob@acme.example": StoredPresenceState(stateID: "gone", since: 1, isExplicit: true),
            "@": StoredPresenceState(stateID: "lunch", since: 1, isExplicit: true),
        ])
        #expect(other[alice] == states[alice])
        #expect(other[bob] == nil)
    }

    @Test mutating func remembersSinceWhenAResourceIsWhatItSays() throws {
        let phone = try JID("alice@acme.example/phone")
        var since = [
            states.since("away", of: phone, now: at(5)), states.since("away", of: phone, now: at(9)),
            states.since("busy", of: phone, now: at(9)),
        ]
        states.end(phone)
        since.append(states.since("busy", of: phone, now: at(12)))
        #expect(since == [at(5), at(5), at(9), at(12)])
    }
}
