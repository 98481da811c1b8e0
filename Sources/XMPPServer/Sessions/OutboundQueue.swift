//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

/// What was sent on a stream and not yet acknowledged (XEP-0198 §4), behind it what has not been written yet, with
/// barriers in between for those who wait until all before them has arrived. Pure: the session runs what comes out.
///
/// ```
/// acknowledged │ written, unacknowledged │ not written on this connection
///              └──────── items ──────────┴───────────────────────────────
/// ```
struct OutboundQueue: Sendable {
    /// What comes next on the connection.
    enum Next {
        case entry(Entry)
        case barrier(@Sendable () -> Void)
        /// It has to be read from the disk first, from this place on.
        case load(Int64)
        /// Everything has been written.
        case none
    }

    /// What an acknowledgement covers.
    struct Acknowledged {
        var entries: [Entry] = []
        /// Names in the archive of those that lay on disk.
        var spilled: [ArchiveID] = []
        var barriers: [@Sendable () -> Void] = []

        var isEmpty: Bool { entries.isEmpty && spilled.isEmpty && barriers.isEmpty }
    }

    /// An acknowledgement of more than was sent (XEP-0198 §4).
    struct TooHigh: Error {
        let handled: UInt32
        let sent: UInt32
    }

    var items = OutboundItems()
    /// False in a queue that was made anew after its counts were lost: the peer's word is taken for them.
    private(set) var isCounted = true
    /// The first item that has not been written on this connection.
    var writeIndex = 0
    /// Stanzas waiting, barriers left out.
    var count = 0
    /// Those of them that were written on this connection.
    var written = 0
    /// Those of them that lie on disk.
    var spilledCount = 0
    /// What those of them take that are in no archive, about.
    var diskBytes = 0
    /// What they all take in memory, about.
    var bytes = 0
    /// Before it takes more than this in memory no part of it that could lie on disk is looked for.
    var bytesWorthALook = 0
    /// What those take that have not been written.
    var unwrittenBytes = 0
    /// Barriers that nobody has passed.
    private(set) var barriers = 0
    /// What the peer has acknowledged, modulo 2³².
    private(set) var acknowledged: UInt32
    /// Rows of the offline store that the peer has acknowledged since the last barrier: nobody has been told.
    private(set) var acknowledgedRows: [Int64] = []
    /// The last presence of each sender that came since ``coalesce(_:)`` was first called.
    private var presences: [JID: Int64] = [:]

    /// Counts begin at zero when acknowledgements are enabled (XEP-0198 §3).
    init(startingAt count: UInt32 = 0) {
        acknowledged = count
    }

    /// A queue as it was left. Without `written` nobody knows any more what of it has been sent, nor how much had been
    /// before: the peer will say. `last`: a place up to which there is something in the store.
    init(_ slots: [(ordinal: Int64, slot: Slot)], through last: Int64? = nil, written: Int?, acknowledged: UInt32) {
        self.acknowledged = acknowledged
        isCounted = written != nil
        for (ordinal, slot) in slots {
            switch slot {
            case .entry(let entry):
                items.place(.entry(entry), at: ordinal)
                count += 1
                bytes += entry.byteCount
            case .spilled(let spilled):
                items.place(.spilled(spilled), at: ordinal)
                count += 1
                spilledCount += 1
                if spilled.form == .here { diskBytes += spilled.byteCount }
            case .stretch(let stretch):
                items.place(.stretch(stretch), at: ordinal)
                count += stretch.count
            }
        }
        if let last { items.leave(last) }
        writeIndex = min(written ?? 0, items.count)
        self.written = writeIndex
        unwrittenBytes = (writeIndex..<items.count).reduce(0) { $0 + items[$1].byteCount }
    }

    /// All stanzas with their places.
    var slots: [(ordinal: Int64, slot: Slot)] {
        (0..<items.count).compactMap { index in
            let item = items[index]
            return switch item.content {
            case .entry(let entry): (item.ordinal, .entry(entry))
            case .spilled(let spilled): (item.ordinal, .spilled(spilled))
            case .stretch(let stretch): (item.ordinal, .stretch(stretch))
            case .barrier, .gate: nil
            }
        }
    }

    /// The place of what comes next, and the one that was given last.
    var nextOrdinal: Int64 { items.nextOrdinal }
    var lastOrdinal: Int64 { items.lastOrdinal }

    /// The place of the first entry that waits.
    var firstOrdinal: Int64? { items.first?.first }

    /// What is listed in memory, barriers included.
    var listedCount: Int { items.count }

    /// When the first came that is not in the offline store, in milliseconds since 1970.
    var firstArrived: Int64? {
        for index in 0..<items.count {
            switch items[index].content {
            case .entry(let entry):
                if entry.row == nil { return entry.arrived }
            case .spilled(let spilled): return spilled.arrived
            case .stretch(let stretch): return stretch.arrived
            case .barrier, .gate: continue
            }
        }
        return nil
    }

    /// All that were sent, modulo 2³².
    var sent: UInt32 { acknowledged &+ UInt32(written) }

    /// Stanzas sent since the peer was last asked.
    var sinceRequest = 0

    var isEmpty: Bool { items.isEmpty }

    /// Something waits to be written.
    var hasUnwritten: Bool { writeIndex < items.count }

    /// Something waits that may be written now.
    var hasDue: Bool {
        guard writeIndex < items.count else { return false }
        if case .gate = items[writeIndex].content { return false }
        return true
    }

    /// What was given to it must wait for what the offline store holds.
    var isGated: Bool { items.isGated }

    /// The place behind which it waits; nil if nothing does.
    var gatePlace: Int64? { items.gatePlace }

    /// Whether this must wait for that.
    func mustWait(_ entry: Entry) -> Bool { items.mustWait(entry) }

    mutating func append(_ stanza: Stanza, isStored: Bool, row: Int64? = nil) {
        append(Entry(stanza: stanza, isStored: isStored, row: row), isWritten: true)
    }

    /// Takes a stanza at the end. It can have been written only if nothing before it waits.
    mutating func append(_ entry: Entry, isWritten: Bool) {
        items.add(entry)
        let size = entry.byteCount
        count += 1
        bytes += size
        if isWritten {
            writeIndex = items.count
            written += 1
            sinceRequest += 1
        } else {
            unwrittenBytes += size
        }
    }

    /// All that a flush of the offline store had to give has been given.
    mutating func open(_ flush: UInt64) { items.open(flush) }

    /// What stands behind this place goes behind what a flush gives.
    mutating func shut(at place: Int64, for flush: UInt64) { items.shut(at: place, for: flush) }

    /// What was missed and has not been looked at goes behind what a flush gives.
    mutating func shutBeforeMissed(for flush: UInt64) { items.shutBeforeMissed(for: flush) }

    /// The first that waits is what was missed.
    var beginsWithMissed: Bool {
        if case .stretch(let stretch)? = items.first?.content, case .missed = stretch.source { true } else { false }
    }

    /// Takes a presence in place of the last one of its sender, if that has not been written: who was away for a while
    /// needs to know only how things stand.
    mutating func coalesce(_ entry: Entry) {
        if let from = entry.stanza.from {
            if let ordinal = presences[from] { removePresence(ordinal) }
        }
        append(entry, isWritten: false)
        if let from = entry.stanza.from { presences[from] = lastOrdinal }
    }

    private mutating func removePresence(_ ordinal: Int64) {
        guard let index = items.index(of: ordinal), index >= writeIndex, case .entry(let entry) = items[index].content
        else {
            return
        }
        items.remove(at: index)
        count -= 1
        bytes -= entry.byteCount
        unwrittenBytes -= entry.byteCount
    }

    /// Calls the barrier at once if nothing is waiting, else when all before it is acknowledged.
    mutating func barrier(_ body: @escaping @Sendable () -> Void) {
        let isWritten = !hasDue
        // What waits behind the gate has not been delivered.
        let before = items.gateIndex ?? items.count
        guard before > 0 else { return body() }
        items.insertBeforeGate(.barrier(body))
        barriers += 1
        if isWritten { writeIndex = before + 1 }
    }

    /// The same, behind all that waits.
    mutating func barrierAtEnd(_ body: @escaping @Sendable () -> Void) {
        guard !items.isEmpty else { return body() }
        let isWritten = !hasUnwritten
        items.append(.barrier(body))
        barriers += 1
        if isWritten { writeIndex = items.count }
    }

    /// The next item to be written; a stanza counts as written from now on. With `keeps` it stays until it is
    /// acknowledged, and so do barriers; without it has left.
    mutating func takeUnwritten(keeps: Bool) -> Next {
        while writeIndex < items.count {
            let item = items[writeIndex]
            switch item.content {
            case .spilled, .stretch: return .load(item.ordinal)
            case .gate: return .none
            case .entry, .barrier: break
            }
            if keeps { writeIndex += 1 } else { items.remove(at: writeIndex) }
            switch item.content {
            case .spilled, .stretch, .gate:
                break
            case .barrier(let body):
                guard !keeps else { continue }
                barriers -= 1
                return .barrier(body)
            case .entry(let entry):
                let size = entry.byteCount
                unwrittenBytes -= size
                if keeps {
                    written += 1
                    sinceRequest += 1
                } else {
                    count -= 1
                    bytes -= size
                    entry.shared?.take()
                }
                return .entry(entry)
            }
        }
        return .none
    }

    /// Whether the peer can have acknowledged so many.
    func accepts(_ handled: UInt32) -> Bool { !isCounted || handled &- acknowledged <= UInt32(written) }

    /// Takes an acknowledgement.
    mutating func acknowledge(_ handled: UInt32) throws(TooHigh) -> Acknowledged {
        guard accepts(handled) else { throw TooHigh(handled: handled, sent: sent) }
        bytesWorthALook = 0
        var result = Acknowledged()
        if !isCounted {
            isCounted = true
            acknowledged = handled
        }
        var left = Int(handled &- acknowledged)
        while let first = items.first {
            switch first.content {
            case .gate, .stretch: return result
            case .barrier(let body):
                barriers -= 1
                result.barriers.append(body)
                acknowledgedRows = []
            case .entry(let entry):
                guard left > 0 else { return result }
                left -= 1
                count -= 1
                written -= 1
                bytes -= entry.byteCount
                acknowledged &+= 1
                if let row = entry.row { acknowledgedRows.append(row) }
                entry.shared?.take()
                result.entries.append(entry)
            case .spilled(let spilled):
                guard left > 0 else { return result }
                left -= 1
                count -= 1
                written -= 1
                spilledCount -= 1
                if spilled.form == .here { diskBytes -= spilled.byteCount }
                acknowledged &+= 1
                spilled.shared?.take()
                if let id = spilled.archiveID { result.spilled.append(id) }
            }
            items.removeFirst()
            writeIndex = max(0, writeIndex - 1)
        }
        return result
    }

    /// A new connection: nothing has been written on it, and all is to be written in order.
    mutating func rewind() {
        writeIndex = 0
        written = 0
        unwrittenBytes = bytes
        sinceRequest = 0
        presences = [:]
    }

    /// Acknowledgements begin now: what waits is written after that, so it counts, and what was written does not.
    mutating func beginCounting() {
        acknowledged = 0
        written = 0
        sinceRequest = 0
    }

    /// What the peer has not acknowledged; without what lies on disk.
    var entries: [Entry] {
        (0..<items.count).compactMap {
            guard case .entry(let entry) = items[$0].content else { return nil }
            return entry
        }
    }

    /// What the peer has not acknowledged, when the session is over; without what lies on disk.
    mutating func drain() -> [Entry] {
        drainSlots().compactMap { _, slot in
            guard case .entry(let entry) = slot else { return nil }
            return entry
        }
    }

    /// All that the peer has not acknowledged, when the session is over.
    mutating func drainSlots() -> [(ordinal: Int64, slot: Slot)] {
        defer {
            items.removeAll()
            barriers = 0
            writeIndex = 0
            count = 0
            written = 0
            spilledCount = 0
            diskBytes = 0
            bytes = 0
            bytesWorthALook = 0
            unwrittenBytes = 0
            presences = [:]
        }
        return slots
    }
}
