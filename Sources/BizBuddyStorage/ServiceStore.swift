//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import FoundationEssentials
import GRDB
import Synchronization

/// The event log of the customer service on disk, with a dedicated writer (WAL, `synchronous=FULL`).
///
/// What `commit` has returned for survives a `kill -9` and a loss of power.
package final class ServiceStore: Sendable {
    private let path: String
    let database: DatabaseQueue
    let writer: GroupCommitWriter
    /// Events since the last snapshot.
    private let unsaved = Mutex(0)
    private let processed = ProcessedStanzas()

    /// Opens or creates the file and brings its schema up to date. Throws `StoreError`.
    package init(path: String) throws {
        self.path = path
        database = try DatabaseFile.open(path, schema: .service)
        // What is deleted is overwritten: conversations end up in no free page.
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA secure_delete = ON") }
        writer = GroupCommitWriter(database)
    }

    // MARK: Reading

    /// The state exactly as it was when the last change was committed: the snapshot and the commands after it.
    package func load() async throws -> ServiceState {
        let (state, count, ids) = try await database.read { database in
            let (state, count) = try Self.load(database)
            return (state, count, try String.fetchAll(database, sql: "SELECT stanza_id FROM processed"))
        }
        unsaved.withLock { $0 = count }
        processed.begin(ids)
        writer.resume()
        return state
    }

    static func load(_ database: Database) throws -> (ServiceState, Int) {
        do {
            var state = ServiceState()
            var sequence: Int64 = 0
            let decoder = JSONDecoder()
            if let row = try Row.fetchOne(database, sql: "SELECT sequence, state FROM snapshot") {
                sequence = try row.decode(forColumn: "sequence")
                state = try decoder.decode(ServiceState.self, from: row.decode(Data.self, forColumn: "state"))
            }
            var count = 0
            let events = try Row.fetchCursor(
                database, sql: "SELECT at, command FROM event WHERE sequence > ? ORDER BY sequence",
                arguments: [sequence])
            while let row = try events.next() {
                let command = try decoder.decode(Command.self, from: row.decode(Data.self, forColumn: "command"))
                _ = state.apply(command, at: Instant(milliseconds: try row.decode(forColumn: "at")))
                count += 1
            }
            return (state, count)
        } catch let error as DecodingError {
            throw StoreError.damaged("\(error)")
        }
    }

    /// Whether a stanza of the host has been dealt with before.
    package func isProcessed(_ stanzaID: String) async throws -> Bool {
        guard processed.mayContain(stanzaID) else { return false }
        return try await database.read { database in
            try Bool.fetchOne(
                database, sql: "SELECT 1 FROM processed WHERE stanza_id = ?", arguments: [stanzaID]) ?? false
        }
    }

    /// What the outside has not acknowledged, in the order in which it was committed.
    package func outbox() async throws -> [OutgoingRow] {
        try await database.read { database in
            try Row.fetchAll(database, sql: "SELECT id, recipient, payload, at FROM outbox ORDER BY number").map {
                row in
                OutgoingRow(
                    id: try row.decode(forColumn: "id"), recipient: try row.decode(forColumn: "recipient"),
                    payload: Array(try row.decode(Data.self, forColumn: "payload")),
                    at: Instant(milliseconds: try row.decode(forColumn: "at")))
            }
        }
    }

    /// Closed conversations of a customer, latest first.
    package func archived(customer: CustomerAddress, limit: Int) async throws -> [Conversation] {
        try await database.read { database in
            try Data.fetchAll(
                database,
                sql: "SELECT body FROM conversation WHERE customer = ? ORDER BY closed_at DESC, id LIMIT ?",
                arguments: [customer.rawValue, max(0, limit)]
            ).map { try JSONDecoder().decode(Conversation.self, from: $0) }
        }
    }

    // MARK: Writing

    /// True when the next change should carry the state along: after as many events as there are conversations in it, so
    /// that a long line is not written down again and again while it grows.
    package func isSnapshotDue(of state: ServiceState) -> Bool {
        let events = max(Limits.eventsPerSnapshot, state.conversations.count)
        return unsaved.withLock { $0 >= events }
    }

    /// Writes a change as a whole and returns the number of its last event once it is on disk.
    ///
    /// Changes are written in the order of the calls; those that wait share a transaction. Throws `StoreError.stopped`
    /// when this or an earlier change could not be written: then the state must be loaded again.
    package func commit(_ change: ServiceChange) async throws -> Int64 {
        try await withCheckedThrowingContinuation { continuation in
            submit(change) { continuation.resume(with: $0) }
        }
    }

    /// `commit` for callers that do not wait: the place in the order is taken before this returns. The completion runs
    /// on the writer's thread and must not block it.
    package func submit(
        _ change: ServiceChange, completion: @escaping @Sendable (Result<Int64, any Error>) -> Void
    ) {
        processed.insert(change.processedStanzaIDs)
        unsaved.withLock { count in
            count = change.snapshot == nil ? count + change.events.count : 0
        }
        writer.submit(
            GroupCommitWriter.Job(body: { try Self.write(change, to: $0) }, completion: completion))
    }

    /// Removes what the outside has got. Unknown ids are ignored.
    package func acknowledge(_ ids: [String]) async throws {
        guard !ids.isEmpty else { return }
        _ = try await withCheckedThrowingContinuation { continuation in
            let job = GroupCommitWriter.Job(
                body: { database in
                    let delete = try database.cachedStatement(sql: "DELETE FROM outbox WHERE id = ?")
                    for id in ids {
                        try delete.execute(arguments: [id])
                    }
                    return 0
                },
                completion: { continuation.resume(with: $0) })
            writer.submit(job)
        }
    }

    private static func write(_ change: ServiceChange, to database: Database) throws -> Int64 {
        let encoder = JSONEncoder()
        if !change.events.isEmpty {
            let insert = try database.cachedStatement(sql: "INSERT INTO event (at, command) VALUES (?, ?)")
            for event in change.events {
                try insert.execute(arguments: [event.at.milliseconds, try encoder.encode(event.command)])
            }
        }
        let sequence =
            try Int64.fetchOne(database, sql: "SELECT seq FROM sqlite_sequence WHERE name = 'event'") ?? 0
        if !change.processedStanzaIDs.isEmpty {
            let insert = try database.cachedStatement(sql: "INSERT OR IGNORE INTO processed (stanza_id) VALUES (?)")
            for id in change.processedStanzaIDs {
                try insert.execute(arguments: [id])
            }
        }
        if !change.outgoing.isEmpty {
            let insert = try database.cachedStatement(
                sql: "INSERT OR IGNORE INTO outbox (id, recipient, payload, at) VALUES (?, ?, ?, ?)")
            for row in change.outgoing {
                try insert.execute(arguments: [row.id, row.recipient, Data(row.payload), row.at.milliseconds])
            }
        }
        if !change.facts.isEmpty {
            let insert = try database.cachedStatement(sql: "INSERT INTO fact (at, body) VALUES (?, ?)")
            for fact in change.facts {
                try insert.execute(arguments: [fact.at.milliseconds, try encoder.encode(fact)])
            }
        }
        try write(change.consents, encoder, database)
        for conversation in change.closed {
            try archive(conversation, encoder, database)
        }
        if let snapshot = change.snapshot {
            try save(snapshot, through: sequence, encoder, database)
        }
        return sequence
    }

    private static func archive(
        _ conversation: Conversation, _ encoder: JSONEncoder, _ database: Database
    ) throws {
        guard case .closed(let closing) = conversation.stage else { return }
        let insert = try database.cachedStatement(
            sql: """
                INSERT OR REPLACE INTO conversation (id, customer, contact, closed_at, body) VALUES (?, ?, ?, ?, ?)
                """)
        try insert.execute(arguments: [
            conversation.id.rawValue, conversation.customer.rawValue, conversation.contact.rawValue,
            closing.at.milliseconds, try encoder.encode(conversation),
        ])
    }

    /// Replaces the snapshot and drops what it makes needless.
    static func save(
        _ state: ServiceState, through sequence: Int64, keeping archive: Int = Limits.archivedConversations,
        _ encoder: JSONEncoder, _ database: Database
    ) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO snapshot (id, sequence, state) VALUES (1, ?, ?)",
            arguments: [sequence, try encoder.encode(state)])
        try database.execute(sql: "DELETE FROM event WHERE sequence <= ?", arguments: [sequence])
        try database.execute(
            sql: "DELETE FROM processed WHERE number <= (SELECT max(number) FROM processed) - ?",
            arguments: [Limits.processedStanzas])
        try database.execute(
            sql: "DELETE FROM fact WHERE number <= (SELECT max(number) FROM fact) - ?", arguments: [Limits.facts])
        // With fewer there is no such row, nothing is less than NULL, and nothing goes.
        try database.execute(
            sql: """
                DELETE FROM conversation WHERE closed_at <
                    (SELECT closed_at FROM conversation ORDER BY closed_at DESC LIMIT 1 OFFSET ?)
                """,
            arguments: [archive - 1])
    }

    // MARK: The file

    /// Copies the store while it is in use; the copy is consistent and opens like the original.
    @concurrent
    package func backup(to copy: String) async throws {
        try DatabaseFile.backup(path, to: copy)
    }

    /// Waits for what is being written and closes the file.
    package func close() throws {
        try database.close()
    }

    /// Commands that a start would replay.
    package func eventCount() async throws -> Int {
        try await database.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM event") ?? 0 }
    }

    /// Transactions written so far: fewer than changes when they come close together.
    package var transactionCount: Int {
        writer.transactions.load(ordering: .relaxed)
    }
}
