//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import GRDB

/// A session that may be resumed, as the store knows it.
package struct StoredSession: Sendable, Equatable {
    /// The server's number for it; never used again.
    package var key: Int64
    /// What the client asks for; unpredictable.
    package var id: String
    /// Bare JID.
    package var account: String
    package var resource: String
    /// The installation of a client that it belongs to, where that is known.
    package var device: String?
    /// How long it waits for its client, in seconds.
    package var seconds: Int
    /// Since when it has been there, by the archive's clock.
    package var began: Int64
    /// Version of the account's roster when the session began to be kept: what its client knows is no older.
    package var rosterVersion: Int64
    package var status: SessionStatus
    package var counters: SessionCounters
    /// Only of a session whose queue is in the store with nothing missing.
    package var rest: SessionRest?

    package init(
        key: Int64, id: String, account: String, resource: String, device: String?, seconds: Int, began: Int64 = 0,
        rosterVersion: Int64 = 0, status: SessionStatus, counters: SessionCounters, rest: SessionRest? = nil
    ) {
        self.key = key
        self.id = id
        self.account = account
        self.resource = resource
        self.device = device
        self.seconds = seconds
        self.began = began
        self.rosterVersion = rosterVersion
        self.status = status
        self.counters = counters
        self.rest = rest
    }

    init(row: Row) throws {
        key = try row.value("key")
        id = try row.value("id")
        account = try row.value("account")
        resource = try row.value("resource")
        device = try row.optional("device")
        seconds = try row.value("seconds")
        began = try row.value("began")
        rosterVersion = try row.value("roster")
        let directed: String = try row.value("directed")
        status = SessionStatus(
            isInterested: try row.value("interested"), hasCarbons: try row.value("carbons"),
            usesArchive: try row.value("archive"), presence: try row.optional("presence"),
            directed: directed.split(separator: "\n").map { String($0) }, since: try row.value("since"),
            archivedRows: try row.value("archived_rows"), messagesSince: try row.value("messages_since"),
            copiesSince: try row.value("copies_since"))
        counters = try SessionCounters(row: row)
        if let written: Int = try row.optional("written"), let remaining: Int = try row.optional("remaining") {
            rest = SessionRest(written: written, remaining: remaining)
        }
    }
}

/// What a session's client has made known, and what it has switched on.
package struct SessionStatus: Sendable, Equatable {
    /// It asked for the roster.
    package var isInterested: Bool
    package var hasCarbons: Bool
    /// It reads messages from the archive.
    package var usesArchive: Bool
    /// Its last presence, serialised; nil if it has none.
    package var presence: String?
    /// Who has had its presence beside the contacts.
    package var directed: [String]
    /// Since when messages have been given to it as they are now, by the archive's clock.
    package var since: Int64
    /// Rows of the offline store up to this one it has read in the archive, if they are there.
    package var archivedRows: Int64
    /// The first messages for the bare JID, and the first copies, that it can have been given, by the archive's clock; 0 if
    /// that is not known.
    package var messagesSince: Int64
    package var copiesSince: Int64

    package init(
        isInterested: Bool = false, hasCarbons: Bool = false, usesArchive: Bool = false, presence: String? = nil,
        directed: [String] = [], since: Int64 = 0, archivedRows: Int64 = 0, messagesSince: Int64 = 0,
        copiesSince: Int64 = 0
    ) {
        self.isInterested = isInterested
        self.hasCarbons = hasCarbons
        self.usesArchive = usesArchive
        self.presence = presence
        self.directed = directed
        self.since = since
        self.archivedRows = archivedRows
        self.messagesSince = messagesSince
        self.copiesSince = copiesSince
    }
}

/// How far both sides of a session have come, modulo 2³².
package struct SessionCounters: Sendable, Equatable {
    /// The client's stanzas that have been taken care of.
    package var handled: UInt32
    /// Stanzas that the client has acknowledged.
    package var acknowledged: UInt32
    /// Up to this value of the archive's clock the client has had everything.
    package var position: Int64
    /// Messages after it that the client has had too, by the archive's clock.
    package var recent: [Int64]

    package init(handled: UInt32 = 0, acknowledged: UInt32 = 0, position: Int64 = 0, recent: [Int64] = []) {
        self.handled = handled
        self.acknowledged = acknowledged
        self.position = position
        self.recent = recent
    }

    init(row: Row) throws {
        handled = try row.value("handled")
        acknowledged = try row.value("acknowledged")
        position = try row.value("position")
        let text: String = try row.value("recent")
        recent = text.split(separator: " ").compactMap { Int64($0) }
    }

    var recentText: String { recent.map { String($0) }.joined(separator: " ") }
}

/// How a session was left on a clean stop.
package struct SessionRest: Sendable, Equatable {
    /// Nobody knows how many: the server had died before, and the client has not come since.
    package static let unknown = -1

    /// Entries at the front of the queue that had been sent.
    package var written: Int
    /// Seconds that it is still to wait for its client.
    package var remaining: Int

    package init(written: Int, remaining: Int) {
        self.written = written
        self.remaining = remaining
    }
}

/// A stanza that waits for a session's client.
package struct StoredQueueEntry: Sendable, Equatable {
    /// Its place: they increase along the queue.
    package var ordinal: Int64
    /// How its stanza is to be had.
    package enum Form: Int, Sendable {
        /// It is in the row.
        case here
        /// It is the message of that name in the account's archive.
        case archived
        /// It is a copy of that (XEP-0280).
        case copied
        /// It stands for what the account's archive holds behind that name and up to the one in the row, as far as the session
        /// was to be given it.
        case missed
        /// It is no stanza: what stands behind it waits for what the offline store has to give.
        case gate
    }

    package var form: Form
    /// The stanza, serialised; empty if it is not in the row.
    package var stanza: String
    /// Its name in the account's archive, if it is there.
    package var archiveID: ArchiveID?
    /// When it came, in milliseconds since 1970.
    package var arrived: Int64
    /// Nobody misses it if it doesn't arrive.
    package var isStored: Bool
    /// What it has in common with what other sessions were given of the same message; 0 if one of them has had it.
    package var shared: Int64?

    package init(
        ordinal: Int64, form: Form = .here, stanza: String, archiveID: ArchiveID?, arrived: Int64,
        isStored: Bool = false, shared: Int64? = nil
    ) {
        self.ordinal = ordinal
        self.form = form
        self.isStored = isStored
        self.shared = shared
        self.stanza = stanza
        self.archiveID = archiveID
        self.arrived = arrived
    }

    /// A part of the archive that nobody has looked at.
    package init(missedAfter after: ArchiveID, through: ArchiveID, ordinal: Int64, arrived: Int64) {
        self.init(ordinal: ordinal, form: .missed, stanza: through.description, archiveID: after, arrived: arrived)
    }

    /// The place behind which all waits for the offline store.
    package init(gateAt ordinal: Int64) {
        self.init(ordinal: ordinal, form: .gate, stanza: "", archiveID: nil, arrived: 0)
    }

    /// That part; nil if the row is none.
    package var missed: (after: ArchiveID, through: ArchiveID)? {
        guard form == .missed, let after = archiveID, let through = ArchiveID(stanza) else { return nil }
        return (after, through)
    }

    init(row: Row) throws {
        ordinal = try row.value("ordinal")
        stanza = try row.value("stanza")
        let archived: String? = try row.optional("archived")
        archiveID = archived.flatMap { ArchiveID($0) }
        arrived = try row.value("arrived")
        isStored = try row.value("stored")
        shared = try row.optional("shared")
        form = Form(rawValue: try row.value("form")) ?? .here
    }
}
