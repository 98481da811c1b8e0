//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule

/// Somebody waits until a message has arrived at the other server, or is in the outbox.
struct Passage: Sendable {
    /// Nobody else's.
    let number: UInt64
    /// To be called once, outside of any lock.
    let done: @Sendable () -> Void
    /// It is being put into the outbox.
    var isBeingPut = false
}

// Messages that go on without being written first.
extension OutgoingQueue {
    /// Whether there is nothing in the outbox that is not in memory, too.
    var isAllInMemory: Bool { !hasUnloaded && !isLoading }

    /// Whether what is first came before `time`, and has not arrived.
    func isHeldUp(since time: Int64) -> Bool { (written.first ?? waiting.first).map { $0.stamp < time } ?? false }

    /// Whether somebody waits for something that is not being put into the outbox.
    var hasPassages: Bool {
        waiting.contains { $0.passage?.isBeingPut == false } || written.contains { $0.passage?.isBeingPut == false }
    }

    /// Those that have come before `time`, in their order, to be put into the outbox and then told of by
    /// ``put(_:)``.
    mutating func beginPutting(before time: Int64) -> [Entry] {
        var entries: [Entry] = []
        for index in written.indices where written[index].isToBePut(before: time) {
            written[index].passage?.isBeingPut = true
            entries.append(written[index])
        }
        for index in waiting.indices where waiting[index].isToBePut(before: time) {
            waiting[index].passage?.isBeingPut = true
            entries.append(waiting[index])
        }
        putting += entries.count
        return entries
    }

    /// Entries have got these rows, by the number of their passage, or none.
    ///
    /// - Returns: the rows of those that have gone meanwhile, and whom to tell.
    mutating func put(_ rows: [(number: UInt64, row: Int64?)]) -> (gone: [Int64], done: [@Sendable () -> Void]) {
        putting -= rows.count
        var left = Dictionary(rows.map { ($0.number, $0.row) }) { first, _ in first }
        var done: [@Sendable () -> Void] = []
        for index in written.indices { Self.put(&written[index], &left, &done) }
        for index in waiting.indices { Self.put(&waiting[index], &left, &done) }
        if isAllInMemory {
            lastRow = max(lastRow, rows.compactMap(\.row).max() ?? 0)
        } else {
            putRows.formUnion(rows.compactMap(\.row))
        }
        return (left.values.compactMap { $0 }, done)
    }

    private static func put(_ entry: inout Entry, _ rows: inout [UInt64: Int64?], _ done: inout [@Sendable () -> Void])
    {
        guard let passage = entry.passage, let row = rows.removeValue(forKey: passage.number) else { return }
        entry.row = row
        entry.passage = nil
        done.append(passage.done)
    }
}

extension OutgoingQueue.Entry {
    fileprivate func isToBePut(before time: Int64) -> Bool {
        passage.map { !$0.isBeingPut && stamp < time } ?? false
    }
}
