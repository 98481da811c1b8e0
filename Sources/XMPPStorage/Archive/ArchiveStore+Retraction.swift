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
        _ retraction: NewArchiveEntry.Retraction, _ entry: NewArchiveEntry, archive: Int64,
        owner: NewArchiveEntry.Owner, in database: Database
    ) throws {
        let reference = ArchiveReference(sender: entry.sender, id: retraction.id, addressee: entry.addressee)
        let today = ArchiveReference.day(self.database.archiveClock.microseconds)
        for day in stride(from: today + 1, to: today - Self.retractionDays, by: -1) {
            let rows = try database.rows(
                "SELECT id, text, first, second, stanza FROM archive_message WHERE reference = ?",
                [reference.key(day: day)])
            for row in rows.reversed() {
                let stanza: String = try row.value("stanza")
                let id: Int64 = try row.value("id")
                guard let text = ArchivedText(stanza), try isTarget(text, retraction),
                    try isFrom(owner, archive: archive, id: id, in: database)
                else { continue }
                if try row.value("text") {
                    try Self.removeText(of: row, in: database)
                }
                try database.run(
                    "UPDATE archive_message SET stanza = ?, text = 0 WHERE id = ?",
                    [text.startTag + ">" + retraction.tombstone + "</message>", id])
                return
            }
        }
    }

    /// Whether this is the message meant. A retraction is none: it has to stay (XEP-0424 §5).
    private func isTarget(_ text: ArchivedText, _ retraction: NewArchiveEntry.Retraction) throws -> Bool {
        (text.originID ?? text.attribute("id")) == retraction.id
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
