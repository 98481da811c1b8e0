//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// Whom an account's messages are archived with (XEP-0441).
package struct ArchivePreferences: Sendable, Equatable {
    package enum Default: String, Sendable, CaseIterable {
        case always
        case never
        /// Only with contacts in the roster.
        case roster
    }

    /// What holds for an address in neither list.
    package var `default`: Default
    /// Bare or full JIDs.
    package var always: Set<String>
    /// Bare or full JIDs.
    package var never: Set<String>

    package init(default: Default = .always, always: Set<String> = [], never: Set<String> = []) {
        self.default = `default`
        self.always = always
        self.never = never
    }

    /// Whether a message to or from an address is archived (XEP-0441 §2.3). The full address counts before the bare one,
    /// and an address in both lists is not archived.
    package func archives(_ bare: String, resource: String?, isContact: () -> Bool) -> Bool {
        if !always.isEmpty || !never.isEmpty {
            if let resource {
                let full = bare + "/" + resource
                if never.contains(full) { return false }
                if always.contains(full) { return true }
            }
            if never.contains(bare) { return false }
            if always.contains(bare) { return true }
        }
        switch self.default {
        case .always: return true
        case .never: return false
        case .roster: return isContact()
        }
    }

    init(row: Row) throws {
        let name: String = try row.value("fallback")
        guard let known = Default(rawValue: name) else {
            throw StorageError.corrupt("unknown default in archiving preferences")
        }
        self.default = known
        always = try Self.addresses(row.value("always"))
        never = try Self.addresses(row.value("never"))
    }

    /// A list as a JSON array.
    static func encoded(_ addresses: Set<String>) throws -> String {
        String(decoding: try JSONEncoder().encode(addresses.sorted()), as: UTF8.self)
    }

    private static func addresses(_ json: String) throws -> Set<String> {
        if json == "[]" { return [] }
        do {
            return Set(try JSONDecoder().decode([String].self, from: Data(json.utf8)))
        } catch {
            throw StorageError.corrupt("archiving preferences are no JSON array")
        }
    }
}

extension ArchiveStore {
    /// An account's preferences; the server's default if it has never set any.
    package func preferences(_ account: String) async throws(StorageError) -> ArchivePreferences {
        try await database.read { try Self.preferences(account, in: $0) }
    }

    /// Replaces an account's preferences.
    package func setPreferences(
        _ preferences: ArchivePreferences, of account: String, in context: WriteContext
    ) throws(StorageError) {
        try context.perform { database in
            try database.run(
                "INSERT OR REPLACE INTO archive_preferences (account, fallback, always, never) VALUES (?, ?, ?, ?)",
                [
                    account, preferences.default.rawValue, ArchivePreferences.encoded(preferences.always),
                    ArchivePreferences.encoded(preferences.never),
                ])
        }
    }

    /// Replaces an account's preferences.
    package func setPreferences(
        _ preferences: ArchivePreferences, of account: String
    ) async throws(StorageError) {
        try await database.write { try setPreferences(preferences, of: account, in: $0) }
    }

    /// The preferences, for a query that reads other things of the account as well.
    static func preferences(_ account: String, in database: Database) throws -> ArchivePreferences {
        try database.row("SELECT * FROM archive_preferences WHERE account = ?", [account])
            .map(ArchivePreferences.init(row:)) ?? ArchivePreferences()
    }
}
