//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import Foundation
import GRDB

/// Looks into a service's store from outside, while the service runs; it changes nothing.
package struct ServiceReader: Sendable {
    private let database: DatabaseQueue

    /// Throws `StoreError` if the file is not there or is none of ours.
    package init(path: String) throws {
        guard FileManager.default.fileExists(atPath: path) else {
            throw StoreError.database("\(path) is not there: has the service ever run?")
        }
        database = try DatabaseFile.openForReading(path)
    }

    /// The state as of the last commit.
    package func state() async throws -> ServiceState {
        try await database.read { try ServiceStore.load($0).0 }
    }

    /// Adds the facts of a time to reports, in order. From `since` on, before `until`.
    package func facts(since: Instant, until: Instant, into report: Report) async throws -> Report {
        try await database.read { database in
            var report = report
            let decoder = JSONDecoder()
            let rows = try Data.fetchCursor(
                database, sql: "SELECT body FROM fact WHERE at >= ? AND at < ? ORDER BY at, number",
                arguments: [since.milliseconds, until.milliseconds])
            while let row = try rows.next() {
                report.add(try decoder.decode(Fact.self, from: row))
            }
            return report
        }
    }
}
