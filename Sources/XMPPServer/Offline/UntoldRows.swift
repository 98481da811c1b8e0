//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// Rows that have been written to the offline store, and of which the writer has not told yet: what it has to tell before
/// may be older, and go to somebody without any row.
final class UntoldRows: Sendable {
    private let rows = Mutex<Set<Int64>>([])
    /// There are none, as a rule.
    private let count = Atomic<Int>(0)

    func add(_ row: Int64) {
        rows.withLock { if $0.insert(row).inserted { count.wrappingAdd(1, ordering: .releasing) } }
    }

    func remove(_ row: Int64) {
        rows.withLock { if $0.remove(row) != nil { count.wrappingSubtract(1, ordering: .releasing) } }
    }

    var all: Set<Int64> { count.load(ordering: .acquiring) > 0 ? rows.withLock { $0 } : [] }
}
