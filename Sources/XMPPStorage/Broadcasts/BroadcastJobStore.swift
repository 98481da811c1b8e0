//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// Broadcasts that are on their way: what has been accepted, and how far it has got. A broadcast is taken to its
/// recipients in steps; each is one write with what it leaves behind, so that none is done twice or not at all.
package struct BroadcastJobStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    // MARK: - Inside a write

    /// Accepts a broadcast, and returns the job's number.
    package func add(_ job: NewBroadcastJob, in context: WriteContext) throws(StorageError) -> Int64 {
        try context.perform { database in
            try database.run(
                """
                INSERT INTO broadcast_job (stanza, sender, kept, accounts, hosts, broadcast) VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    job.stanza, job.sender, job.isKept, job.accounts.joined(separator: "\n"),
                    job.hosts.joined(separator: "\n"), job.broadcast,
                ])
            return database.lastInsertedRowID
        }
    }

    /// Notes how far a job has got.
    package func advance(
        _ number: Int64, to position: BroadcastJob.Position, in context: WriteContext
    ) throws(StorageError) {
        _ = try context.perform { database in
            try database.run(
                "UPDATE broadcast_job SET done = ?, host = ?, last = ? WHERE number = ?",
                [position.accounts, position.hosts, position.last, number])
        }
    }

    package func remove(_ number: Int64, in context: WriteContext) throws(StorageError) {
        _ = try context.perform { try $0.run("DELETE FROM broadcast_job WHERE number = ?", [number]) }
    }

    // MARK: - On its own

    package func job(_ number: Int64) async throws(StorageError) -> BroadcastJob? {
        try await database.read { database in
            try database.row("SELECT * FROM broadcast_job WHERE number = ?", [number]).map(BroadcastJob.init(row:))
        }
    }

    /// All jobs that are not done, the first one first.
    package func numbers() async throws(StorageError) -> [Int64] {
        try await database.read { database in
            try database.rows("SELECT number FROM broadcast_job ORDER BY number").map { try $0.value("number") }
        }
    }
}

/// A broadcast to be taken to its recipients.
package struct NewBroadcastJob: Sendable, Equatable {
    /// Serialised, without an addressee.
    package var stanza: String
    /// The bare JID of who gets no copy.
    package var sender: String
    /// Whether it is kept for those who are offline.
    package var isKept: Bool
    /// Bare JIDs of recipients, whether there are such accounts or not.
    package var accounts: [String]
    /// Hosts all of whose accounts are recipients.
    package var hosts: [String]
    /// The number of the broadcast, if it asks for acknowledgement.
    package var broadcast: Int64?

    package init(
        stanza: String, sender: String, isKept: Bool, accounts: [String], hosts: [String], broadcast: Int64? = nil
    ) {
        self.stanza = stanza
        self.sender = sender
        self.isKept = isKept
        self.accounts = accounts
        self.hosts = hosts
        self.broadcast = broadcast
    }
}

/// A broadcast on its way.
package struct BroadcastJob: Sendable, Equatable {
    /// How far it has got.
    package struct Position: Sendable, Equatable {
        /// Named accounts that are done.
        package var accounts: Int
        /// Hosts that are done.
        package var hosts: Int
        /// The last account of the following host that is done; empty if none is.
        package var last: String

        package init(accounts: Int = 0, hosts: Int = 0, last: String = "") {
            self.accounts = accounts
            self.hosts = hosts
            self.last = last
        }
    }

    package let number: Int64
    package let content: NewBroadcastJob
    package var position: Position

    init(row: Row) throws {
        number = try row.value("number")
        let accounts: String = try row.value("accounts")
        let hosts: String = try row.value("hosts")
        content = NewBroadcastJob(
            stanza: try row.value("stanza"), sender: try row.value("sender"), isKept: try row.value("kept"),
            accounts: accounts.split(separator: "\n").map { String($0) },
            hosts: hosts.split(separator: "\n").map { String($0) }, broadcast: try row.optional("broadcast"))
        position = Position(
            accounts: try row.value("done"), hosts: try row.value("host"), last: try row.value("last"))
    }
}
