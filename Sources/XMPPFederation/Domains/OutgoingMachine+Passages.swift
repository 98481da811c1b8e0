//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// Messages that are not written before they are sent: the other server is there, and is about to say that it has them. Whoever
/// sends them hears of it then, or when they are in the outbox after all.
extension OutgoingMachine {
    /// How long one may be on its way before it is put into the outbox, in milliseconds.
    static let patience: Int64 = 250
    /// For how long messages are written at once when one was on its way for longer.
    static let pause: Int64 = 5000

    /// Sends a message; nil if it must be written first.
    mutating func pass(_ stanza: Stanza, now: Int64, _ done: @escaping @Sendable () -> Void) -> [Action]? {
        // Where something is on its way for longer than it should be, the other server may be away, and nobody know it yet.
        guard case .ready(let carrier) = state, !isStopping, now >= passesFrom, queue.isAllInMemory,
            !queue.isHeldUp(since: now - Self.patience)
        else { return nil }
        messages += 1
        let entry = Entry(
            stanza, stamp: now, mark: "\(name).\(messages)", passage: Passage(number: messages, done: done))
        guard queue.append(entry) else { return nil }
        lastUse = now
        return flush(carrier) + keepWatch()
    }

    /// The time of ``Action/watch`` has come.
    mutating func watch(now: Int64) -> [Action] {
        isWatched = false
        let late = put(before: now - Self.patience)
        if !late.isEmpty { passesFrom = now + Self.pause }
        return late + keepWatch()
    }

    private mutating func keepWatch() -> [Action] {
        guard !isWatched, queue.hasPassages else { return [] }
        isWatched = true
        return [.watch]
    }

    /// Puts what somebody waits for into the outbox. While that is being read it has to wait.
    mutating func put(before time: Int64 = .max) -> [Action] {
        guard !queue.isLoading else {
            isPutDue = true
            return []
        }
        isPutDue = false
        let entries = queue.beginPutting(before: time)
        return entries.isEmpty ? [] : [.put(entries)]
    }

    /// What ``Action/put(_:)`` has come to: the rows by number, nil where there was no room.
    mutating func hasPut(_ rows: [(number: UInt64, row: Int64?)], now: Int64) -> [Action] {
        let (gone, done) = queue.put(rows)
        let more = isStopping || !queue.hasMore ? [] : tick(now: now)
        return [.done(done)] + (gone.isEmpty ? [] : [.remove(gone)]) + more
    }
}
