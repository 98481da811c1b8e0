//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// The accounts' message archives (XEP-0313): each message once, with a small row for every archive that holds it.
package struct ArchiveStore: Sendable {
    let database: XMPPDatabase

    /// How far back a retraction reaches (XEP-0424): each day is one look into an index.
    static let retractionDays: Int64 = 400
    /// Messages of one sender to one addressee with the same id that are looked at, the latest first. Honest ids are
    /// given once; those of others must not make each write read all that went before.
    static let sameReference = 8

    package init(_ database: XMPPDatabase) {
        self.database = database
    }

    /// Keeps a message in the archives of its owners, as part of a write. An owner that has no account is passed over;
    /// throws `notFound` if none has one.
    @discardableResult
    package func append(_ entry: NewArchiveEntry, in context: WriteContext) throws(StorageError) -> ArchiveAppendResult
    {
        try context.perform { database in
            try append(entry, in: database, context.ledger)
        }
    }

    /// Keeps a message in the archives of its owners.
    @discardableResult
    package func append(_ entry: NewArchiveEntry) async throws(StorageError) -> ArchiveAppendResult {
        try await database.write(bytes: entry.stanza.utf8.count) { try append(entry, in: $0) }
    }

    private func append(
        _ entry: NewArchiveEntry, in database: Database, _ ledger: TransactionLedger
    ) throws -> ArchiveAppendResult {
        precondition((1...2).contains(entry.owners.count), "a message has one or two archives")
        if let originID = entry.originID,
            let earlier = try duplicate(of: entry, entry.reference(originID), in: database)
        {
            return .duplicate(earlier)
        }
        let bytes = entry.stanza.utf8.count
        var owners: [(number: Int64, owner: NewArchiveEntry.Owner)] = []
        for owner in entry.owners where owner.account != owners.first?.owner.account {
            guard let number = try ledger.archive(of: owner.account, in: database) else { continue }
            ledger.add(bytes, to: number)
            owners.append((number, owner))
        }
        guard let first = owners.first else { throw StorageError.notFound }
        let second = owners.count > 1 ? owners[1] : nil
        // A tombstone has to name the message that took the other back (XEP-0424 §4).
        if let retraction = entry.retraction, entry.messageID != nil {
            try bury(retraction, entry, owners: owners, in: database)
        }
        let id = ArchiveID(clock: self.database.archiveClock.next(arrived: entry.arrived))
        let keys = entry.keys(at: id.clock)
        try database.run(
            """
            INSERT INTO archive_message (id, tail, first, second, reference, alias, text, bytes, stanza)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                id.clock, id.tail, first.number, second?.number, keys.reference, keys.alias, entry.body != nil, bytes,
                entry.stanza,
            ])
        if let second {
            try database.run(
                """
                INSERT INTO archive_entry (archive, id, peer, resource, outgoing) VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)
                """,
                [
                    first.number, id.clock, first.owner.peer, first.owner.resource, first.owner.isOutgoing,
                    second.number, id.clock, second.owner.peer, second.owner.resource, second.owner.isOutgoing,
                ])
        } else {
            try database.run(
                "INSERT INTO archive_entry (archive, id, peer, resource, outgoing) VALUES (?, ?, ?, ?, ?)",
                [first.number, id.clock, first.owner.peer, first.owner.resource, first.owner.isOutgoing])
        }
        return .stored(id)
    }

    // MARK: - Messages sent before

    /// The name of the same message, if it was archived today or within the two days before.
    private func duplicate(
        of entry: NewArchiveEntry, _ reference: ArchiveReference, in database: Database
    ) throws -> ArchiveID? {
        let day = ArchiveReference.day(self.database.archiveClock.microseconds)
        let rows = try database.rows(
            """
            SELECT id, tail, stanza FROM archive_message WHERE id IN (
                SELECT id FROM (SELECT id FROM archive_message WHERE reference = ? ORDER BY id DESC LIMIT ?)
                UNION ALL SELECT id FROM (SELECT id FROM archive_message WHERE reference = ? ORDER BY id DESC LIMIT ?)
                UNION ALL SELECT id FROM (SELECT id FROM archive_message WHERE reference = ? ORDER BY id DESC LIMIT ?))
            """,
            [
                reference.key(day: day), Self.sameReference, reference.key(day: day - 1), Self.sameReference,
                reference.key(day: day - 2), Self.sameReference,
            ])
        guard !rows.isEmpty, let text = ArchivedText(entry.stanza) else { return nil }
        for row in rows {
            let id: Int64 = try row.value("id")
            guard let earlier = ArchivedText(try row.value("stanza")), text.saysTheSame(as: earlier),
                try isBetweenTheSame(entry, id: id, in: database)
            else { continue }
            return ArchiveID(clock: id, tail: try row.value("tail"))
        }
        return nil
    }

    /// Whether an earlier message went from the same sender to the same addressee.
    private func isBetweenTheSame(_ entry: NewArchiveEntry, id: Int64, in database: Database) throws -> Bool {
        for owner in entry.owners {
            let row = try database.row(
                """
                SELECT peer, outgoing FROM archive_entry
                WHERE archive = (SELECT number FROM archive WHERE account = ?) AND id = ?
                """,
                [owner.account, id])
            guard let row else { continue }
            let (peer, isOutgoing): (String, Bool) = (try row.value("peer"), try row.value("outgoing"))
            return peer == owner.peer && isOutgoing == owner.isOutgoing
        }
        return false
    }
}
