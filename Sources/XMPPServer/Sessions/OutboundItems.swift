//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import XMPPCore
internal import XMPPStorage

/// What stands in an ``OutboundQueue``, each at its place, with a gate among it: what stands behind that has come just
/// now, and must not overtake what the offline store has still to give. Pure.
///
/// ```
/// what waits for nothing │ gate │ messages that have come just now, in order
/// ```
struct OutboundItems: Sendable {
    enum Content: Sendable {
        case entry(OutboundQueue.Entry)
        case spilled(OutboundQueue.Spilled)
        case stretch(OutboundQueue.Stretch)
        case barrier(@Sendable () -> Void)
        /// What stands behind it waits until what the offline store holds has come before it.
        case gate
    }

    struct Item: Sendable {
        /// Its place: increases from item to item.
        let ordinal: Int64
        var content: Content

        /// The first place of what it stands for.
        var first: Int64 {
            if case .stretch(let stretch) = content { stretch.first } else { ordinal }
        }

        var byteCount: Int {
            guard case .entry(let entry) = content else { return 0 }
            return entry.byteCount
        }
    }

    private struct Gate {
        var ordinal: Int64
        /// The next place before it.
        var next: Int64
        /// The flush that it waits for.
        var flush: UInt64
    }

    private var all: Deque<Item> = []
    /// The place of what comes next, at the end.
    private(set) var nextOrdinal: Int64 = 0
    /// The place that was given last.
    private(set) var lastOrdinal: Int64 = -1
    private var gate: Gate?
    /// The last flush that is over.
    private var flushed: UInt64 = 0
    /// Places that are left free before a gate, and before each item behind it: more than ever wait.
    private static let gap: Int64 = 1 << 32
    /// Those that are left free for what a flush gives before a stretch.
    private static let rows: Int64 = 1 << 20

    var count: Int { all.count }

    var isEmpty: Bool { all.isEmpty }

    var first: Item? { all.first }

    var isGated: Bool { gate != nil }

    var gatePlace: Int64? { gate?.ordinal }

    subscript(index: Int) -> Item { all[index] }

    subscript(range: ClosedRange<Int>) -> Slice<Deque<Item>> { all[range] }

    /// Puts something else in an item's place.
    mutating func replace(_ index: Int, _ content: Content) { all[index].content = content }

    mutating func remove(at index: Int) { all.remove(at: index) }

    mutating func removeFirst() { all.removeFirst() }

    /// Puts what has been read of a stretch before what is left of it.
    mutating func replaceStretch(
        at index: Int, by found: [(ordinal: Int64, entry: OutboundQueue.Entry)], rest: OutboundQueue.Stretch?
    ) {
        if let rest { all[index].content = .stretch(rest) } else { all.remove(at: index) }
        all.insert(contentsOf: found.map { Item(ordinal: $0.ordinal, content: .entry($0.entry)) }, at: index)
    }

    /// Puts a stretch in the place of the items that are in it: it stands where the last of them stood.
    mutating func replace(_ range: Range<Int>, by stretch: OutboundQueue.Stretch) {
        guard let last = all[range].last?.ordinal else { return }
        all.replaceSubrange(range, with: CollectionOfOne(Item(ordinal: last, content: .stretch(stretch))))
    }

    /// Forgets all; places go on.
    mutating func removeAll() {
        all = []
        gate = nil
    }

    /// Where the item with this place stands.
    func index(of ordinal: Int64) -> Int? {
        var low = 0
        var high = all.count
        while low < high {
            let middle = (low + high) / 2
            if all[middle].ordinal < ordinal { low = middle + 1 } else { high = middle }
        }
        return low < all.count && all[low].ordinal == ordinal ? low : nil
    }

    // MARK: Adding

    /// What comes next has a place behind this one.
    mutating func leave(_ ordinal: Int64) { nextOrdinal = max(nextOrdinal, ordinal + 1) }

    /// Puts something at a place that comes after all others, in a queue as it was left.
    mutating func place(_ content: Content, at ordinal: Int64) {
        all.append(Item(ordinal: ordinal, content: content))
        lastOrdinal = ordinal
        nextOrdinal = max(nextOrdinal, ordinal + 1)
    }

    /// At the end, behind the gate if there is one.
    mutating func append(_ content: Content) {
        all.append(Item(ordinal: nextOrdinal, content: content))
        lastOrdinal = nextOrdinal
        // The gate may have to stand before what comes next.
        nextOrdinal += gate == nil ? 1 : Self.gap
    }

    /// A stanza at its place in the order.
    mutating func add(_ entry: OutboundQueue.Entry) {
        if mustWait(entry) { shut(for: entry.flush ?? 0) }
        // What comes from there; what is in the store beside it waits like what is not.
        if entry.row != nil, entry.flush == nil { letPass(before: entry) }
        // Of what has come just now nothing overtakes what waits behind the gate.
        if gate != nil, entry.flush == nil { insertBeforeGate(.entry(entry)) } else { append(.entry(entry)) }
    }

    /// Whether this must wait for what the offline store has still to give.
    func mustWait(_ entry: OutboundQueue.Entry) -> Bool { (entry.flush ?? 0) > flushed }

    /// Where the gate stands, if it is shut.
    var gateIndex: Int? { gate.flatMap { index(of: $0.ordinal) } }

    // MARK: The gate

    private mutating func shut(for flush: UInt64) {
        if let gate {
            self.gate?.flush = max(gate.flush, flush)
            return
        }
        let ordinal = nextOrdinal + Self.gap
        gate = Gate(ordinal: ordinal, next: nextOrdinal, flush: flush)
        nextOrdinal = ordinal
        append(.gate)
    }

    /// Shuts the gate where it was in a queue as it was left.
    mutating func shut(at place: Int64, for flush: UInt64) {
        guard gate == nil, flush > flushed, let index = all.firstIndex(where: { $0.ordinal > place }) else { return }
        let next = index > 0 ? all[index - 1].ordinal + 1 : place - Self.rows
        gate = Gate(ordinal: place, next: next, flush: flush)
        all.insert(Item(ordinal: place, content: .gate), at: index)
        nextOrdinal += Self.gap
    }

    /// A part of the archive that stands first waits for what a flush of the offline store has to give: that came before it.
    mutating func shutBeforeMissed(for flush: UInt64) {
        guard gate == nil, flush > flushed, let first = all.first, case .stretch(var stretch) = first.content,
            case .missed = stretch.source, stretch.first < first.ordinal - Self.rows
        else { return }
        gate = Gate(ordinal: stretch.first + Self.rows, next: stretch.first, flush: flush)
        all.prepend(Item(ordinal: stretch.first + Self.rows, content: .gate))
        stretch.first += Self.rows + 1
        all[1].content = .stretch(stretch)
        nextOrdinal += Self.gap
    }

    mutating func insertBeforeGate(_ content: Content) {
        guard var gate, let index = index(of: gate.ordinal) else { return append(content) }
        all.insert(Item(ordinal: gate.next, content: content), at: index)
        lastOrdinal = gate.next
        gate.next += 1
        self.gate = gate
    }

    /// Moves the gate behind all that came for the account before a row of the offline store did: a client that takes
    /// the row for the last that it has had must not miss any of that.
    private mutating func letPass(before row: OutboundQueue.Entry) {
        guard var gate, let index = index(of: gate.ordinal) else { return }
        var end = index + 1
        while end < all.count, all[end].content.came(before: row) { end += 1 }
        guard end > index + 1 else { return }
        let last = all[end - 1].ordinal
        all.remove(at: index)
        guard end < all.count + 1 else {
            // Nothing is left behind it.
            self.gate = nil
            return
        }
        gate.next = last + 1
        gate.ordinal = all[end - 1].first - 1
        guard gate.next + Self.rows < gate.ordinal else {
            // What came while nothing waited has no room before it: it waits no longer, either.
            self.gate = nil
            return
        }
        all.insert(Item(ordinal: gate.ordinal, content: .gate), at: end - 1)
        self.gate = gate
    }

    /// All that a flush of the offline store had to give has been given.
    mutating func open(_ flush: UInt64) {
        flushed = max(flushed, flush)
        guard let gate, gate.flush <= flushed, let index = index(of: gate.ordinal) else { return }
        all.remove(at: index)
        self.gate = nil
    }
}

extension OutboundItems.Content {
    /// Whether a message that has come just now came for the account before a row of the offline store did.
    fileprivate func came(before row: OutboundQueue.Entry) -> Bool {
        let (archiveID, newestRow, arrived): (ArchiveID?, Int64, Int64)
        switch self {
        case .entry(let entry): (archiveID, newestRow, arrived) = (entry.archiveID, entry.newestRow, entry.arrived)
        case .spilled(let spilled):
            (archiveID, newestRow, arrived) = (spilled.archiveID, spilled.newestRow, spilled.arrived)
        case .stretch(let stretch):
            let start = max(stretch.arrived * 1000, stretch.began)
            (archiveID, newestRow, arrived) = (.first(at: start), 0, start / 1000)
        case .barrier: return true
        case .gate: return false
        }
        // A row may be younger than what it holds: a session that has ended left it.
        if let archiveID, let other = row.archiveID { return archiveID < other }
        // Of an earlier run it is not known.
        guard newestRow > 0 else { return arrived < row.arrived }
        return newestRow < row.row ?? 0
    }
}
