//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A session as its account knows it.
package struct BoundSession: Sendable {
    package let resource: String
    package let handle: SessionHandle
    /// Asked for the roster, so it gets pushes (RFC 6121 §2.1.6).
    package var isInterested = false
    /// Asked for the block list, so it is told of changes (XEP-0191 §3.3).
    package var readsBlockList = false
    /// The presence as its client sent it last; nil before the first and after `unavailable`.
    package var ownPresence: Stanza?
    /// The presence as others see it: rewritten by features.
    package var presence: Stanza?
    /// −128…127 (RFC 6121 §4.7.2.3).
    package var priority = 0

    /// The installation of a client that it comes from, as far as it says (XEP-0388 §2.3): the id of its user-agent.
    package var device: String?

    /// The id by which it can be resumed (XEP-0198 §5).
    var resumption: String?
    /// Since when it has had no connection and waits for its client, in milliseconds since 1970; nil while it has one.
    package internal(set) var detachedSince: Int64?

    package var isDetached: Bool { detachedSince != nil }

    /// Reads what it has missed in the archive: waiting messages that are there need not come again (XEP-0313 §6.1.1).
    package var usesArchive = false
    /// Waiting messages up to this row it has read in the archive, if they are there.
    var archivedRows: Int64 = 0

    /// Since when messages to the bare JID have gone to it, by the archive's clock: who has taken them longest is given
    /// what waited, before a restart and after it. `max` as long as they do not.
    var takesSince = Int64.max
    /// It was there when the server died, or stopped: its queue may begin with what it missed.
    var hasOutlivedServer = false
    /// Nothing waited for its account when it was bound, and this was the newest row of the offline store then. Forgotten
    /// when it has taken messages, or has not for a while.
    var emptySince: Int64?
    /// It is new and has not taken messages yet: what waits may be for it.
    var isYoung = true

    /// Whether its client acknowledges is still to be heard when it is added.
    var isUnsettled = false

    /// Wants copies of what its account's other sessions send and are sent (XEP-0280).
    package var carbons = false

    package var isAvailable: Bool { presence != nil }

    /// Whether messages to the bare JID go to it (RFC 6121 §8.5.2.1.1).
    package var takesMessages: Bool { isAvailable && priority >= 0 }

    init(_ handle: SessionHandle) {
        self.handle = handle
        resource = handle.jid.resource ?? ""
    }
}
