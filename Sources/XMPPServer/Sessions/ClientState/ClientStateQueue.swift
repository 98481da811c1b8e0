//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// What is kept back from a client nobody looks at (XEP-0352): presence, of which each sender's last one is enough, and
/// messages that say only what somebody's keyboard does. Anything else goes at once, behind what was kept back before
/// it, so that the client sees everything in its order. Pure: the session sends what comes out.
struct ClientStateQueue {
    typealias Entry = OutboundQueue.Entry

    /// Whose what it is: a later one of the same takes its place.
    private struct Key: Hashable {
        let kind: Stanza.Kind
        let from: JID
        /// The other side of a chat that another client of the same account takes part in.
        var to: JID?
        /// Of what has no successor.
        var turn: UInt64 = 0
    }

    /// Most that is kept back; none is kept back if it is 0.
    private let limit: Int
    private(set) var isInactive = false
    private var held: [Key: (turn: UInt64, entry: Entry)] = [:]
    private var turn: UInt64 = 0

    init(limit: Int) {
        self.limit = limit
    }

    /// What waits.
    var count: Int { held.count }

    /// Nobody looks any more.
    mutating func deactivate() {
        isInactive = limit > 0
    }

    /// Somebody looks again, or a new stream begins (§5.2).
    ///
    /// - Returns: what was kept back, in order.
    mutating func activate() -> [Entry] {
        isInactive = false
        return flush()
    }

    /// Takes what is to be delivered.
    ///
    /// - Returns: what goes to the client now, in order.
    mutating func take(_ entry: Entry) -> [Entry] {
        guard isInactive else { return [entry] }
        turn += 1
        guard let key = Self.key(entry, turn) else {
            return held.isEmpty ? [entry] : flush() + [entry]
        }
        held[key] = (turn, entry)
        return held.count > limit ? flush() : []
    }

    private mutating func flush() -> [Entry] {
        guard !held.isEmpty else { return [] }
        defer { held = [:] }
        return held.values.sorted { $0.turn < $1.turn }.map(\.entry)
    }

    /// Nil for what may not wait.
    private static func key(_ entry: Entry, _ turn: UInt64) -> Key? {
        let stanza = entry.stanza
        // What came out of a store is removed there only once the client has it.
        guard !entry.isStored, let from = stanza.from else { return nil }
        switch stanza.kind {
        case .iq:
            return nil
        case .presence:
            // Requests want an answer, and errors tell of something the client has done.
            guard stanza.type == .available || stanza.type == .unavailable else { return nil }
            // In rooms each has its story to tell: who was thrown out, who has another name.
            let isOfRoom = stanza.child("x", "http://jabber.org/protocol/muc#user") != nil
            return Key(kind: .presence, from: from, turn: isOfRoom ? turn : 0)
        case .message:
            guard stanza.type != .error else { return nil }
            guard let copy = carbonCopy(in: stanza.content) else {
                return isChatStateOnly(stanza.content) ? Key(kind: .message, from: from) : nil
            }
            guard isChatStateOnly(copy), let sender = copy["from"].flatMap({ try? JID($0) }) else { return nil }
            return Key(kind: .message, from: sender, to: copy["to"].flatMap { try? JID($0) })
        }
    }

    /// Whether a message says nothing but what somebody does in a chat (XEP-0085 §5.5). Hints, ids and threads are about
    /// a message, not one.
    static func isChatStateOnly(_ message: XMLElement) -> Bool {
        var hasState = false
        for child in message.children {
            if child.namespace == ChatState.namespace {
                hasState = true
            } else if child.namespace != ProcessingHint.namespace, child.namespace != stanzaIDs,
                !child.isNamed("thread", Namespace.client)
            {
                return false
            }
        }
        return hasState
    }

    /// The message of another client inside of a carbon copy (XEP-0280).
    private static func carbonCopy(in message: XMLElement) -> XMLElement? {
        for child in message.children where child.namespace == carbons {
            return child.child("forwarded", forwarding)?.child("message", Namespace.client)
        }
        return nil
    }

    private static let carbons = "urn:xmpp:carbons:2"
    private static let stanzaIDs = "urn:xmpp:sid:0"
    private static let forwarding = "urn:xmpp:forward:0"
}
