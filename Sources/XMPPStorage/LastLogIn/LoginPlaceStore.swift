//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Where accounts have logged in from with their password: the limits on guessing know them again after a restart.
package struct LoginPlaceStore: Sendable {
    /// Places that are kept of an account, the latest.
    static let maximumPlaces = 8

    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Notes a log-in at `stamp`, in milliseconds since 1970. Nothing is noted of an account that does not exist.
    package func note(
        _ place: String, of account: String, at stamp: Int64, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            try database.run(
                """
                INSERT INTO login_place (account, place, stamp) SELECT jid, ?, ? FROM account WHERE jid = ?
                ON CONFLICT (account, place) DO UPDATE SET stamp = MAX(stamp, excluded.stamp)
                """,
                [place, stamp, account])
            try database.run(
                """
                DELETE FROM login_place WHERE account = ?1 AND place NOT IN (
                    SELECT place FROM login_place WHERE account = ?1 ORDER BY stamp DESC, place LIMIT ?2)
                """,
                [account, Self.maximumPlaces])
        }
    }

    /// A log-in from a known place: when the last one there was noted, in milliseconds since 1970.
    package typealias Place = (account: String, place: String, stamp: Int64)

    /// The latest `count` of all accounts, the oldest first.
    package func latest(_ count: Int) async throws(StorageError) -> [Place] {
        try await database.read { database in
            try database.rows("SELECT account, place, stamp FROM login_place ORDER BY stamp DESC LIMIT ?", [count])
                .reversed().map { (try $0.value("account"), try $0.value("place"), try $0.value("stamp")) }
        }
    }
}
