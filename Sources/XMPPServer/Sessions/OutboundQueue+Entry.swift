//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

extension OutboundQueue {
    /// A stanza on its way.
    struct Entry: Sendable {
        var stanza: Stanza
        /// It is in a store already and needs no keeping when the session dies.
        var isStored: Bool
        /// The row of the store that it came from.
        var row: Int64?
        /// Where it lies in the archive of the account that it is for; nil if it doesn't.
        var archiveID: ArchiveID?
        /// Set if other sessions were given it, too.
        var shared: SharedDelivery?
        /// Set for messages that came just now: which flush of the offline store they must not overtake, 0 for none.
        var flush: UInt64?
        /// The newest row of the offline store when it came.
        var newestRow: Int64 = 0
        /// When it came, in milliseconds since 1970: what a later delivery says (XEP-0203 §3).
        var arrived = Timestamp.now().milliseconds

        /// About what it takes in memory.
        var byteCount: Int { stanza.content.tree.memorySize }
    }

    /// What is left in memory of a stanza that lies on disk: in the session's own queue there, or in the archive.
    struct Spilled: Sendable {
        var form = StoredQueueEntry.Form.here
        /// About what the stanza takes.
        var byteCount = 0
        var archiveID: ArchiveID?
        /// It needs no keeping when the session dies.
        var isStored = false
        var shared: SharedDelivery?
        var newestRow: Int64 = 0
        var arrived: Int64
    }

    /// A stanza's place in the queue, wherever the stanza lies.
    enum Slot: Sendable {
        case entry(Entry)
        case spilled(Spilled)
        case stretch(Stretch)
    }
}

extension OutboundQueue.Entry {
    /// How it can be had from the account's archive; nil if it can't.
    var formInArchive: StoredQueueEntry.Form? {
        guard archiveID != nil, row == nil, stanza.kind == .message else { return nil }
        return Carbons.original(of: stanza) == nil ? .archived : .copied
    }

    func spilled(_ form: StoredQueueEntry.Form) -> OutboundQueue.Spilled {
        OutboundQueue.Spilled(
            form: form, byteCount: byteCount, archiveID: archiveID, isStored: isStored, shared: shared,
            newestRow: newestRow, arrived: arrived)
    }
}
