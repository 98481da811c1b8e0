//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import GRDB

/// Joining people and taking them apart again, and the code by which customers do the first themselves.
extension CustomerBook {
    /// What came of a wish to join two addresses.
    package enum LinkOutcome: Hashable, Sendable {
        case linked
        case alreadyLinked
        /// Code: none such, or its time is over.
        case wrongCode
        /// Code: too many wrong ones.
        case tooManyTries
        /// Not one of several, so nothing to take apart.
        case notLinked
    }

    /// How long a code is good, in milliseconds; tries of an address within the same time.
    package static let codeLifetime: Int64 = 15 * 60_000
    private static let tries = 5

    /// Joins the people of two addresses. They stay what they were, so it can be undone.
    package func link(
        _ address: CanonicalAddress, with other: CanonicalAddress, trust: AddressTrust, evidence: String,
        actor: String, at: Int64
    ) async throws -> LinkOutcome {
        try await database.write { [makeID] database in
            try Self.link(
                address, with: other, trust: trust, evidence: evidence, actor: actor, at: at, makeID, database)
        }
    }

    private static func link(
        _ address: CanonicalAddress, with other: CanonicalAddress, trust: AddressTrust, evidence: String,
        actor: String, at: Int64, _ makeID: () -> String, _ database: Database
    ) throws -> LinkOutcome {
        let isNew = try owner(of: other, database) == nil
        let person = try root(of: try own(address, at: at, makeID, database), database)
        let second = try root(of: try own(other, at: at, makeID, database), database)
        guard person != second else { return .alreadyLinked }
        if isNew {
            // Nobody has written from there: we know of it by this link only.
            try database.execute(
                sql: "UPDATE address SET trust = ?, evidence = ? WHERE address = ?",
                arguments: [trust.rawValue, evidence, other.description])
        }
        try database.execute(
            sql: "UPDATE person SET merged_into = ? WHERE id = ?", arguments: [person, second])
        try record("merge", person, second, actor, evidence, at, database)
        return .linked
    }

    /// Takes an address out again: whoever it was before the last link it is again.
    package func unlink(_ address: CanonicalAddress, actor: String, at: Int64) async throws -> LinkOutcome {
        try await database.write { database in
            guard let person = try Self.owner(of: address, database) else { return .notLinked }
            let into = try String.fetchOne(
                database, sql: "SELECT merged_into FROM person WHERE id = ?", arguments: [person])
            if let into {
                try database.execute(sql: "UPDATE person SET merged_into = NULL WHERE id = ?", arguments: [person])
                try Self.record("split", into, person, actor, "", at, database)
                return .linked
            }
            // The root: the others go.
            let others = try String.fetchAll(
                database, sql: "SELECT id FROM person WHERE merged_into = ?", arguments: [person])
            guard let heir = others.first else { return .notLinked }
            for other in others {
                try database.execute(
                    sql: "UPDATE person SET merged_into = ? WHERE id = ?",
                    arguments: [other == heir ? nil : heir, other])
            }
            try Self.record("split", heir, person, actor, "", at, database)
            return .linked
        }
    }

    private static func record(
        _ kind: String, _ person: String, _ other: String, _ actor: String, _ evidence: String, _ at: Int64,
        _ database: Database
    ) throws {
        try database.execute(
            sql: "INSERT INTO link_event (kind, person, other, actor, evidence, at) VALUES (?, ?, ?, ?, ?, ?)",
            arguments: [kind, person, other, actor, evidence, at])
    }

    // MARK: Codes

    /// Keeps a code for an address; an earlier one is void.
    package func keep(code: String, for address: CanonicalAddress, at: Int64) async throws {
        try await database.write { database in
            try database.execute(sql: "DELETE FROM code WHERE expires <= ?", arguments: [at])
            try database.execute(sql: "DELETE FROM attempt WHERE until <= ?", arguments: [at])
            try database.execute(sql: "DELETE FROM code WHERE address = ?", arguments: [address.description])
            try database.execute(
                sql: "INSERT OR REPLACE INTO code (code, address, expires) VALUES (?, ?, ?)",
                arguments: [code, address.description, at + Self.codeLifetime])
        }
    }

    /// Whose code that is; nil if it is none, is the asker's own, or the asker has no tries left. Nothing changes by it.
    package func holder(
        ofCode code: String, askedBy address: CanonicalAddress, at: Int64
    ) async throws
        -> CanonicalAddress?
    {
        try await database.read { database in
            guard try Self.tries(of: address, at, database) < Self.tries else { return nil }
            let holder = try String.fetchOne(
                database, sql: "SELECT address FROM code WHERE code = ? AND expires > ?", arguments: [code, at])
            return holder.flatMap { CanonicalAddress($0) }.flatMap { $0 == address ? nil : $0 }
        }
    }

    /// A code is good no longer.
    package func drop(code: String) async throws {
        try await database.write { try $0.execute(sql: "DELETE FROM code WHERE code = ?", arguments: [code]) }
    }

    private static func tries(of address: CanonicalAddress, _ at: Int64, _ database: Database) throws -> Int {
        try Int.fetchOne(
            database, sql: "SELECT count FROM attempt WHERE address = ? AND until > ?",
            arguments: [address.description, at]) ?? 0
    }

    /// Joins the address that says a code with the one that got it. A code is good once.
    package func redeem(code: String, from address: CanonicalAddress, at: Int64) async throws -> LinkOutcome {
        try await database.write { [makeID] database in
            guard try Self.tries(of: address, at, database) < Self.tries else { return .tooManyTries }
            let owner = try String.fetchOne(
                database, sql: "SELECT address FROM code WHERE code = ? AND expires > ?", arguments: [code, at])
            guard let other = owner.flatMap({ CanonicalAddress($0) }), other != address else {
                try database.execute(
                    sql: """
                        INSERT INTO attempt (address, count, until) VALUES (?, 1, ?)
                        ON CONFLICT (address) DO UPDATE SET count = iif(until > ?, count + 1, 1), until = excluded.until
                        """,
                    arguments: [address.description, at + Self.codeLifetime, at])
                return .wrongCode
            }
            try database.execute(sql: "DELETE FROM code WHERE code = ?", arguments: [code])
            return try Self.link(
                other, with: address, trust: .confirmed, evidence: "said the code", actor: address.description, at: at,
                makeID, database)
        }
    }
}
