//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the writer has done since the database was opened, for metrics and tests.
package struct WriterStatistics: Sendable, Equatable {
    /// Transactions committed: each is one flush of the disk.
    package var commits = 0
    /// Transactions undone as a whole by a full or failing disk.
    package var failedCommits = 0
    /// Whether the last transaction was undone.
    package var isFailing = false
    /// Operations answered.
    package var operations = 0
    /// Operations refused because the queue was full.
    package var refusals = 0
    /// Operations waiting or running now.
    package var queuedOperations = 0
    /// Bytes of the operations waiting or running now, by their submitters' word.
    package var queuedBytes = 0

    package init() {}
}
