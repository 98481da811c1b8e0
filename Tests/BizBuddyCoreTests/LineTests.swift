//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

@Suite struct LineTests {
    private func position(_ sequence: Int, priority: Int = 0, isReturned: Bool = false) -> LinePosition {
        LinePosition(isReturned: isReturned, priority: priority, sequence: sequence)
    }

    @Test func ordersByReturnThenPriorityThenArrival() {
        let order = [
            position(9, isReturned: true), position(7, priority: -5, isReturned: true).with(priority: 0),
            position(8, priority: 2), position(1), position(2), position(3, priority: -1),
        ].sorted()
        #expect(order.map(\.sequence) == [7, 9, 8, 1, 2, 3])
    }

    @Test(arguments: [11, 12, 13] as [UInt64])
    func isASortedListWithPlaces(seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        var line = OrderedLine()
        var model: [LinePosition] = []
        for step in 0..<3_000 {
            if model.isEmpty || random.chance(60) {
                let new = position(step, priority: random.below(3), isReturned: random.chance(5))
                line.insert(ConversationID("c\(step)"), at: new)
                model.append(new)
                model.sort()
            } else {
                let gone = random.pick(model)
                let (wasThere, isThere) = (line.remove(at: gone), line.remove(at: gone))
                #expect(wasThere && !isThere)
                model.removeAll { $0 == gone }
            }
            try #require(line.count == model.count)
            if let some = model.isEmpty ? nil : random.pick(model) {
                let place = try #require(model.firstIndex(of: some))
                try #require(line.place(of: some) == place)
                try #require(line[place]?.position == some)
                try #require(
                    line.first(after: some)?.position == (place + 1 < model.count ? model[place + 1] : nil))
            }
        }
        #expect(line.ids == model.map { ConversationID("c\($0.sequence)") })
        #expect(line[model.count] == nil)
        #expect(line[-1] == nil)
        #expect(line.place(of: position(1_000_000)) == nil)
    }

    @Test func takesEachPositionOnce() {
        var line = OrderedLine()
        line.insert(ConversationID("a"), at: position(1))
        line.insert(ConversationID("b"), at: position(1))
        #expect(line.ids == [ConversationID("a")])
    }

    @Test(arguments: [21, 22] as [UInt64])
    func timersAreATableWithTheNextAtHand(seed: UInt64) throws {
        var random = RandomSource(seed: seed)
        var timers = TimerTable()
        var model: [TimerToken: Instant] = [:]
        for _ in 0..<4_000 {
            let token = TimerToken.turn(ConversationID("c\(random.below(40))"))
            let due = random.chance(60) ? Instant(milliseconds: Int64(random.below(1_000))) : nil
            timers[token] = due
            model[token] = due
            try #require(timers.next == model.values.min())
            try #require(timers.count == model.count)
        }
        let due = timers.due(at: Instant(milliseconds: 500))
        #expect(due.count == model.values.count { $0.milliseconds <= 500 })
        #expect(due.compactMap { timers[$0] } == due.compactMap { timers[$0] }.sorted())
    }

    @Test func remembersLastAgentsWithoutEnd() {
        var recent = RecentCustomers()
        func key(_ number: Int) -> CustomerKey {
            CustomerKey(customer: CustomerAddress("c\(number)@home.example"), contact: Service.supportContact)
        }
        func entry(_ number: Int) -> RecentCustomers.Entry {
            .init(
                agent: Service.alice, at: Instant(milliseconds: Int64(number)),
                conversation: ConversationID("n\(number)"))
        }
        recent.remember(key(0), entry(0))
        for number in 1..<Limits.recentCustomers {
            recent.remember(key(number), entry(number))
        }
        // Whoever came again is not forgotten for the first time's sake.
        recent.remember(key(0), entry(100_000))
        recent.remember(key(200_000), entry(200_000))
        #expect(recent[key(0)]?.at == Instant(milliseconds: 100_000))
        #expect(recent[key(1)] == nil)
        #expect(recent[key(2)] != nil)
        for number in 300_000..<300_000 + 2 * Limits.recentCustomers {
            recent.remember(key(number), entry(number))
        }
        #expect(recent[key(0)] == nil)
    }
}

extension LinePosition {
    fileprivate func with(priority: Int) -> LinePosition {
        LinePosition(isReturned: isReturned, priority: priority, sequence: sequence)
    }
}
