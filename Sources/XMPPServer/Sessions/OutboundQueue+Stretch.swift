//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPStorage

/// What of a queue is not even listed in memory.
extension OutboundQueue {
    /// A part of the queue of which only the ends are known. Nothing of it has been written to the client.
    struct Stretch: Sendable {
        enum Source: Sendable {
            /// What the account's archive holds behind `after` and up to `through`, as far as the session was to be given it.
            case missed(Backlog, after: ArchiveID, through: ArchiveID)
            /// So many names of messages of the archive, in the session's own queue on disk. `shared`: what of it others
            /// were given, too, and had not had.
            case references(count: Int, shared: [Int64: SharedDelivery])
        }

        var source: Source
        /// The place of the first of it, or at least one that nothing before it has. The last one has the item's own.
        var first: Int64
        /// When the first of it came, in milliseconds since 1970; not later.
        var arrived: Int64
        /// What waited in the offline store comes before it if it is older than this, by the archive's clock.
        var began: Int64 = 0

        /// Stanzas that are known to be in it.
        var count: Int {
            if case .references(let count, _) = source { count } else { 0 }
        }
    }

    /// A part of a stretch as it was read.
    struct StretchPage: Sendable {
        var entries: [(ordinal: Int64, entry: Entry)] = []
        /// Names of messages that are not in the archive any more.
        var lost = 0
        /// What is left of the stretch; nil if that was all.
        var rest: Stretch?
    }

    /// The stretch at a place, if there is one.
    func stretch(at ordinal: Int64) -> Stretch? {
        guard let index = items.index(of: ordinal), case .stretch(let stretch) = items[index].content else {
            return nil
        }
        return stretch
    }

    /// The beginning of a stretch is in memory again.
    ///
    /// - Returns: how many were given up.
    mutating func load(_ page: StretchPage, from ordinal: Int64) -> Int {
        guard let index = items.index(of: ordinal), case .stretch(let stretch) = items[index].content else { return 0 }
        items.replaceStretch(at: index, by: page.entries, rest: page.rest)
        count += page.entries.count + (page.rest?.count ?? 0) - stretch.count
        let size = page.entries.reduce(0) { $0 + $1.entry.byteCount }
        bytes += size
        unwrittenBytes += size
        return page.lost
    }

    /// What waits at the front for nothing any more, because there was nothing before it after all.
    mutating func passBarriers() -> Acknowledged {
        guard isCounted, let passed = try? acknowledge(acknowledged) else { return Acknowledged() }
        return passed
    }

    /// A part of the queue that need not be listed in memory: names of messages of the archive, one behind another,
    /// at most so many; none if it is not worth it.
    func listed(atLeast: Int, atMost: Int) -> [(ordinal: Int64, spilled: Spilled)] {
        var found = 0..<0
        var start = writeIndex
        for index in writeIndex...items.count {
            if index < items.count, items[index].content.isName { continue }
            // The first few are needed soon.
            let isBehindOthers = start > writeIndex && items[start - 1].content.isStretch
            let first = isBehindOthers ? start : min(start + Self.listedBefore, index)
            if index - first > found.count { found = first..<index }
            start = index + 1
        }
        found = found.prefix(atMost)
        guard found.count >= atLeast else { return [] }
        return found.compactMap { index in
            guard case .spilled(let spilled) = items[index].content else { return nil }
            return (items[index].ordinal, spilled)
        }
    }

    /// Names before a stretch that stay in memory.
    private static let listedBefore = 500

    /// Those names lie on disk now.
    mutating func leave(_ names: [(ordinal: Int64, spilled: Spilled)]) {
        guard let first = names.first, let last = names.last, let start = items.index(of: first.ordinal),
            let end = items.index(of: last.ordinal), start >= writeIndex, end - start == names.count - 1,
            items[(start...end)].allSatisfy(\.content.isName)
        else { return }
        var shared: [Int64: SharedDelivery] = [:]
        for (ordinal, spilled) in names {
            if let delivery = spilled.shared, !delivery.isTaken { shared[ordinal] = delivery }
        }
        spilledCount -= names.count
        var stretch = Stretch(
            source: .references(count: names.count, shared: shared), first: first.ordinal,
            arrived: first.spilled.arrived)
        var range = start..<(end + 1)
        if start > writeIndex, case .stretch(let before) = items[start - 1].content,
            case .references(let count, let others) = before.source
        {
            stretch.source = .references(
                count: count + names.count, shared: others.filter { !$1.isTaken }.merging(shared) { first, _ in first })
            stretch.first = before.first
            stretch.arrived = before.arrived
            range = (start - 1)..<(end + 1)
        }
        items.replace(range, by: stretch)
    }
}

extension OutboundItems.Content {
    fileprivate var isName: Bool {
        if case .spilled(let spilled) = self { spilled.form != .here && spilled.archiveID != nil } else { false }
    }

    fileprivate var isStretch: Bool {
        if case .stretch(let stretch) = self, case .references = stretch.source { true } else { false }
    }
}
