//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The company presence state each account is in, kept over restarts.
package struct PresenceStateStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Replaces the account's state; nil removes it.
    package func set(
        _ state: StoredPresenceState?, of account: String, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            guard let state else {
                try database.run("DELETE FROM presence_state WHERE account = ?", [account])
                return
            }
            try database.run(
                """
                INSERT OR REPLACE INTO presence_state (account, state, since, return_at, explicit)
                VALUES (?, ?, ?, ?, ?)
                """,
                [account, state.stateID, state.since, state.returnAt, state.isExplicit])
        }
    }

    /// Replaces the account's state; nil removes it.
    package func set(_ state: StoredPresenceState?, of account: String) async throws(StorageError) {
        try await database.write { try set(state, of: account, in: $0) }
    }

    /// The account's state, if it has one.
    package func state(of account: String) async throws(StorageError) -> StoredPresenceState? {
        try await database.read { database in
            try database.row("SELECT * FROM presence_state WHERE account = ?", [account])
                .map(StoredPresenceState.init(row:))
        }
    }

    /// All states by account, for the start of the server.
    package func loadAll() async throws(StorageError) -> [String: StoredPresenceState] {
        try await database.read { database in
            var states: [String: StoredPresenceState] = [:]
            for row in try database.rows("SELECT * FROM presence_state") {
                states[try row.value("account")] = try StoredPresenceState(row: row)
            }
            return states
        }
    }
}

/// A company presence state an account is in.
package struct StoredPresenceState: Sendable, Equatable {
    /// The state's id in the company's catalogue.
    package var stateID: String
    /// Since when, in milliseconds since 1970.
    package var since: Int64
    /// When the person means to be back, in milliseconds since 1970.
    package var returnAt: Int64?
    /// True if the person chose it, false if the server derived it.
    package var isExplicit: Bool

    package init(stateID: String, since: Int64, returnAt: Int64? = nil, isExplicit: Bool) {
        self.stateID = stateID
        self.since = since
        self.returnAt = returnAt
        self.isExplicit = isExplicit
    }

    init(row: Row) throws {
        stateID = try row.value("state")
        since = try row.value("since")
        returnAt = try row.optional("return_at")
        isExplicit = try row.value("explicit")
    }
}
