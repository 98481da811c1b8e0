//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import DequeModule
internal import XMPPCore

/// What was sent on a stream and not yet acknowledged (XEP-0198 §4), with barriers in between for those who wait until
/// all before them has arrived. Pure: the session runs what comes out.
struct OutboundQueue {
    /// A stanza on its way.
    struct Entry {
        var stanza: Stanza
        /// It is in a store already and needs no keeping when the session dies.
        var isStored: Bool
        /// The row of the delegation outbox that it came from.
        var row: Int64?
        /// When it came, in milliseconds since 1970: what a later delivery says (XEP-0203 §3).
        var arrived = Timestamp.now().milliseconds

        /// About what it takes in memory.
        var byteCount: Int { stanza.content.tree.memorySize }
    }

    private enum Item {
        case entry(Entry)
        case barrier(@Sendable () -> Void)
    }

    /// An acknowledgement of more than was sent (XEP-0198 §4).
    struct TooHigh: Error {
        let handled: UInt32
        let sent: UInt32
    }

    private var items: Deque<Item> = []
    /// Stanzas waiting, barriers left out.
    private(set) var count = 0
    /// What they take in memory, about.
    private(set) var bytes = 0
    /// All that were sent, modulo 2³².
    private(set) var sent: UInt32
    private var acknowledged: UInt32

    /// Counts begin at zero when acknowledgements are enabled (XEP-0198 §3).
    init(startingAt count: UInt32 = 0) {
        sent = count
        acknowledged = count
    }

    /// Stanzas sent since the peer was last asked.
    var sinceRequest = 0

    mutating func append(_ stanza: Stanza, isStored: Bool, row: Int64? = nil) {
        let entry = Entry(stanza: stanza, isStored: isStored, row: row)
        items.append(.entry(entry))
        count += 1
        bytes += entry.byteCount
        sent &+= 1
        sinceRequest += 1
    }

    /// Calls the barrier at once if nothing is waiting, else when all before it is acknowledged.
    mutating func barrier(_ body: @escaping @Sendable () -> Void) {
        if items.isEmpty { body() } else { items.append(.barrier(body)) }
    }

    /// Takes an acknowledgement.
    ///
    /// - Returns: the stanzas it covers, and the barriers that are passed.
    mutating func acknowledge(_ handled: UInt32) throws(TooHigh) -> (entries: [Entry], barriers: [@Sendable () -> Void])
    {
        let covered = handled &- acknowledged
        guard covered <= UInt32(count) else { throw TooHigh(handled: handled, sent: sent) }
        var entries: [Entry] = []
        var barriers: [@Sendable () -> Void] = []
        var left = Int(covered)
        while let first = items.first {
            switch first {
            case .barrier(let body):
                barriers.append(body)
            case .entry(let entry):
                guard left > 0 else { return (entries, barriers) }
                left -= 1
                count -= 1
                bytes -= entry.byteCount
                acknowledged &+= 1
                entries.append(entry)
            }
            items.removeFirst()
        }
        return (entries, barriers)
    }

    /// What the peer has not acknowledged, when the session is over.
    mutating func drain() -> [Entry] {
        defer {
            items = []
            count = 0
            bytes = 0
        }
        return items.compactMap {
            guard case .entry(let entry) = $0 else { return nil }
            return entry
        }
    }
}
