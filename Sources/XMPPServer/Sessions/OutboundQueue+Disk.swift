//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPStorage

/// What of a long queue lies on disk.
extension OutboundQueue {
    /// A part of the queue as it was read from the disk.
    struct Page: Sendable {
        var entries: [(ordinal: Int64, entry: Entry)]
        /// How far the page reaches, also with what of it is not readable; nil at the end of what there is.
        var through: Int64?
    }

    /// What is to be written to disk, so that no more than `limit` bytes need to stay in memory: the end of the queue,
    /// which is needed last, or the first `most` bytes of that. What the offline store holds stays.
    func overflow(keeping limit: Int, atMost most: Int = .max) -> [(ordinal: Int64, entry: Entry)] {
        var kept = 0
        var taken = 0
        var found: [(ordinal: Int64, entry: Entry)] = []
        for index in 0..<items.count {
            let item = items[index]
            guard case .entry(let entry) = item.content, entry.row == nil else { continue }
            kept += entry.byteCount
            guard kept > limit else { continue }
            found.append((item.ordinal, entry))
            taken += entry.byteCount
            if taken >= most { break }
        }
        return found
    }

    /// These lie on disk now.
    mutating func spill(_ ordinals: [Int64]) {
        for ordinal in ordinals {
            guard let index = items.index(of: ordinal), case .entry(let entry) = items[index].content else { continue }
            leave(entry, at: index, .here)
        }
    }

    /// Leaves what the archive holds to that, so that no more than `limit` bytes of it stay in memory: the end of the queue.
    mutating func leaveToArchive(keeping limit: Int) {
        var kept = 0
        for index in 0..<items.count {
            guard case .entry(let entry) = items[index].content else { continue }
            kept += entry.byteCount
            if kept > limit, let form = entry.formInArchive { leave(entry, at: index, form) }
        }
    }

    private mutating func leave(_ entry: Entry, at index: Int, _ form: StoredQueueEntry.Form) {
        let spilled = entry.spilled(form)
        items.replace(index, .spilled(spilled))
        spilledCount += 1
        if form == .here { diskBytes += spilled.byteCount }
        bytes -= spilled.byteCount
        if index >= writeIndex { unwrittenBytes -= spilled.byteCount }
    }

    /// What lies on disk without a gap from a place on, to be read together: no more than so many, and few if they are long.
    func spilled(from first: Int64, limit: Int, bytes: Int) -> [(ordinal: Int64, spilled: Spilled)] {
        var found: [(ordinal: Int64, spilled: Spilled)] = []
        var sum = 0
        var index = items.index(of: first) ?? items.count
        while index < items.count, found.count < limit, sum < bytes, case .spilled(let spilled) = items[index].content {
            found.append((items[index].ordinal, spilled))
            sum += spilled.byteCount
            index += 1
        }
        return found
    }

    /// What was spilled is in memory again, from a place on. What the disk no longer has is given up.
    ///
    /// - Returns: how many were given up.
    mutating func load(_ page: Page, from first: Int64) -> Int {
        var lost = 0
        var found = page.entries[...]
        var index = items.index(of: first) ?? items.count
        while index < items.count, case .spilled(let spilled) = items[index].content {
            let ordinal = items[index].ordinal
            if let through = page.through, ordinal > through { break }
            while let next = found.first, next.ordinal < ordinal { found.removeFirst() }
            guard let next = found.first, next.ordinal == ordinal else {
                removeSpilled(spilled, at: index)
                lost += 1
                continue
            }
            var entry = next.entry
            entry.shared = spilled.shared
            entry.newestRow = spilled.newestRow
            items.replace(index, .entry(entry))
            spilledCount -= 1
            if spilled.form == .here { diskBytes -= spilled.byteCount }
            bytes += next.entry.byteCount
            if index >= writeIndex { unwrittenBytes += next.entry.byteCount }
            index += 1
        }
        return lost
    }

    private mutating func removeSpilled(_ spilled: Spilled, at index: Int) {
        items.remove(at: index)
        count -= 1
        spilledCount -= 1
        if spilled.form == .here { diskBytes -= spilled.byteCount }
        guard index < writeIndex else { return }
        writeIndex -= 1
        written -= 1
    }
}
