//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore

/// What a source has said lately, at most so many answers; who was asked for longest ago goes first.
struct AnswerCache: Sendable {
    private struct Entry {
        let answer: RecordAnswer
        let at: ContinuousClock.Instant
        /// When it was last of use.
        var turn: UInt64
    }

    private let capacity: Int
    private var entries: [[CanonicalAddress]: Entry] = [:]
    private var turns: [UInt64: [CanonicalAddress]] = [:]
    private var oldest: UInt64 = 0
    private var next: UInt64 = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    var count: Int { entries.count }

    /// The answer with its age; nil if there is none, or it is older than `maximum`.
    mutating func answer(
        for addresses: [CanonicalAddress], at now: ContinuousClock.Instant, maximum: Duration
    ) -> (answer: RecordAnswer, age: Duration)? {
        guard var entry = entries[addresses] else { return nil }
        let age = now - entry.at
        guard age <= maximum else {
            remove(addresses)
            return nil
        }
        turns[entry.turn] = nil
        entry.turn = takeTurn(addresses)
        entries[addresses] = entry
        return (entry.answer, age)
    }

    mutating func keep(_ answer: RecordAnswer, for addresses: [CanonicalAddress], at now: ContinuousClock.Instant) {
        guard capacity > 0 else { return }
        remove(addresses)
        while entries.count >= capacity, oldest < next {
            if let victim = turns.removeValue(forKey: oldest) { entries[victim] = nil }
            oldest += 1
        }
        entries[addresses] = Entry(answer: answer, at: now, turn: takeTurn(addresses))
    }

    /// Forgets everything about an address.
    mutating func forget(_ address: CanonicalAddress) {
        for addresses in entries.keys.filter({ $0.contains(address) }) { remove(addresses) }
    }

    private mutating func remove(_ addresses: [CanonicalAddress]) {
        if let entry = entries.removeValue(forKey: addresses) { turns[entry.turn] = nil }
    }

    private mutating func takeTurn(_ addresses: [CanonicalAddress]) -> UInt64 {
        defer { next += 1 }
        turns[next] = addresses
        return next
    }
}
