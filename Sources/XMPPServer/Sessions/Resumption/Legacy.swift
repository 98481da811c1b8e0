//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPStorage

/// What a session leaves behind when it ends (XEP-0198 §5).
struct Legacy: Sendable {
    /// The session's end as the store is to remember it.
    struct End: Sendable {
        let key: Int64
        /// Nil if its client cannot ask for it.
        let id: String?
        let handled: UInt32
        /// How far its client had come, for those who have missed the same.
        let position: ArchivePosition
        let backlog: Backlog?
    }

    private(set) var slots: [(ordinal: Int64, slot: OutboundQueue.Slot)]
    /// Set if the store knows the session.
    let end: End?
    /// Rows of the offline store that have arrived.
    let arrivedRows: [Int64]

    init(_ outbound: inout OutboundQueue, of resumption: Resumption?, handled: UInt32) {
        arrivedRows = outbound.acknowledgedRows
        slots = outbound.drainSlots()
        end = resumption.map {
            End(
                key: $0.key, id: $0.isOffered ? $0.id : nil, handled: handled, position: $0.position,
                backlog: $0.backlog)
        }
    }

    /// Some of it is not listed.
    var hasStretches: Bool {
        slots.contains { if case .stretch = $0.slot { true } else { false } }
    }

    func with(_ slots: [(ordinal: Int64, slot: OutboundQueue.Slot)]) -> Legacy {
        var result = self
        result.slots = slots
        return result
    }

    init(_ entries: [OutboundQueue.Entry]) {
        slots = []
        end = nil
        arrivedRows = []
        append(entries)
    }

    mutating func append(_ entries: [OutboundQueue.Entry]) {
        var next = (slots.last?.ordinal ?? -1) + 1
        for entry in entries {
            slots.append((next, .entry(entry)))
            next += 1
        }
    }
}

extension OutboundQueue.Entry {
    /// The message as it was addressed to the account; nil for copies of what the account itself has sent (XEP-0280).
    var original: Stanza? {
        guard stanza.kind == .message, let copied = Carbons.original(of: stanza) else { return stanza }
        return copied.direction == .received ? copied.message : nil
    }
}
