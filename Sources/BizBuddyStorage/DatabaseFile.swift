//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
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

    static func open(_ path: String, schema: Schema) throws -> DatabaseQueue {
        try telling {
            let database = try DatabaseQueue(path: path, configuration: configuration())
            try database.writeWithoutTransaction { database in
                // GRDB sets NORMAL for WAL, which may lose the last commits with the power.
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try schema.migrate(database)
            }
            return database
        }
    }

    /// With readers beside the writer: a long import holds up no lookup.
    static func openPool(_ path: String, schema: Schema) throws -> DatabasePool {
        try telling {
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

    /// Copies through a connection of its own, so that the writer goes on meanwhile.
    static func backup(_ path: String, to copy: String) throws {
        guard !FileManager.default.fileExists(atPath: copy) else {
            throw StoreError.fileExists(copy)
        }
        try telling {
            var configuration = Configuration()
            configuration.readonly = true
            configuration.busyMode = .timeout(Double(Limits.busyTimeout) / 1000)
            let source = try DatabaseQueue(path: path, configuration: configuration)
            let target = try DatabaseQueue(path: copy)
            try source.backup(to: target)
            try target.close()
            try source.close()
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
