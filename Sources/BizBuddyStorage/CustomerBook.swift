//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import GRDB

/// Who is who among customers: addresses and whose they are, what agents have noted, what customers prefer.
///
/// Nothing is ever lost by joining two people: each keeps addresses, notes and tags, and one points to the other.
package final class CustomerBook: Sendable {
    /// Somebody as a whole, with everybody who was found to be the same.
    package struct Person: Hashable, Sendable, Codable {
        package struct Address: Hashable, Sendable, Codable {
            package let address: CanonicalAddress
            package let trust: AddressTrust
            package let evidence: String
        }

        package struct Note: Hashable, Sendable, Codable {
            package let author: String
            package let text: String
            /// Milliseconds since 1970.
            package let at: Int64
        }

        /// Of the one the others point to.
        package let id: String
        package var addresses: [Address]
        /// Latest first.
        package var notes: [Note]
        package var tags: [String]
        package var preferences: [String: String]
    }

    let database: DatabaseQueue
    private let path: String
    let makeID: @Sendable () -> String

    /// Opens or creates the file. `makeID` names new people; nobody can guess its names. Throws `StoreError`.
    package init(path: String, makeID: @escaping @Sendable () -> String) throws {
        self.path = path
        self.makeID = makeID
        database = try DatabaseFile.open(path, schema: .people)
        // What is deleted is overwritten, in the file and in the log.
        try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA secure_delete = ON") }
    }

    // MARK: Reading

    /// Whoever an address belongs to; nil if nothing is known of it.
    package func person(at address: CanonicalAddress) async throws -> Person? {
        try await database.read { database in
            guard let own = try Self.owner(of: address, database) else { return nil }
            return try Self.person(root: try Self.root(of: own, database), database)
        }
    }

    /// What has to be known of an address before anybody is looked up.
    package struct Whereabouts: Hashable, Sendable {
        /// Those believed to be the same person's, the given one first.
        package var addresses: [CanonicalAddress]
        /// Whether several people write from it.
        package var isShared = false
        /// Whether it has ever been heard of.
        package var isKnown = false
    }

    package func whereabouts(of address: CanonicalAddress) async throws -> Whereabouts {
        try await database.read { database in
            let row = try Row.fetchOne(
                database, sql: "SELECT person, is_shared FROM address WHERE address = ?",
                arguments: [address.description])
            guard let row else { return Whereabouts(addresses: [address]) }
            let person = try Self.person(root: try Self.root(of: row["person"], database), database)
            return Whereabouts(
                addresses: Self.believed(person, address), isShared: row["is_shared"], isKnown: true)
        }
    }

    private static func believed(_ person: Person, _ address: CanonicalAddress) -> [CanonicalAddress] {
        let others = person.addresses.filter { $0.trust.isBelieved && $0.address != address }.map(\.address)
        return [address] + others.prefix(Limits.addressesOfPerson - 1)
    }

    /// Addresses that are believed to be the same person's, the given one first.
    package func addresses(with address: CanonicalAddress) async throws -> [CanonicalAddress] {
        try await whereabouts(of: address).addresses
    }

    static func owner(of address: CanonicalAddress, _ database: Database) throws -> String? {
        try String.fetchOne(
            database, sql: "SELECT person FROM address WHERE address = ?", arguments: [address.description])
    }

    /// The one whom a person was joined to, over all steps.
    static func root(of person: String, _ database: Database) throws -> String {
        var current = person
        for _ in 0..<Limits.mergeSteps {
            guard
                let next = try String.fetchOne(
                    database, sql: "SELECT merged_into FROM person WHERE id = ?", arguments: [current])
            else { break }
            current = next
        }
        return current
    }

    /// A root and everybody who was joined to it.
    static func members(of root: String, _ database: Database) throws -> [String] {
        var members = [root]
        var position = 0
        while position < members.count, members.count < Limits.mergeSteps {
            let next = try String.fetchAll(
                database, sql: "SELECT id FROM person WHERE merged_into = ? ORDER BY id", arguments: [members[position]]
            )
            members += next.filter { !members.contains($0) }
            position += 1
        }
        return members
    }

    static func person(root: String, _ database: Database) throws -> Person {
        var person = Person(id: root, addresses: [], notes: [], tags: [], preferences: [:])
        for member in try members(of: root, database).reversed() {
            let addresses = try Row.fetchAll(
                database, sql: "SELECT address, trust, evidence FROM address WHERE person = ? ORDER BY address",
                arguments: [member])
            for row in addresses {
                guard let address = CanonicalAddress(row["address"] as String) else { continue }
                person.addresses.append(
                    Person.Address(
                        address: address, trust: AddressTrust(rawValue: row["trust"]) ?? .guessed,
                        evidence: row["evidence"]))
            }
            let notes = try Row.fetchAll(
                database, sql: "SELECT author, text, at FROM note WHERE person = ? ORDER BY number DESC",
                arguments: [member])
            person.notes += notes.map { Person.Note(author: $0["author"], text: $0["text"], at: $0["at"]) }
            person.tags += try String.fetchAll(
                database, sql: "SELECT tag FROM tag WHERE person = ? ORDER BY tag", arguments: [member])
            let preferences = try Row.fetchAll(
                database, sql: "SELECT key, value FROM preference WHERE person = ?", arguments: [member])
            for row in preferences { person.preferences[row["key"]] = row["value"] }
        }
        person.notes.sort { $0.at > $1.at }
        person.tags = Array(Set(person.tags)).sorted()
        return person
    }

    // MARK: Writing

    /// Runs in a transaction, on the person of an address, who is made if nobody has heard of the address.
    func change<Value: Sendable>(
        _ address: CanonicalAddress, at: Int64, _ body: @escaping @Sendable (Database, _ person: String) throws -> Value
    ) async throws -> Value {
        try await database.write { [makeID] database in
            try body(database, try Self.own(address, at: at, makeID, database))
        }
    }

    static func own(
        _ address: CanonicalAddress, at: Int64, _ makeID: () -> String, _ database: Database
    ) throws -> String {
        if let known = try owner(of: address, database) { return known }
        let id = makeID()
        try database.execute(sql: "INSERT INTO person (id, created) VALUES (?, ?)", arguments: [id, at])
        try database.execute(
            sql: "INSERT INTO address (address, person, trust, evidence, at) VALUES (?, ?, ?, ?, ?)",
            arguments: [address.description, id, AddressTrust.network.rawValue, "wrote from there", at])
        return id
    }

    /// The name under which an audit log knows somebody: of the root.
    package func subject(of address: CanonicalAddress, at: Int64) async throws -> String {
        try await change(address, at: at) { try Self.root(of: $1, $0) }
    }

    /// Notes something about a person, for all agents and all later conversations.
    package func note(_ text: String, by author: String, about address: CanonicalAddress, at: Int64) async throws {
        try await change(address, at: at) { database, person in
            try database.execute(
                sql: "INSERT INTO note (person, author, text, at) VALUES (?, ?, ?, ?)",
                arguments: [person, author, String(text.prefix(Limits.fieldLength)), at])
            try database.execute(
                sql: """
                    DELETE FROM note WHERE person = ? AND number NOT IN
                        (SELECT number FROM note WHERE person = ? ORDER BY number DESC LIMIT ?)
                    """,
                arguments: [person, person, Limits.notesOfPerson])
        }
    }

    /// Sets or removes a tag, with everybody the person was joined with. False if there would be too many.
    package func tag(_ tag: String, isSet: Bool, about address: CanonicalAddress, at: Int64) async throws -> Bool {
        try await change(address, at: at) { database, person in
            let members = try Self.members(of: try Self.root(of: person, database), database)
            for member in members {
                try database.execute(sql: "DELETE FROM tag WHERE person = ? AND tag = ?", arguments: [member, tag])
            }
            guard isSet else { return true }
            let count = try Int.fetchOne(
                database, sql: "SELECT count(*) FROM tag WHERE person = ?", arguments: [person])
            guard (count ?? 0) < Limits.tagsOfPerson else { return false }
            try database.execute(sql: "INSERT INTO tag (person, tag) VALUES (?, ?)", arguments: [person, tag])
            return true
        }
    }

    /// Sets or removes what a customer prefers.
    package func prefer(
        _ key: String, _ value: String?, about address: CanonicalAddress, at: Int64
    ) async throws {
        try await change(address, at: at) { database, person in
            for member in try Self.members(of: try Self.root(of: person, database), database) {
                try database.execute(
                    sql: "DELETE FROM preference WHERE person = ? AND key = ?", arguments: [member, key])
            }
            guard let value else { return }
            try database.execute(
                sql: "INSERT INTO preference (person, key, value, at) VALUES (?, ?, ?, ?)",
                arguments: [person, key, String(value.prefix(Limits.fieldLength)), at])
        }
    }

    /// Notes that several people write from an address, or only one.
    package func share(_ address: CanonicalAddress, isShared: Bool, at: Int64) async throws {
        try await change(address, at: at) { database, _ in
            try database.execute(
                sql: "UPDATE address SET is_shared = ? WHERE address = ?", arguments: [isShared, address.description])
        }
    }

    @concurrent
    package func backup(to copy: String) async throws {
        try DatabaseFile.backup(path, to: copy)
    }

    package func close() throws {
        try database.close()
    }
}

extension Schema {
    /// The people behind addresses.
    static let people = Schema(steps: [
        """
        CREATE TABLE person (
            id TEXT PRIMARY KEY,
            created INTEGER NOT NULL,
            merged_into TEXT
        ) WITHOUT ROWID;
        CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;
        CREATE TABLE address (
            address TEXT PRIMARY KEY,
            person TEXT NOT NULL,
            trust TEXT NOT NULL,
            evidence TEXT NOT NULL,
            at INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX address_person ON address (person);
        CREATE TABLE link_event (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            person TEXT NOT NULL,
            other TEXT NOT NULL,
            actor TEXT NOT NULL,
            evidence TEXT NOT NULL,
            at INTEGER NOT NULL
        );
        CREATE TABLE code (
            code TEXT PRIMARY KEY,
            address TEXT NOT NULL,
            expires INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE attempt (
            address TEXT PRIMARY KEY,
            count INTEGER NOT NULL,
            until INTEGER NOT NULL
        ) WITHOUT ROWID;
        CREATE TABLE note (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            person TEXT NOT NULL,
            author TEXT NOT NULL,
            text TEXT NOT NULL,
            at INTEGER NOT NULL
        );
        CREATE INDEX note_person ON note (person, number);
        CREATE TABLE tag (
            person TEXT NOT NULL,
            tag TEXT NOT NULL,
            PRIMARY KEY (person, tag)
        ) WITHOUT ROWID;
        CREATE TABLE preference (
            person TEXT NOT NULL,
            key TEXT NOT NULL,
            value TEXT NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (person, key)
        ) WITHOUT ROWID;
        CREATE TABLE consent (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            person TEXT NOT NULL,
            purpose TEXT NOT NULL,
            channel TEXT NOT NULL,
            is_given INTEGER NOT NULL,
            text_version TEXT NOT NULL,
            proof TEXT NOT NULL,
            at INTEGER NOT NULL
        );
        CREATE INDEX consent_person ON consent (person, number);
        CREATE TABLE tombstone (
            person TEXT PRIMARY KEY,
            actor TEXT NOT NULL,
            at INTEGER NOT NULL
        ) WITHOUT ROWID;
        """,
        // The ledger is the service's own, beside the events that its lines follow from; this one was never used.
        "DROP TABLE consent;",
        "ALTER TABLE address ADD COLUMN is_shared INTEGER NOT NULL DEFAULT 0;",
        """
        CREATE TABLE request (
            address TEXT NOT NULL,
            kind TEXT NOT NULL,
            customer TEXT NOT NULL,
            contact TEXT NOT NULL,
            language TEXT,
            at INTEGER NOT NULL,
            PRIMARY KEY (address, kind)
        ) WITHOUT ROWID;
        """,
    ])
}
