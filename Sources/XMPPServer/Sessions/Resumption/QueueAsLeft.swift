//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

/// Makes a session's queue out of what the store has of it.
struct QueueAsLeft {
    private let stored: StoredSession
    private let backlog: Backlog
    /// Bytes that stay in memory, and how many of those that don't are listed there.
    private let memory: Int
    var namesInMemory = 10_000
    private var slots: [(ordinal: Int64, slot: OutboundQueue.Slot)] = []
    /// Behind them names that are not listed in memory.
    private var unlisted: Unlisted?
    private var missed: (after: ArchiveID, through: ArchiveID)?
    /// The place of the gate, if it was shut.
    private(set) var gate: Int64?
    private var bytes = 0
    private var names = 0
    /// The place of the last row in the store.
    var storedThrough: Int64?
    /// Places that are kept for what is read of the archive.
    private static let room: Int64 = 1 << 32

    private struct Unlisted {
        let first: Int64
        let arrived: Int64
        var last: Int64
        var count = 0
        var shared: [Int64: SharedDelivery] = [:]
    }

    init(_ stored: StoredSession, _ backlog: Backlog, memory: Int) {
        self.stored = stored
        self.backlog = backlog
        self.memory = memory
    }

    /// The archive holds what the client may not have had.
    mutating func miss(after: ArchiveID, through: ArchiveID) {
        if after < through { missed = (after, through) }
    }

    /// The next row.
    ///
    /// - Throws: if it is no stanza.
    mutating func add(_ row: StoredQueueEntry, _ deliveries: inout RestoredDeliveries) throws {
        guard stored.rest != nil else {
            // Presence is told anew.
            guard row.archiveID == nil, row.holdsMessage else { return }
            return try addHere(row, &deliveries)
        }
        switch row.form {
        case .here: try addHere(row, &deliveries)
        case .missed:
            guard let (after, through) = row.missed else { return }
            list()
            let before = [slots.last?.ordinal, gate].compactMap { $0 }.max()
            let first = before.map { $0 + 1 } ?? row.ordinal - Self.room
            add(.stretch(stretch(after: after, through: through, from: first)), row.ordinal)
        case .archived, .copied: addName(row, &deliveries)
        case .gate:
            list()
            gate = row.ordinal
        }
    }

    private mutating func addHere(_ row: StoredQueueEntry, _ deliveries: inout RestoredDeliveries) throws {
        let shared = deliveries.join(row.shared)
        guard bytes <= memory else {
            var spilled = OutboundQueue.Spilled(row)
            spilled.shared = shared
            return add(.spilled(spilled), row.ordinal)
        }
        var entry = try row.entry()
        entry.shared = shared
        bytes += entry.byteCount
        add(.entry(entry), row.ordinal)
    }

    private mutating func addName(_ row: StoredQueueEntry, _ deliveries: inout RestoredDeliveries) {
        let delivery = deliveries.join(row.shared)
        names += 1
        // Of what was written each is counted.
        guard names > namesInMemory, slots.count >= stored.rest?.written ?? 0 else {
            var spilled = OutboundQueue.Spilled(row)
            spilled.shared = delivery
            return add(.spilled(spilled), row.ordinal)
        }
        if unlisted == nil { unlisted = Unlisted(first: row.ordinal, arrived: row.arrived, last: row.ordinal) }
        unlisted?.last = row.ordinal
        unlisted?.count += 1
        if let delivery, !delivery.isTaken { unlisted?.shared[row.ordinal] = delivery }
    }

    private mutating func add(_ slot: OutboundQueue.Slot, _ ordinal: Int64) {
        list()
        slots.append((ordinal, slot))
    }

    /// Something else comes behind names that are not listed.
    private mutating func list() {
        guard let names = unlisted else { return }
        let stretch = OutboundQueue.Stretch(
            source: .references(count: names.count, shared: names.shared), first: names.first, arrived: names.arrived)
        slots.append((names.last, .stretch(stretch)))
        unlisted = nil
    }

    private func stretch(after: ArchiveID, through: ArchiveID, from first: Int64) -> OutboundQueue.Stretch {
        OutboundQueue.Stretch(
            source: .missed(backlog, after: after, through: through), first: first, arrived: after.milliseconds,
            began: max(stored.began, stored.status.messagesSince))
    }

    /// The queue. What has been missed comes first: how far the client has come is told by the first that waits.
    var outbound: OutboundQueue {
        var whole = self
        whole.list()
        var slots = whole.slots
        if let missed {
            let last = min(slots.first?.ordinal ?? 0, 0) - 1
            let stretch = stretch(after: missed.after, through: missed.through, from: last - Self.room)
            slots.insert((last, .stretch(stretch)), at: 0)
        }
        let written = stored.rest.flatMap { $0.written == SessionRest.unknown ? nil : $0.written }
        return OutboundQueue(
            slots, through: storedThrough, written: written, acknowledged: stored.counters.acknowledged)
    }
}

extension StoredQueueEntry {
    /// Without a look inside: it was serialised here.
    var holdsMessage: Bool { stanza.hasPrefix("<message") }
}
