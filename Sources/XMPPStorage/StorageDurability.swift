//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What a commit survives (SQLite's `synchronous`).
package enum StorageDurability: String, Sendable, CaseIterable {
    /// The loss of power: the disk is flushed for each group of writes. What the server promises.
    case full
    /// The end of the process. The loss of power may take the last commits.
    case normal
    /// Nothing but a clean stop: for benchmarks and tests.
    case off

    var pragma: String { rawValue.uppercased() }
}
