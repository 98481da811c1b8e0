//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A question to an archive (XEP-0313 §4). All conditions hold together.
package struct ArchiveQuery: Sendable, Equatable {
    /// Where the page stands among all messages that match (XEP-0059).
    package enum Position: Sendable, Equatable {
        /// The page of the oldest.
        case first
        /// The page that follows a message.
        case after(ArchiveID)
        /// The page of the newest.
        case last
        /// The page that comes before a message.
        case before(ArchiveID)
    }

    /// The other side: a bare JID.
    package var with: String?
    /// The other side's resource; only together with `with`.
    package var resource: String?
    /// Nothing older, in milliseconds since 1970.
    package var start: Int64?
    /// Nothing newer, in milliseconds since 1970.
    package var end: Int64?
    /// Only what follows this message.
    package var afterID: ArchiveID?
    /// Only what comes before this message.
    package var beforeID: ArchiveID?
    /// Only these messages.
    package var ids: [ArchiveID]?
    /// Words that occur in the text.
    package var text: String?
    package var position: Position
    /// Messages in the page.
    package var limit: Int
    /// Bytes of the page's messages: beyond it the page ends, but it has one message at least.
    package var byteLimit = 1 << 20

    package init(
        with: String? = nil, resource: String? = nil, start: Int64? = nil, end: Int64? = nil, afterID: ArchiveID? = nil,
        beforeID: ArchiveID? = nil, ids: [ArchiveID]? = nil, text: String? = nil, position: Position = .first,
        limit: Int
    ) {
        self.with = with
        self.resource = resource
        self.start = start
        self.end = end
        self.afterID = afterID
        self.beforeID = beforeID
        self.ids = ids
        self.text = text
        self.position = position
        self.limit = limit
    }

    /// True if every message of the archive matches.
    var isUnfiltered: Bool {
        with == nil && start == nil && end == nil && afterID == nil && beforeID == nil && ids == nil && text == nil
    }

    /// All messages that the question names, which must be in the archive.
    var named: [ArchiveID] {
        var named = ids ?? []
        if let afterID { named.append(afterID) }
        if let beforeID { named.append(beforeID) }
        switch position {
        case .after(let id), .before(let id): named.append(id)
        case .first, .last: break
        }
        return named
    }

    /// The clock's values between which a message may lie, both excluded; without the position's.
    var bounds: (Int64, Int64) {
        // A message's time is told in milliseconds, but is exact to the microsecond.
        var low = start.map { Self.microseconds($0) - 1 } ?? 0
        var high = end.map { Self.microseconds($0) + 1000 } ?? .max
        if let afterID { low = max(low, afterID.clock) }
        if let beforeID { high = min(high, beforeID.clock) }
        return (low, high)
    }

    /// True if the page is filled from its newest message on.
    var isBackward: Bool {
        switch position {
        case .last, .before: true
        case .first, .after: false
        }
    }

    private static func microseconds(_ milliseconds: Int64) -> Int64 {
        // Any time a person can mean; beyond, products would overflow.
        min(max(milliseconds, 0), 1 << 52) * 1000
    }
}

/// An answer of an archive.
package struct ArchivePage: Sendable, Equatable {
    /// In the order of the archive.
    package var entries: [StoredArchiveEntry]
    /// False if words were searched for that may be in messages which have not been looked at yet.
    package var isStable = true
    /// True if nothing that matches lies beyond the page in the direction of paging.
    package var isComplete: Bool
    /// How many messages match in all, where that is known at little cost.
    package var count: Int?
    /// The place of the page's first message among all that match, where that is known.
    package var firstIndex: Int?
}
