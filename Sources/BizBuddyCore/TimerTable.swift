//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Timers that are set, with the next one at hand: a dictionary and a heap that forgets late.
package struct TimerTable: Sendable {
    private struct Entry: Sendable {
        let due: Instant
        let token: TimerToken
    }

    private var moments: [TimerToken: Instant] = [:]
    /// Holds every moment that was ever set and is not over; those that count are in `moments`.
    private var heap: [Entry] = []

    package init() {}

    package var count: Int { moments.count }
    package var isEmpty: Bool { moments.isEmpty }

    /// When the next timer is due.
    package var next: Instant? {
        // The top always counts: see `settle`.
        heap.first?.due
    }

    package subscript(token: TimerToken) -> Instant? {
        get { moments[token] }
        set {
            moments[token] = newValue
            if let newValue {
                push(Entry(due: newValue, token: token))
            }
            settle()
        }
    }

    /// Timers due at a moment, in the order in which they are due.
    func due(at moment: Instant) -> [TimerToken] {
        guard let next, next <= moment else { return [] }
        return moments.filter { $0.value <= moment }
            .sorted { ($0.value, $0.key.order) < ($1.value, $1.key.order) }
            .map(\.key)
    }

    /// Leaves a moment at the top that counts, and bounds what is forgotten.
    private mutating func settle() {
        while let top = heap.first, moments[top.token] != top.due { pop() }
        if heap.count > 64, heap.count > moments.count * 4 {
            heap = []
            for (token, due) in moments {
                push(Entry(due: due, token: token))
            }
        }
    }

    private mutating func push(_ entry: Entry) {
        heap.append(entry)
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].due < heap[parent].due else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func pop() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].due < heap[least].due { least = child }
            }
            guard least != parent else { return }
            heap.swapAt(least, parent)
            parent = least
        }
    }
}

extension TimerTable: Sequence {
    package func makeIterator() -> Dictionary<TimerToken, Instant>.Iterator {
        moments.makeIterator()
    }
}

extension TimerTable: Hashable {
    package static func == (left: Self, right: Self) -> Bool {
        left.moments == right.moments
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(moments)
    }
}

/// As the dictionary that it was in earlier versions.
extension TimerTable: Codable {
    package init(from decoder: any Decoder) throws {
        self.init()
        for (token, due) in try [TimerToken: Instant](from: decoder) {
            self[token] = due
        }
    }

    package func encode(to encoder: any Encoder) throws {
        try moments.encode(to: encoder)
    }
}
