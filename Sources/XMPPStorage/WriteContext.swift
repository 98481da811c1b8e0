//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// What a write operation is given: the right to change the store inside the running transaction.
///
/// Valid only during the operation; it belongs to the writer's thread.
package final class WriteContext {
    private let database: Database
    let ledger: TransactionLedger
    /// The failure that spoils the whole transaction, kept even if the operation catches the error.
    private(set) var databaseFailure: StorageError?

    init(_ database: Database, _ ledger: TransactionLedger) {
        self.database = database
        self.ledger = ledger
    }

    /// Runs SQL on the writer's connection and gives errors in the store's words.
    @discardableResult
    func perform<T>(_ body: (Database) throws -> T) throws(StorageError) -> T {
        do {
            return try body(database)
        } catch {
            let failure = StorageError(error)
            if failure.concernsWholeDatabase {
                databaseFailure = failure
            }
            throw failure
        }
    }
}

extension Database {
    /// Runs one statement, compiled once per connection; returns the number of rows it changed.
    @discardableResult
    func run(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Int {
        try cachedStatement(sql: sql).execute(arguments: arguments)
        return changesCount
    }

    /// All rows of a query, compiled once per connection.
    func rows(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> [Row] {
        try Row.fetchAll(cachedStatement(sql: sql), arguments: arguments)
    }

    /// The rows of a query one by one, compiled once per connection: each is good until the next is asked for.
    func cursor(_ sql: String, _ arguments: StatementArguments) throws -> RowCursor {
        try Row.fetchCursor(cachedStatement(sql: sql), arguments: arguments)
    }

    /// The first row of a query, compiled once per connection.
    func row(_ sql: String, _ arguments: StatementArguments = StatementArguments()) throws -> Row? {
        try Row.fetchOne(cachedStatement(sql: sql), arguments: arguments)
    }
}
