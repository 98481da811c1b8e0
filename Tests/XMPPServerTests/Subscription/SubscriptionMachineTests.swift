//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPCore

@testable import XMPPServer

/// The tables of RFC 6121 Appendix A, cell by cell.
@Suite struct SubscriptionMachineTests {
    /// A row: the state before, whether the stanza is routed (or delivered), the state after.
    typealias Row = (before: SubscriptionState, passes: Bool, after: SubscriptionState)

    static let none = SubscriptionState()
    static let out = SubscriptionState(pendingOut: true)
    static let `in` = SubscriptionState(pendingIn: true)
    static let outIn = SubscriptionState(pendingOut: true, pendingIn: true)
    static let to = SubscriptionState(.to)
    static let toIn = SubscriptionState(.to, pendingIn: true)
    static let from = SubscriptionState(.from)
    static let fromOut = SubscriptionState(.from, pendingOut: true)
    static let both = SubscriptionState(.both)
    static let all = [none, out, `in`, outIn, to, toIn, from, fromOut, both]

    static let outbound: [(StanzaType, [Row])] = [
        // A.2.1
        (
            .subscribe,
            [
                (none, true, out), (out, true, out), (`in`, true, outIn), (outIn, true, outIn), (to, true, to),
                (toIn, true, toIn), (from, true, fromOut), (fromOut, true, fromOut), (both, true, both),
            ]
        ),
        // A.2.2
        (
            .unsubscribe,
            [
                (none, true, none), (out, true, none), (`in`, true, `in`), (outIn, true, `in`), (to, true, none),
                (toIn, true, `in`), (from, true, from), (fromOut, true, from), (both, true, from),
            ]
        ),
        // A.2.3; where nobody asked, the approval is noted for later (§3.4.2)
        (
            .subscribed,
            [
                (none, false, approved(none)), (out, false, approved(out)), (`in`, true, from),
                (outIn, true, fromOut), (to, false, approved(to)), (toIn, true, both), (from, false, from),
                (fromOut, false, fromOut), (both, false, both),
            ]
        ),
        // A.2.4
        (
            .unsubscribed,
            [
                (none, false, none), (out, false, out), (`in`, true, none), (outIn, true, out), (to, false, to),
                (toIn, true, to), (from, true, none), (fromOut, true, out), (both, true, to),
            ]
        ),
    ]

    static let inbound: [(StanzaType, [Row])] = [
        // A.3.1
        (
            .subscribe,
            [
                (none, true, `in`), (out, true, outIn), (`in`, false, `in`), (outIn, false, outIn), (to, true, toIn),
                (toIn, false, toIn), (from, false, from), (fromOut, false, fromOut), (both, false, both),
            ]
        ),
        // A.3.2
        (
            .unsubscribe,
            [
                (none, false, none), (out, false, out), (`in`, true, none), (outIn, true, out), (to, false, to),
                (toIn, true, to), (from, true, none), (fromOut, true, out), (both, true, to),
            ]
        ),
        // A.3.3
        (
            .subscribed,
            [
                (none, false, none), (out, true, to), (`in`, false, `in`), (outIn, true, toIn), (to, false, to),
                (toIn, false, toIn), (from, false, from), (fromOut, true, both), (both, false, both),
            ]
        ),
        // A.3.4
        (
            .unsubscribed,
            [
                (none, false, none), (out, true, none), (`in`, false, `in`), (outIn, true, `in`), (to, true, none),
                (toIn, true, `in`), (from, false, from), (fromOut, true, from), (both, true, from),
            ]
        ),
    ]

    static func approved(_ state: SubscriptionState) -> SubscriptionState {
        var state = state
        state.approved = true
        return state
    }

    @Test func followsTheOutboundTables() {
        for (type, rows) in Self.outbound {
            #expect(rows.map(\.before) == Self.all)
            for row in rows {
                let step = SubscriptionMachine.outbound(type, row.before)
                #expect(step.routes == row.passes, "\(type) in \(row.before)")
                #expect(step.state == row.after, "\(type) in \(row.before)")
            }
        }
    }

    @Test func followsTheInboundTables() {
        for (type, rows) in Self.inbound {
            #expect(rows.map(\.before) == Self.all)
            for row in rows {
                let step = SubscriptionMachine.inbound(type, row.before)
                #expect(step.delivers == row.passes, "\(type) in \(row.before)")
                #expect(step.state == row.after, "\(type) in \(row.before)")
                let isSubscribed = type == .subscribe && row.before.from
                #expect(step.approves == isSubscribed, "\(type) in \(row.before)")
            }
        }
    }

    @Test func approvesOnTheUsersBehalfWhatWasApprovedInAdvance() {
        for (before, after) in [(Self.none, Self.from), (Self.out, Self.fromOut), (Self.to, Self.both)] {
            let step = SubscriptionMachine.inbound(.subscribe, Self.approved(before))
            #expect(step.approves)
            #expect(!step.delivers)
            #expect(step.state == Self.approved(after))
        }
    }

    @Test func takesAnApprovalInAdvanceBack() {
        for state in Self.all where !state.from && !state.pendingIn {
            let step = SubscriptionMachine.outbound(.unsubscribed, Self.approved(state))
            #expect(!step.routes)
            #expect(step.state == state)
        }
    }

    @Test func keepsBothSidesInStep() {
        // Whatever the two of them do, each end's view of a direction stays the other's.
        let types: [StanzaType] = [.subscribe, .subscribed, .unsubscribe, .unsubscribed]
        var seen: Set<[SubscriptionState]> = []
        var open = [[SubscriptionState(), SubscriptionState()]]
        while let sides = open.popLast() {
            guard seen.insert(sides).inserted else { continue }
            #expect(sides[0].to == sides[1].from)
            #expect(sides[0].from == sides[1].to)
            for sender in 0...1 {
                for type in types {
                    var next = sides
                    let sent = SubscriptionMachine.outbound(type, next[sender])
                    next[sender] = sent.state
                    if sent.routes {
                        let received = SubscriptionMachine.inbound(type, next[1 - sender])
                        next[1 - sender] = received.state
                        if received.approves {
                            next[sender] = SubscriptionMachine.inbound(.subscribed, next[sender]).state
                        }
                    }
                    open.append(next)
                }
            }
        }
        #expect(seen.count > 9)
    }

    @Test func leavesOtherPresenceAlone() {
        for type in [StanzaType.available, .unavailable, .probe, .error] {
            for state in Self.all {
                #expect(SubscriptionMachine.outbound(type, state) == .init(routes: false, state: state))
                #expect(SubscriptionMachine.inbound(type, state) == .init(delivers: false, state: state))
            }
        }
    }

    @Test func waitsForNothingItHas() {
        #expect(SubscriptionState(.to, pendingOut: true) == SubscriptionState(.to))
        #expect(SubscriptionState(.from, pendingIn: true) == SubscriptionState(.from))
    }
}
