//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What a component connection reports, in order.
package enum ComponentEvent: Sendable {
    /// Stanzas may be sent. Without acknowledgements the server is not Switchboard, and its stanza ids prove nothing.
    case connected(session: Int, hasAcknowledgements: Bool)
    /// To be counted by ``ComponentConnection/handled(_:session:)`` when it needs no repetition any more.
    case stanza(Stanza, session: Int)
    /// A first-level element that is no stanza, or one with addresses that are none; to be counted like a stanza.
    case unreadable(StanzaError, session: Int)
    /// Tags of stanzas of ours that the server has taken over.
    case acknowledged([String])
    /// What was sent and not acknowledged may be lost.
    case disconnected(session: Int)
}

/// A stanza to be sent.
package struct OutgoingStanza: Sendable {
    package let stanza: Stanza
    /// Comes back in ``ComponentEvent/acknowledged(_:)``; nil if nobody wants to know. Switchboard takes messages with
    /// the same tag once.
    package let tag: String?

    package init(_ stanza: Stanza, tag: String? = nil) {
        self.stanza = stanza
        self.tag = tag
    }
}
