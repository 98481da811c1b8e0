//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Synchronization

/// How far a table's rows are committed, by their ids, which only increase: all up to the newest can be read.
final class CommittedRows: Sendable {
    private let last = Atomic<Int64>(0)

    var newest: Int64 { last.load(ordering: .acquiring) }

    /// To be said before anybody is told of the row.
    func commit(_ row: Int64) { last.max(row, ordering: .acquiringAndReleasing) }
}
