//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPStorage

/// The right to resume a session, and how much of the session is on disk.
///
/// Every session whose client acknowledges has one. If the client has not asked to resume it, it waits no seconds: what
/// it has not acknowledged is given away as soon as the connection is lost, and after the death of the process at the
/// next start.
struct Resumption: Sendable {
    /// Unpredictable; what the client asks for.
    let id: String
    /// The session's number in the store.
    let key: Int64
    /// How long the session waits for its client, in seconds; 0: not at all.
    let seconds: Int
    /// The count of handled stanzas that was last handed to the writer.
    var marked: UInt32 = 0
    /// The one that is known to be on disk: the client is told no other.
    var durable: UInt32 = 0
    var position: ArchivePosition
    /// Since when the session has been there, by the archive's clock.
    let began: Int64
    /// Since when it has been given messages as it is now, by the same clock, and whether those to the bare JID go to it,
    /// and copies.
    var since: Int64 = 0
    private var takesMessages = false
    private var hasCarbons = false
    private var messages = Beginning()
    private var copies = Beginning()

    /// The first of what it was given in a way, by the archive's clock.
    private struct Beginning {
        /// What it was given first.
        var first = Int64.max
        /// The first that it can have been given; nil as long as it is given none.
        var since: Int64?
    }

    /// The first messages for the bare JID, and the first copies, that it can have been given.
    var messagesSince: Int64 { messages.since ?? 0 }
    var copiesSince: Int64 { copies.since ?? 0 }
    /// What the store knows of the session's state.
    var status: SessionStatus?
    /// Entries of the queue up to this place are in the store, too.
    var storedThrough: Int64?
    /// Set if sessions of the account have missed something while the server was dead.
    var backlog: Backlog?
    /// What the client knew of others' presence is out of date.
    var needsPresence = false
    /// Version of the account's roster when the session began to be kept.
    let rosterVersion: Int64
    /// What the client was told of changes before the server died may be lost.
    var needsChanges = false

    /// The client knows the id, and may come back.
    var isOffered: Bool { seconds > 0 }

    init(id: String, key: Int64, seconds: Int, position: ArchivePosition, began: Int64, rosterVersion: Int64) {
        self.id = id
        self.key = key
        self.seconds = seconds
        self.position = position
        self.began = began
        self.rosterVersion = rosterVersion
    }

    /// Takes note of what the session was given before the server stopped.
    mutating func wasGiven(messages: Bool, copies: Bool, _ status: SessionStatus) {
        takesMessages = messages
        hasCarbons = copies
        if messages || status.messagesSince > 0 { self.messages.since = status.messagesSince }
        if copies || status.copiesSince > 0 { self.copies.since = status.copiesSince }
    }

    /// Takes note of what the session is given from now on. Of what came before nobody will be able to say that it was.
    mutating func isGiven(messages: Bool, copies: Bool) {
        let now = ArchiveClock.arrivals()
        if messages && !takesMessages || copies && !hasCarbons { since = now }
        takesMessages = messages
        hasCarbons = copies
        if messages, self.messages.since == nil { self.messages.since = min(now, self.messages.first) }
        if copies, self.copies.since == nil { self.copies.since = min(now, self.copies.first) }
    }

    /// Whether a message came before all of its kind that it was given, as far as can be said without a look at it.
    func isEarly(_ id: ArchiveID) -> Bool { id.clock < max(messages.first, copies.first) }

    /// Takes note of a message that it is given; true if the store is to know. What it is given just after it has switched
    /// something on can have come before that.
    mutating func gives(_ id: ArchiveID, isCopy: Bool) -> Bool {
        isCopy ? Self.note(id, &copies) : Self.note(id, &messages)
    }

    private static func note(_ id: ArchiveID, _ beginning: inout Beginning) -> Bool {
        beginning.first = min(beginning.first, id.clock)
        guard let since = beginning.since, id.clock < since else { return false }
        beginning.since = id.clock
        return true
    }
}

/// Counts a stanza as handled, in the transaction of what it causes (XEP-0198 §4): a server that dies between the commit
/// and the acknowledgement knows that it has the stanza.
struct HandledMark: Sendable {
    /// Nothing but the count is written, which cannot fail by itself.
    let isCount: Bool
    /// To be run inside of the operation.
    let write: @Sendable (WriteContext) throws(StorageError) -> Void
    /// To be called once the operation is committed.
    let committed: @Sendable () -> Void
    /// To be called if it is not.
    let failed: @Sendable () -> Void
}
