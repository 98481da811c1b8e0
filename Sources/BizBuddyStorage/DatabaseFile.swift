//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import GRDB

/// How our database files are opened and copied.
enum DatabaseFile {
    /// Settings of every connection.
    private static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(Double(Limits.busyTimeout) / 1000)
        configuration.journalMode = .wal
        return configuration
    }

    /// Makes a file ours alone, and makes it if it is not there. SQLite gives the `-wal` and `-shm` files its mode.
    private static func makePrivate(_ path: String) throws {
        let files = FileManager.default
        let attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
        if !files.fileExists(atPath: path) {
            guard files.createFile(atPath: path, contents: nil, attributes: attributes) else {
                throw StoreError.database("\(path) cannot be made")
            }
        }
        do {
            try files.setAttributes(attributes, ofItemAtPath: path)
        } catch {
            throw StoreError.database("\(path) cannot be made private: does it belong to another user?")
        }
    }

    static func open(_ path: String, schema: Schema) throws -> DatabaseQueue {
        try telling {
            try makePrivate(path)
            let database = try DatabaseQueue(path: path, configuration: configuration())
            try database.writeWithoutTransaction { database in
                // GRDB sets NORMAL for WAL, which may lose the last commits with the power.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try schema.migrate(database)
            }
            return database
        }
    }

    /// For looking in from outside, while the owner goes on.
    static func openForReading(_ path: String) throws -> DatabaseQueue {
        try telling {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(Double(Limits.busyTimeout) / 1000)
            return try DatabaseQueue(path: path, configuration: configuration)
        }
    }

    /// With readers beside the writer: a long import holds up no lookup.
    static func openPool(_ path: String, schema: Schema) throws -> DatabasePool {
        try telling {
            try makePrivate(path)
            var configuration = configuration()
            configuration.maximumReaderCount = 2
            let database = try DatabasePool(path: path, configuration: configuration)
            try database.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try schema.migrate(database)
            }
            return database
        }
    }

    /// Copies through a connection of its own, so that the writer goes on meanwhile. The copy gets its name when it is
    /// whole, and then takes the place of an earlier one.
    static func backup(_ path: String, to copy: String) throws {
        let partial = copy + ".partial"
        let files = FileManager.default
        try telling {
            if files.fileExists(atPath: partial) { try files.removeItem(atPath: partial) }
            try makePrivate(partial)
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(Double(Limits.busyTimeout) / 1000)
            let source = try DatabaseQueue(path: path, configuration: configuration)
            let target = try DatabaseQueue(path: partial)
            try source.backup(to: target)
            try target.close()
            try source.close()
            guard rename(partial, copy) == 0 else {
                throw StoreError.database("\(copy): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Turns SQLite's errors into ours.
    static func telling<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as DatabaseError {
            if error.resultCode == .SQLITE_NOTADB || error.resultCode == .SQLITE_CORRUPT {
                throw StoreError.damaged(error.message ?? "not a database")
            }
            throw StoreError.database(error.description)
        }
    }
}
