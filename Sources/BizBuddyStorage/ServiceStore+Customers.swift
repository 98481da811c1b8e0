//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import FoundationEssentials
import GRDB

/// What is kept of single customers: the consent ledger, and finding and deleting everything.
extension ServiceStore {
    /// How much there is beside the state.
    package struct Kept: Hashable, Sendable, Codable {
        /// Closed ones.
        package var conversations = 0
        /// Messages that wait for the host.
        package var outgoing = 0
        /// Contacts whose presence the customer sees.
        package var subscriptions = 0
        package var consents = 0
        /// Whether the customer was given the company's contacts, and how.
        package var introductions = 0
    }

    /// The ledger's lines about some addresses, oldest first.
    package func consents(of customers: [CustomerAddress]) async throws -> [Consent] {
        try await database.read { database in
            try customers.flatMap { customer in
                try Data.fetchAll(
                    database, sql: "SELECT body FROM consent WHERE customer = ? ORDER BY number",
                    arguments: [customer.rawValue]
                ).map { try JSONDecoder().decode(Consent.self, from: $0) }
            }.sorted { $0.at < $1.at }
        }
    }

    /// Contacts whose presence some addresses have subscribed to.
    package func contacts(subscribedBy customers: [CustomerAddress]) async throws -> [String] {
        try await database.read { database in
            try customers.flatMap { customer in
                try String.fetchAll(
                    database, sql: "SELECT contact FROM contact_subscriber WHERE subscriber = ? ORDER BY contact",
                    arguments: [customer.rawValue])
            }
        }
    }

    /// What there is of some addresses, without looking into it.
    package func kept(of customers: [CustomerAddress]) async throws -> Kept {
        try await database.read { database in
            var kept = Kept()
            for customer in customers.map(\.rawValue) {
                func count(_ sql: String) throws -> Int {
                    try Int.fetchOne(database, sql: sql, arguments: [customer]) ?? 0
                }
                kept.conversations += try count("SELECT count(*) FROM conversation WHERE customer = ?")
                kept.subscriptions += try count("SELECT count(*) FROM contact_subscriber WHERE subscriber = ?")
                kept.consents += try count("SELECT count(*) FROM consent WHERE customer = ?")
                kept.introductions += try count("SELECT count(*) FROM introduction WHERE customer = ?")
                kept.outgoing += try count("SELECT count(*) FROM outbox WHERE recipient = ?")
            }
            return kept
        }
    }

    /// Deletes what is kept of some addresses, and what is left of it in the file and in its log. `open` are their
    /// conversations that were not closed: what waits to be told to staff of them goes as well.
    ///
    /// A snapshot of a state without them has to be committed before, for the log's events hold what they said.
    package func erase(_ customers: [CustomerAddress], open: [ConversationID]) async throws -> Kept {
        let kept = try await database.write { database in
            var kept = Kept()
            var conversations = open.map(\.rawValue)
            for customer in customers.map(\.rawValue) {
                func delete(_ sql: String, _ arguments: StatementArguments? = nil) throws -> Int {
                    try database.execute(sql: sql, arguments: arguments ?? [customer])
                    return database.changesCount
                }
                conversations += try String.fetchAll(
                    database, sql: "SELECT id FROM conversation WHERE customer = ?", arguments: [customer])
                kept.conversations += try delete("DELETE FROM conversation WHERE customer = ?")
                kept.subscriptions += try delete("DELETE FROM contact_subscriber WHERE subscriber = ?")
                kept.consents += try delete("DELETE FROM consent WHERE customer = ?")
                kept.introductions += try delete("DELETE FROM introduction WHERE customer = ?")
                kept.outgoing += try delete(
                    "DELETE FROM outbox WHERE recipient = ? OR substr(recipient, 1, ?) = ?",
                    [customer, customer.count + 1, customer + "/"])
            }
            kept.outgoing += try Self.deleteOutgoing(naming: conversations + customers.map(\.rawValue), database)
            return kept
        }
        try await emptyLog()
        return kept
    }

    /// Names of conversations are unguessable, so a stanza that names one is about it; staff are told of customers by
    /// their addresses.
    private static func deleteOutgoing(naming all: [String], _ database: Database) throws -> Int {
        guard !all.isEmpty else { return 0 }
        let names = all.map { Array($0.utf8) }
        var found: [Int64] = []
        let rows = try Row.fetchCursor(database, sql: "SELECT number, payload FROM outbox")
        while let row = try rows.next() {
            let payload = Array(try row.decode(Data.self, forColumn: "payload"))
            if names.contains(where: { Self.names(payload, $0) }) {
                found.append(try row.decode(forColumn: "number"))
            }
        }
        for number in found {
            try database.execute(sql: "DELETE FROM outbox WHERE number = ?", arguments: [number])
        }
        return found.count
    }

    /// Whether a name stands in a text, and not as a part of a longer one.
    private static func names(_ payload: [UInt8], _ name: [UInt8]) -> Bool {
        func isPart(_ index: Int) -> Bool {
            guard payload.indices.contains(index) else { return false }
            return switch payload[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), 0x80...0xff:
                true
            default: false
            }
        }
        return payload.ranges(of: name).contains { range in
            let isLonger = range.upperBound < payload.count && payload[range.upperBound] == UInt8(ascii: ".")
            let isShorter = range.lowerBound > 0 && payload[range.lowerBound - 1] == UInt8(ascii: ".")
            return !isPart(range.lowerBound - 1) && !isPart(range.upperBound)
                && !(isLonger && isPart(range.upperBound + 1)) && !(isShorter && isPart(range.lowerBound - 2))
        }
    }

    static func write(_ consents: [Consent], _ encoder: JSONEncoder, _ database: Database) throws {
        guard !consents.isEmpty else { return }
        let insert = try database.cachedStatement(sql: "INSERT INTO consent (customer, at, body) VALUES (?, ?, ?)")
        for consent in consents {
            try insert.execute(arguments: [
                consent.customer.rawValue, consent.at.milliseconds, try encoder.encode(consent),
            ])
        }
    }
}

extension Schema {
    /// Step of ``service``: who said yes or no to what. Committed with the events it follows from.
    static let consents = """
        CREATE TABLE consent (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            customer TEXT NOT NULL,
            at INTEGER NOT NULL,
            body BLOB NOT NULL
        );
        CREATE INDEX consent_customer ON consent (customer, number);
        """
}
