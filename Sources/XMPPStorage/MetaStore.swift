//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// Small values of the server itself, such as its secrets, by name.
package struct MetaStore: Sendable {
    let database: XMPPDatabase

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Replaces a value; nil removes it.
    package func set(_ value: [UInt8]?, for key: String, in context: WriteContext) throws(StorageError) {
        try context.perform { database in
            if let value {
                try database.run("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", [key, Data(value)])
            } else {
                try database.run("DELETE FROM meta WHERE key = ?", [key])
            }
        }
    }

    /// The value under a key; `proposal` is stored and returned if there is none. Whoever asks first decides, so a secret
    /// made from random bytes stays the same for ever.
    package func value(
        for key: String, orStore proposal: [UInt8], in context: WriteContext
    ) throws(StorageError) -> [UInt8] {
        try context.perform { database in
            try database.run("INSERT OR IGNORE INTO meta (key, value) VALUES (?, ?)", [key, Data(proposal)])
            return try database.row("SELECT value FROM meta WHERE key = ?", [key])?.bytes("value") ?? proposal
        }
    }

    /// Replaces a value; nil removes it.
    package func set(_ value: [UInt8]?, for key: String) async throws(StorageError) {
        try await database.write { try set(value, for: key, in: $0) }
    }

    /// The value under a key; `proposal` is stored and returned if there is none.
    package func value(for key: String, orStore proposal: [UInt8]) async throws(StorageError) -> [UInt8] {
        try await database.write { try value(for: key, orStore: proposal, in: $0) }
    }

    /// The value under a key.
    package func value(for key: String) async throws(StorageError) -> [UInt8]? {
        try await database.read { database in
            try database.row("SELECT value FROM meta WHERE key = ?", [key])?.bytes("value")
        }
    }
}
