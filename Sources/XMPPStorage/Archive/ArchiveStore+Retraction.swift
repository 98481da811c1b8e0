//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

extension ArchiveStore {
    /// Puts the tombstone into the place of the message that is retracted, if it is in the archive and of the same sender
    /// to the same addressee (XEP-0424 §4). The text is gone from the message and from the full text.
    func bury(
        _ retraction: NewArchiveEntry.Retraction, _ entry: NewArchiveEntry,
        owners: [(number: Int64, owner: NewArchiveEntry.Owner)], in database: Database
    ) throws {
        let today = ArchiveReference.day(self.database.archiveClock.microseconds)
        let rows = try database.rows(
            """
            WITH RECURSIVE day (key) AS (SELECT ? UNION ALL SELECT key - ? FROM day LIMIT ?)
            SELECT id, text, first, second, stanza FROM archive_message WHERE id IN (
                SELECT id FROM (
                    SELECT id FROM day CROSS JOIN archive_message ON reference = key
                    UNION ALL SELECT id FROM day CROSS JOIN archive_message ON alias = key
                    LIMIT ?))
            ORDER BY id DESC
            """,
            [
                entry.reference(retraction.id).key(day: today + 1), ArchiveReference.dayLength, Self.retractionDays,
                Self.sameReference,
            ])
        // Where each side brought its own archive along, each has its own copy.
        var left = owners
        var buried: Substring?
        for row in rows where !left.isEmpty {
            let id: Int64 = try row.value("id")
            guard let text = ArchivedText(try row.value("stanza")), isTarget(text, retraction),
                buried == nil || buried == text.content
            else { continue }
            // One of the two may not have it any more.
            let holders = try left.filter { try isFrom($0.owner, archive: $0.number, id: id, in: database) }
            guard !holders.isEmpty else { continue }
            left.removeAll { owner in holders.contains { $0.number == owner.number } }
            buried = text.content
            if try row.value("text") { try Self.removeText(of: row, in: database) }
            try database.run(
                "UPDATE archive_message SET stanza = ?, text = 0 WHERE id = ?",
                [text.startTag + ">" + retraction.tombstone + "</message>", id])
        }
    }

    /// Whether this is the message meant: by its id, or by the origin id, as older clients do it (XEP-0424 before 0.4.0).
    /// A retraction is none: it has to stay (XEP-0424 §5).
    private func isTarget(_ text: ArchivedText, _ retraction: NewArchiveEntry.Retraction) -> Bool {
        (text.attribute("id") == retraction.id || text.originID == retraction.id)
            && !text.hasChild("retract", "urn:xmpp:message-retract:1")
    }

    /// Whether the message went the same way between the same two as the retraction does.
    private func isFrom(
        _ owner: NewArchiveEntry.Owner, archive: Int64, id: Int64, in database: Database
    ) throws -> Bool {
        let row = try database.row(
            "SELECT peer, outgoing FROM archive_entry WHERE archive = ? AND id = ?", [archive, id])
        guard let row else { return false }
        let (peer, isOutgoing): (String, Bool) = (try row.value("peer"), try row.value("outgoing"))
        return peer == owner.peer && isOutgoing == owner.isOutgoing
    }
}
