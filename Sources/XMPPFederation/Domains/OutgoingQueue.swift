//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import XMPPCore
internal import XMPPServer

/// What waits for another server's domain: in memory, on its way, and in the outbox on disk, of which a page at a time is
/// in memory.
struct OutgoingQueue: Sendable {
    /// A stanza on its way.
    struct Entry: Sendable {
        let stanza: Stanza
        /// Its row in the outbox, where it stays until it has arrived; nil if it is in memory only.
        var row: Int64?
        /// Set while somebody waits until it has arrived, or is in the outbox.
        var passage: Passage?
        /// When it came, in milliseconds since 1970.
        let stamp: Int64
        /// By which another server of ours knows it again; the same as long as the row is there. Nil if nobody would mind
        /// a second one.
        let mark: String?
        /// About what it takes in memory.
        let bytes: Int

        /// Whether it is, or will be, in the outbox for as long as it has not arrived.
        var isKept: Bool { row != nil || passage != nil }

        init(_ stanza: Stanza, row: Int64? = nil, stamp: Int64, mark: String? = nil, passage: Passage? = nil) {
            self.stanza = stanza
            self.row = row
            self.stamp = stamp
            self.passage = passage
            // Rows are numbered anew in a new database, but not at the same time.
            self.mark = mark ?? row.flatMap { stanza.kind == .message ? "\($0).\(stamp)" : nil }
            bytes = stanza.content.tree.memorySize
        }
    }

    /// Read from the outbox at a time; more is read when half of them have been taken.
    static let page = 256

    private let limits: FederationLimits
    /// Not written yet.
    var waiting: Deque<Entry> = []
    /// Written, and not known to have arrived.
    var written: Deque<Entry> = []
    private var bytes = 0
    /// The newest row that is or was in memory.
    var lastRow: Int64 = 0
    /// There are rows in the outbox that are not in memory.
    private(set) var hasUnloaded = false
    private(set) var isLoading = false
    /// Entries that are in memory and are being put into the outbox, and rows of such that may still be read from there.
    var putting = 0
    var putRows: Set<Int64> = []
    /// A row was told of while the outbox was being read, which may have missed it.
    private var hasMissed = false
    /// Rows that were read from the outbox: whoever tells of one of them later tells nothing new.
    private var loadedRows: ClosedRange<Int64>?

    init(_ limits: FederationLimits) {
        self.limits = limits
    }

    var count: Int { waiting.count + written.count }
    var isEmpty: Bool { waiting.isEmpty && written.isEmpty && !hasUnloaded }
    /// Something is to be sent that has not been.
    var hasMore: Bool { !waiting.isEmpty || hasUnloaded }

    // MARK: In

    /// False if there is no room for it.
    mutating func append(_ entry: Entry) -> Bool {
        guard fits(entry) else { return false }
        put(entry)
        return true
    }

    /// It is on disk already: what does not fit into memory, or would overtake what is not there, is read later. False if
    /// it is known.
    mutating func appendStored(_ entry: Entry, _ row: Int64) -> Bool {
        if let loadedRows, loadedRows.contains(row) { return false }
        guard row < lastRow || (!hasUnloaded && !isLoading && fits(entry)) else {
            hasUnloaded = true
            if isLoading { hasMissed = true }
            return true
        }
        lastRow = max(lastRow, row)
        put(entry)
        return true
    }

    private func fits(_ entry: Entry) -> Bool {
        count < limits.queuedStanzas && bytes + entry.bytes <= limits.queuedBytes
    }

    private mutating func put(_ entry: Entry) {
        waiting.append(entry)
        bytes += entry.bytes
    }

    // MARK: Disk

    /// There may be something in the outbox that nobody has told of.
    mutating func expectMore() { hasUnloaded = true }

    /// After which row more is to be read now; nil if nothing is.
    mutating func beginLoading() -> Int64? {
        // While rows are being made it is not known which of them are in memory.
        guard hasUnloaded, !isLoading, putting == 0, waiting.count < Self.page / 2 else { return nil }
        isLoading = true
        hasMissed = false
        return lastRow
    }

    mutating func loadFailed() {
        isLoading = false
        hasUnloaded = true
    }

    /// What was read; `isAll` if there is no more.
    mutating func loaded(_ entries: [Entry], isAll: Bool) {
        isLoading = false
        for entry in entries where entry.row.map({ !putRows.contains($0) }) ?? true { put(entry) }
        if let first = entries.first?.row, let last = entries.last?.row {
            let start = loadedRows.map { $0.upperBound == lastRow ? $0.lowerBound : first } ?? first
            loadedRows = min(start, first)...last
            lastRow = max(lastRow, last)
        }
        hasUnloaded = !isAll || hasMissed
        if !hasUnloaded { putRows = [] }
    }

    // MARK: Out

    /// The next entries, to be ``write(_:)``ten or ``drop(_:)``ped; no more than may be on their way.
    mutating func next(_ limit: Int) -> [Entry] {
        let count = min(limit, limits.unacknowledged - written.count, waiting.count)
        guard count > 0 else { return [] }
        let first = Array(waiting.prefix(count))
        waiting.removeFirst(count)
        return first
    }

    mutating func write(_ entry: Entry) { written.append(entry) }

    mutating func drop(_ entry: Entry) { bytes -= entry.bytes }

    /// Takes out one that was written.
    mutating func takeBack(_ row: Int64) -> Entry? {
        guard let index = written.firstIndex(where: { $0.row == row }) else { return nil }
        let entry = written.remove(at: index)
        bytes -= entry.bytes
        return entry
    }

    /// The first of those that were written are there.
    ///
    /// - Returns: those.
    mutating func arrived(_ count: Int) -> [Entry] {
        let count = min(count, written.count)
        let first = Array(written.prefix(count))
        bytes -= first.reduce(0) { $0 + $1.bytes }
        written.removeFirst(count)
        return first
    }

    /// Takes out what is first and has come before `time`, or all that is on disk.
    mutating func expire(before time: Int64, all: Bool) -> [Entry] {
        var expired: [Entry] = []
        while let first = waiting.first, first.row != nil, all || first.stamp <= time {
            waiting.removeFirst()
            bytes -= first.bytes
            expired.append(first)
        }
        return expired
    }

    /// Nothing is on its way any more: puts it back before what waits, as far as `isKept`.
    ///
    /// - Returns: what is not kept, of all.
    mutating func putBack(isKept: (Entry, _ wasWritten: Bool) -> Bool) -> [Entry] {
        var kept: Deque<Entry> = []
        var left: [Entry] = []
        for (entry, wasWritten) in written.map({ ($0, true) }) + waiting.map({ ($0, false) }) {
            if isKept(entry, wasWritten) {
                kept.append(entry)
            } else {
                bytes -= entry.bytes
                left.append(entry)
            }
        }
        written.removeAll()
        waiting = kept
        return left
    }
}
