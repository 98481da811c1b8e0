//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPStorage

/// Up to where in its account's archive a client has had everything, so that a session whose queue was lost can be given
/// the rest. Pure; times are those of the archive's clock, in microseconds.
///
/// Messages come to a session nearly in the order of the archive, not quite: two loops may hand over theirs the other way
/// round. So the position stays behind by more than that can take, and what was acknowledged after it is listed.
struct ArchivePosition: Sendable, Equatable {
    /// Far longer than a message takes from its commit to a session's queue.
    static let slack: Int64 = 15_000_000
    /// Most that is listed; a client that acknowledges more in that time makes the position follow faster.
    static let listed = 512

    private(set) var position: Int64
    /// What was acknowledged after the position.
    private var later: [Int64]
    /// What was given before it and is not acknowledged: it was committed when the session began, and came after that.
    private var early: [Int64]

    init(_ position: Int64, recent: [Int64] = []) {
        self.position = position
        later = recent.filter { $0 > position }
        early = recent.filter { $0 <= position }
    }

    /// What is kept beside the position: what is past it is acknowledged, what is not past it isn't.
    var recent: [Int64] { early + later }

    /// Everything before this has been acknowledged, or was for earlier sessions.
    var start: Int64 { min(position, (early.min() ?? .max) - 1) }

    /// The client has had a message.
    mutating func acknowledge(_ id: ArchiveID) {
        if id.clock > position { later.append(id.clock) } else { early.removeAll { $0 == id.clock } }
    }

    /// The client is given a message. What was committed just before the session began may come after that.
    mutating func expect(_ id: ArchiveID) {
        guard id.clock <= position, !early.contains(id.clock) else { return }
        early.append(id.clock)
        guard early.count > Self.listed, let first = early.min() else { return }
        // Too many: all that came after the first of them may come again.
        position = first - 1
        early = []
    }

    /// Moves on, not past what waits: `first` is when that came, nil if nothing does.
    mutating func advance(now: Int64, first: Int64?) {
        let bound = min(now, first ?? now)
        move(to: bound - Self.slack)
        guard later.count > Self.listed else { return }
        later.sort()
        move(to: min(later[later.count - Self.listed - 1], bound - 1))
    }

    private mutating func move(to value: Int64) {
        guard value > position else { return }
        position = value
        later.removeAll { $0 <= value }
    }

    /// Whether the client has had it, or was not to be given it.
    func includes(_ id: ArchiveID) -> Bool {
        id.clock <= position ? !early.contains(id.clock) : later.contains(id.clock)
    }
}
