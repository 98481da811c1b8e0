//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
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

    /// What is left in memory of a stanza that lies on disk.
    struct Spilled: Sendable {
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
    }
}
