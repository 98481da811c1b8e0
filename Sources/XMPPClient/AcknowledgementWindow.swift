//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Stanzas sent and not yet acknowledged (XEP-0198 §4), oldest first.
struct AcknowledgementWindow: Sendable {
    private var tags: [String?] = []
    /// Tags before this one are acknowledged; they are dropped in bulk.
    private var start = 0
    /// The peer's last count; wraps after 2³² − 1 (XEP-0198 §4).
    private var acknowledged: UInt32 = 0

    /// The peer claims to have handled more than was sent.
    struct CountTooHigh: Error, Equatable {
        let count: UInt32
        let sent: UInt32
    }

    var isEmpty: Bool { start == tags.count }

    mutating func append(_ tag: String?) {
        tags.append(tag)
    }

    /// Takes the peer's count and gives the tags it now vouches for.
    mutating func acknowledge(_ count: UInt32) throws(CountTooHigh) -> [String] {
        let number = Int(count &- acknowledged)
        guard number <= tags.count - start else {
            throw CountTooHigh(count: count, sent: acknowledged &+ UInt32(truncatingIfNeeded: tags.count - start))
        }
        let taken = tags[start..<start + number].compactMap { $0 }
        start += number
        acknowledged = count
        if start * 2 > tags.count {
            tags.removeFirst(start)
            start = 0
        }
        return taken
    }
}
