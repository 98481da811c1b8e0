//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import GRDB

/// What customers have asked for about their data. It stays until somebody of the company has done it or said no.
extension CustomerBook {
    package struct Request: Hashable, Sendable, Codable {
        package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
            /// A copy of what is kept.
            case export
            /// That what is kept be deleted.
            case erase
        }

        package let kind: Kind
        /// Where it came from, and where the answer goes.
        package let customer: CustomerAddress
        package let contact: ContactAddress
        package let language: String?
        /// Milliseconds since 1970.
        package let at: Int64

        package init(
            kind: Kind, customer: CustomerAddress, contact: ContactAddress, language: String?, at: Int64
        ) {
            self.kind = kind
            self.customer = customer
            self.contact = contact
            self.language = language
            self.at = at
        }
    }

    /// What came of it.
    package enum RequestOutcome: Hashable, Sendable {
        case kept
        /// The same has been asked from the same address before.
        case alreadyThere
        /// There are as many as anybody could look at.
        case tooMany
    }

    /// Keeps what a customer asks for.
    package func keep(_ request: Request, of address: CanonicalAddress) async throws -> RequestOutcome {
        try await database.write { database in
            let isThere = try Bool.fetchOne(
                database, sql: "SELECT 1 FROM request WHERE address = ? AND kind = ?",
                arguments: [address.description, request.kind.rawValue])
            if isThere != nil { return .alreadyThere }
            let count = try Int.fetchOne(database, sql: "SELECT count(*) FROM request") ?? 0
            guard count < Limits.requests else { return .tooMany }
            try database.execute(
                sql: "INSERT INTO request (address, kind, customer, contact, language, at) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    address.description, request.kind.rawValue, request.customer.rawValue, request.contact.rawValue,
                    request.language, request.at,
                ])
            return .kept
        }
    }

    /// Everything that is asked for, oldest first.
    package func requests() async throws -> [Request] {
        try await database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM request ORDER BY at, address, kind").compactMap {
                Self.request($0)
            }
        }
    }

    /// What is asked for from some addresses, oldest first.
    package func requests(of addresses: [CanonicalAddress]) async throws -> [Request] {
        try await database.read { database in
            try addresses.flatMap { address in
                try Row.fetchAll(
                    database, sql: "SELECT * FROM request WHERE address = ?", arguments: [address.description]
                ).compactMap { Self.request($0) }
            }.sorted { $0.at < $1.at }
        }
    }

    /// What was asked for is done, or will not be. Returns what it was.
    package func settle(_ kind: Request.Kind, of addresses: [CanonicalAddress]) async throws -> [Request] {
        try await database.write { database in
            var settled: [Request] = []
            for address in addresses.map(\.description) {
                settled += try Row.fetchAll(
                    database, sql: "SELECT * FROM request WHERE address = ? AND kind = ?",
                    arguments: [address, kind.rawValue]
                ).compactMap { Self.request($0) }
                try database.execute(
                    sql: "DELETE FROM request WHERE address = ? AND kind = ?", arguments: [address, kind.rawValue])
            }
            return settled
        }
    }

    private static func request(_ row: Row) -> Request? {
        guard let kind = Request.Kind(rawValue: row["kind"]) else { return nil }
        return Request(
            kind: kind, customer: CustomerAddress(row["customer"] as String),
            contact: ContactAddress(row["contact"] as String), language: row["language"], at: row["at"])
    }
}
