//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore

/// One step of the service with everything that must be true together: what happened, what of the host's it came
/// from, what the outside still has to get.
package struct ServiceChange: Sendable {
    /// Commands in the order in which they were applied.
    package var events: [RecordedCommand]
    /// Ids the host gave to the stanzas behind the events; repetitions of them are dropped.
    package var processedStanzaIDs: [String]
    package var outgoing: [OutgoingRow]
    /// Conversations that ended, for the archive.
    package var closed: [Conversation]
    /// What counted in them.
    package var facts: [Fact]
    /// What customers agreed to, and what no longer.
    package var consents: [Consent]
    /// The state after the events, when `ServiceStore.isSnapshotDue` asked for it or at a clean end.
    package var snapshot: ServiceState?

    package init(
        events: [RecordedCommand] = [], processedStanzaIDs: [String] = [], outgoing: [OutgoingRow] = [],
        closed: [Conversation] = [], facts: [Fact] = [], consents: [Consent] = [],
        snapshot: ServiceState? = nil
    ) {
        self.consents = consents
        self.facts = facts
        self.events = events
        self.processedStanzaIDs = processedStanzaIDs
        self.outgoing = outgoing
        self.closed = closed
        self.snapshot = snapshot
    }
}

/// A command and the moment at which it was applied.
package struct RecordedCommand: Hashable, Sendable {
    package let command: Command
    package let at: Instant

    package init(_ command: Command, at: Instant) {
        self.command = command
        self.at = at
    }
}

/// A stanza on its way out, kept until the host has acknowledged it.
package struct OutgoingRow: Hashable, Sendable {
    /// Unique; the receiver recognises a repetition by it.
    package let id: String
    /// Where it goes, for the log and for errors.
    package let recipient: String
    package let payload: [UInt8]
    /// When it was said.
    package let at: Instant

    package init(id: String, recipient: String, payload: [UInt8], at: Instant) {
        self.id = id
        self.recipient = recipient
        self.payload = payload
        self.at = at
    }
}
