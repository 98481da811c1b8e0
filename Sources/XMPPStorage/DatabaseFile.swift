//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// The file under an ``XMPPDatabase``: created, opened, checked and migrated here.
enum DatabaseFile {
    /// Creates the file if needed and makes it the server's alone. SQLite gives the `-wal` and `-shm` files its mode.
    static func create(_ path: String) throws(StorageError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
        defer { Foundation.close(descriptor) }
        guard fchmod(descriptor, 0o600) == 0 else {
            throw .cannotOpen(path: path, reason: String(cString: strerror(errno)))
        }
    }

    /// Opens the file, checks it and brings it to this program's schema.
    static func openPool(_ path: String, synchronous: String) throws(StorageError) -> DatabasePool {
        var configuration = Configuration()
        configuration.busyMode = .timeout(StorageLimits.busyTimeout)
        // Queries have connections of their own: this one is for the start and for copies.
        configuration.maximumReaderCount = 1
        configuration.foreignKeysEnabled = true
        // A transaction that a failing disk leaves open is ours to clean up; GRDB would stop the program.
        configuration.allowsUnsafeTransactions = true
        do {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try pool.writeWithoutTransaction { database in
                try check(database)
                // GRDB has set NORMAL, which may lose the last commits when the power fails.
                try database.execute(
                    sql: """
                        PRAGMA synchronous = \(synchronous);
                        PRAGMA temp_store = MEMORY;
                        PRAGMA cache_size = -\(StorageLimits.writerCache >> 10);
                        PRAGMA wal_autocheckpoint = \(StorageLimits.checkpointPages);
                        PRAGMA journal_size_limit = \(StorageLimits.writeAheadLogBytes);
                        """)
            }
            try refuseNewerSchema(pool)
            try Schema.migrator.migrate(pool)
            try pool.write { try Schema.leapIfRestored($0) }
            return pool
        } catch let error as DatabaseError where error.resultCode == .SQLITE_CANTOPEN {
            throw .cannotOpen(path: path, reason: error.message ?? "SQLITE_CANTOPEN")
        } catch {
            throw StorageError(error)
        }
    }

    /// Opens the file, which a pool has open too, for a thread that only reads.
    static func openReader(_ path: String) throws(StorageError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(StorageLimits.busyTimeout)
        configuration.allowsUnsafeTransactions = true
        do {
            return try DatabaseQueue(path: path, configuration: configuration)
        } catch {
            throw StorageError(error)
        }
    }

    /// SQLite's quick check: every page readable, every row well formed.
    static func check(_ database: Database) throws {
        let findings = try String.fetchAll(database, sql: "PRAGMA quick_check(1)")
        guard findings == ["ok"] else {
            throw StorageError.corrupt(findings.first ?? "the quick check says nothing")
        }
    }

    private static func refuseNewerSchema(_ pool: DatabasePool) throws {
        let migrator = Schema.migrator
        let unknown = try pool.read { database in
            try migrator.appliedIdentifiers(database).subtracting(migrator.migrations)
        }
        guard unknown.isEmpty else {
            throw StorageError.newerSchema(unknownMigrations: unknown.sorted())
        }
    }

    /// Runs a script of SQL on a file that no ``XMPPDatabase`` has open, and leaves one file without a log beside it.
    static func execute(_ script: String, onFile path: String, check isChecked: Bool) throws(StorageError) {
        var configuration = Configuration()
        configuration.busyMode = .timeout(StorageLimits.busyTimeout)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: script)
                if isChecked {
                    try check(database)
                }
                try database.execute(sql: "PRAGMA journal_mode = DELETE")
            }
            try queue.close()
        } catch {
            throw StorageError(error)
        }
    }
}
