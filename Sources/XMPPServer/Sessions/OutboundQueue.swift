//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
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
    /// A stanza on its way.
    struct Entry: Sendable {
        var stanza: Stanza
        /// It is in a store already and needs no keeping when the session dies.
        var isStored: Bool
        /// The row of the store that it came from.
        var row: Int64?
        /// Where it lies in the archive of the account that it is for; nil if it doesn't.
        var archiveID: ArchiveID?
        /// Set if other sessions were given it, too.
        var shared: SharedDelivery?
        /// Set for messages that came just now: which flush of the offline store they must not overtake, 0 for none.
        var flush: UInt64?
        /// When it came, in milliseconds since 1970: what a later delivery says (XEP-0203 §3).
        var arrived = Timestamp.now().milliseconds

        /// About what it takes in memory.
        var byteCount: Int { stanza.content.tree.memorySize }
    }

    /// What is left in memory of a stanza that lies on disk.
    struct Spilled: Sendable {
        var archiveID: ArchiveID?
        var shared: SharedDelivery?
        var arrived: Int64
    }

    /// A stanza's place in the queue, wherever the stanza lies.
    enum Slot: Sendable {
        case entry(Entry)
        case spilled(Spilled)
    }

    private struct Item: Sendable {
        enum Content: Sendable {
            case entry(Entry)
            case spilled(Spilled)
            case barrier(@Sendable () -> Void)
            /// What stands behind it waits until what the offline store holds has come before it.
            case gate
        }

        /// Increases from item to item.
        let ordinal: Int64
        var content: Content

        var byteCount: Int {
            guard case .entry(let entry) = content else { return 0 }
            return entry.byteCount
        }
    }

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
    }

    /// An acknowledgement of more than was sent (XEP-0198 §4).
    struct TooHigh: Error {
        let handled: UInt32
        let sent: UInt32
    }

    private var items: Deque<Item> = []
    private(set) var nextOrdinal: Int64 = 0
    /// The place that was given last.
    private(set) var lastOrdinal: Int64 = -1
    /// The gate's place, the next one before it, and the flush that it waits for.
    private var gate: (ordinal: Int64, next: Int64, flush: UInt64)?
    /// The last flush that is over.
    private var flushed: UInt64 = 0
    /// Places that are left free before a gate: more than ever wait.
    private static let gap: Int64 = 1 << 32
    /// False in a queue that was made anew after its counts were lost: the peer's word is taken for them.
    private(set) var isCounted = true
    /// The first item that has not been written on this connection.
    private var writeIndex = 0
    /// Stanzas waiting, barriers left out.
    private(set) var count = 0
    /// Those of them that were written on this connection.
    private(set) var written = 0
    /// Those of them that lie on disk.
    private(set) var spilledCount = 0
    /// What they all take in memory, about.
    private(set) var bytes = 0
    /// What those take that have not been written.
    private(set) var unwrittenBytes = 0
    /// What the peer has acknowledged, modulo 2³².
    private(set) var acknowledged: UInt32
    /// The last row of the offline store that the peer has acknowledged; such rows come in order.
    private(set) var acknowledgedRow: Int64 = 0
    /// The last presence of each sender that came since ``coalesce(_:)`` was first called.
    private var presences: [JID: Int64] = [:]

    /// Counts begin at zero when acknowledgements are enabled (XEP-0198 §3).
    init(startingAt count: UInt32 = 0) {
        acknowledged = count
    }

    /// A queue as it was left. Without `written` nobody knows any more what of it has been sent, nor how much had been
    /// before: the peer will say.
    init(_ slots: [(ordinal: Int64, slot: Slot)], written: Int?, acknowledged: UInt32) {
        self.acknowledged = acknowledged
        isCounted = written != nil
        for (ordinal, slot) in slots {
            nextOrdinal = max(nextOrdinal, ordinal)
            switch slot {
            case .entry(let entry): append(entry, isWritten: false)
            case .spilled(let spilled):
                add(.spilled(spilled))
                count += 1
                spilledCount += 1
            }
        }
        writeIndex = min(written ?? 0, items.count)
        self.written = writeIndex
        unwrittenBytes = items[writeIndex...].reduce(0) { $0 + $1.byteCount }
    }

    /// All stanzas with their places.
    var slots: [(ordinal: Int64, slot: Slot)] {
        items.compactMap { item in
            switch item.content {
            case .entry(let entry): (item.ordinal, .entry(entry))
            case .spilled(let spilled): (item.ordinal, .spilled(spilled))
            case .barrier, .gate: nil
            }
        }
    }

    /// The place of the first entry that waits.
    var firstOrdinal: Int64? { items.first?.ordinal }

    /// When that came, in milliseconds since 1970.
    var firstArrived: Int64? {
        for item in items {
            switch item.content {
            case .entry(let entry): return entry.arrived
            case .spilled(let spilled): return spilled.arrived
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
    var isGated: Bool { gate != nil }

    /// Whether this must wait for that.
    func mustWait(_ entry: Entry) -> Bool { (entry.flush ?? 0) > flushed }

    mutating func append(_ stanza: Stanza, isStored: Bool, row: Int64? = nil) {
        append(Entry(stanza: stanza, isStored: isStored, row: row), isWritten: true)
    }

    /// Takes a stanza at the end. It can have been written only if nothing before it waits.
    mutating func append(_ entry: Entry, isWritten: Bool) {
        if mustWait(entry) { shut(for: entry.flush ?? 0) }
        // Of what is new nothing overtakes what waits behind the gate.
        if gate != nil, entry.flush == nil { insertBeforeGate(.entry(entry)) } else { add(.entry(entry)) }
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

    private mutating func add(_ content: Item.Content) {
        items.append(Item(ordinal: nextOrdinal, content: content))
        lastOrdinal = nextOrdinal
        nextOrdinal += 1
    }

    // MARK: The gate

    private mutating func shut(for flush: UInt64) {
        guard var gate else {
            self.gate = (nextOrdinal + Self.gap, nextOrdinal, flush)
            nextOrdinal += Self.gap
            return add(.gate)
        }
        gate.flush = max(gate.flush, flush)
        self.gate = gate
    }

    private mutating func insertBeforeGate(_ content: Item.Content) {
        guard var gate, let index = index(of: gate.ordinal) else { return add(content) }
        items.insert(Item(ordinal: gate.next, content: content), at: index)
        lastOrdinal = gate.next
        gate.next += 1
        self.gate = gate
    }

    /// All that a flush of the offline store had to give has been given.
    mutating func open(_ flush: UInt64) {
        flushed = max(flushed, flush)
        guard let gate, gate.flush <= flushed, let index = index(of: gate.ordinal) else { return }
        items.remove(at: index)
        self.gate = nil
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
        guard let index = index(of: ordinal), index >= writeIndex, case .entry(let entry) = items[index].content else {
            return
        }
        items.remove(at: index)
        count -= 1
        bytes -= entry.byteCount
        unwrittenBytes -= entry.byteCount
    }

    /// Places increase along the queue.
    private func index(of ordinal: Int64) -> Int? {
        var low = 0
        var high = items.count
        while low < high {
            let middle = (low + high) / 2
            if items[middle].ordinal < ordinal { low = middle + 1 } else { high = middle }
        }
        return low < items.count && items[low].ordinal == ordinal ? low : nil
    }

    // MARK: On disk

    /// What is to be written to disk, so that no more than `limit` bytes need to stay in memory: the end of the queue,
    /// which is needed last. What is in a store already stays.
    func overflow(keeping limit: Int) -> [(ordinal: Int64, entry: Entry)] {
        var kept = 0
        return items.compactMap { item in
            guard case .entry(let entry) = item.content, !entry.isStored else { return nil }
            kept += entry.byteCount
            return kept > limit ? (item.ordinal, entry) : nil
        }
    }

    /// These lie on disk now.
    mutating func spill(_ ordinals: [Int64]) {
        for ordinal in ordinals {
            guard let index = index(of: ordinal), case .entry(let entry) = items[index].content else { continue }
            items[index].content = .spilled(
                Spilled(archiveID: entry.archiveID, shared: entry.shared, arrived: entry.arrived))
            spilledCount += 1
            bytes -= entry.byteCount
            if index >= writeIndex { unwrittenBytes -= entry.byteCount }
        }
    }

    /// A part of the queue as it was read from the disk.
    struct Page: Sendable {
        var entries: [(ordinal: Int64, entry: Entry)]
        /// How far the page reaches, also with what of it is not readable; nil at the end of what there is.
        var through: Int64?
    }

    /// What was spilled is in memory again, from a place on. What the disk no longer has is given up.
    ///
    /// - Returns: how many were given up.
    mutating func load(_ page: Page, from first: Int64) -> Int {
        var lost = 0
        var found = page.entries[...]
        var index = index(of: first) ?? items.count
        while index < items.count, case .spilled = items[index].content {
            let ordinal = items[index].ordinal
            if let through = page.through, ordinal > through { break }
            while let next = found.first, next.ordinal < ordinal { found.removeFirst() }
            guard let next = found.first, next.ordinal == ordinal else {
                remove(at: index)
                lost += 1
                continue
            }
            var entry = next.entry
            if case .spilled(let spilled) = items[index].content { entry.shared = spilled.shared }
            items[index].content = .entry(entry)
            spilledCount -= 1
            bytes += next.entry.byteCount
            if index >= writeIndex { unwrittenBytes += next.entry.byteCount }
            index += 1
        }
        return lost
    }

    private mutating func remove(at index: Int) {
        items.remove(at: index)
        count -= 1
        spilledCount -= 1
        guard index < writeIndex else { return }
        writeIndex -= 1
        written -= 1
    }

    /// Calls the barrier at once if nothing is waiting, else when all before it is acknowledged.
    mutating func barrier(_ body: @escaping @Sendable () -> Void) {
        let isWritten = !hasDue
        guard let gate, let index = index(of: gate.ordinal) else {
            guard !items.isEmpty else { return body() }
            add(.barrier(body))
            if isWritten { writeIndex = items.count }
            return
        }
        guard index > 0 else { return body() }
        insertBeforeGate(.barrier(body))
        if isWritten { writeIndex += 1 }
    }

    /// The next item to be written; a stanza counts as written from now on. With `keeps` it stays until it is
    /// acknowledged, and so do barriers; without it has left.
    mutating func takeUnwritten(keeps: Bool) -> Next {
        while writeIndex < items.count {
            let item = items[writeIndex]
            if case .spilled = item.content { return .load(item.ordinal) }
            if case .gate = item.content { return .none }
            if keeps { writeIndex += 1 } else { items.remove(at: writeIndex) }
            switch item.content {
            case .spilled, .gate:
                break
            case .barrier(let body):
                if !keeps { return .barrier(body) }
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
        var result = Acknowledged()
        if !isCounted {
            isCounted = true
            acknowledged = handled
        }
        var left = Int(handled &- acknowledged)
        while let first = items.first {
            switch first.content {
            case .gate: return result
            case .barrier(let body):
                result.barriers.append(body)
            case .entry(let entry):
                guard left > 0 else { return result }
                left -= 1
                count -= 1
                written -= 1
                bytes -= entry.byteCount
                acknowledged &+= 1
                if let row = entry.row { acknowledgedRow = max(acknowledgedRow, row) }
                entry.shared?.take()
                result.entries.append(entry)
            case .spilled(let spilled):
                guard left > 0 else { return result }
                left -= 1
                count -= 1
                written -= 1
                spilledCount -= 1
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
        items.compactMap {
            guard case .entry(let entry) = $0.content else { return nil }
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
            items = []
            writeIndex = 0
            count = 0
            written = 0
            spilledCount = 0
            bytes = 0
            unwrittenBytes = 0
            presences = [:]
            gate = nil
        }
        return slots
    }
}
