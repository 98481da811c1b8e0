//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// What is said in rooms.
extension BridgeCore {
    /// Groupchat from an agent.
    mutating func roomText(_ message: Stanza, from: JID, to: JID, _ id: ConversationID, _ turn: inout Turn) {
        guard to.isBare else { return turn.send(message.reply(StanzaError(.badRequest))) }
        guard let room = rooms[id], let occupant = room.occupant(at: from) else {
            if lostRooms.contains(id), let conversation = service.conversations[id],
                conversation.agent == AgentID(from.bareString)
            {
                return lateText(message, from: from, conversation, &turn)
            }
            // XEP-0045 §7.4: only who is in the room may speak there.
            let exists = service.conversations[id] != nil
            return turn.send(message.reply(StanzaError(exists ? .notAcceptable : .itemNotFound)))
        }
        guard let text = body(of: message) else {
            if message.child("subject", Namespace.client) != nil {
                turn.send(message.reply(StanzaError(.forbidden, text: "The subject is the customer's name.")))
            }
            return
        }
        let origin = Origin.room(id, message)
        switch AgentInput(text, atWorkgroup: false) {
        case .text:
            let mark = turn.outgoing.count
            let refused = conversationInputIsRefused(text, occupant.agent, id, from: origin, &turn)
            if !refused { reflect(text, of: occupant, in: room, message, to: room.occupants, at: mark, &turn) }
        case .note:
            conversationInput(text, occupant.agent, id, from: origin, &turn)
        default:
            // Whoever sent it sees that the room has it; nobody else does.
            reflect(text, of: occupant, in: room, message, to: [occupant], at: turn.outgoing.count, &turn)
            conversationInput(text, occupant.agent, id, from: origin, &turn)
        }
    }

    private mutating func conversationInputIsRefused(
        _ text: String, _ agent: AgentID, _ id: ConversationID, from origin: Origin, _ turn: inout Turn
    ) -> Bool {
        let holds = service.conversations[id]?.agent == agent
        conversationInput(text, agent, id, from: origin, &turn)
        return !holds
    }

    /// With the ids that the sender's client gave it: by them it knows its own line (XEP-0045 §7.4, XEP-0359 §2.2).
    private func reflect(
        _ text: String, of occupant: Room.Occupant, in room: Room, _ message: Stanza, to targets: [Room.Occupant],
        at mark: Int, _ turn: inout Turn
    ) {
        for (offset, target) in targets.enumerated() {
            turn.insert(
                room.line(
                    text, from: occupant.nick, to: target.address, id: message.id, originID: originID(of: message)),
                at: mark + offset)
        }
    }

    /// The name that the sender's client gave a message.
    func originID(of message: Stanza) -> String? { message.child("origin-id", StanzaID.namespace)?["id"] }

    /// A customer's text on its way to the agent.
    mutating func relay(_ relay: AgentRelay, _ turn: inout Turn) {
        let text = relay.entry.text
        if relay.toRoom, let room = rooms[relay.conversation], room.holds(relay.agent) {
            say(
                text, from: room.customer.resource, in: room, to: relay.agent,
                as: Self.name(of: relay.entry, in: relay.conversation), &turn)
        } else if let from = addresses.room(of: relay.conversation), let to = address(of: relay.agent) {
            turn.sendDurably(chat(text, from: from, to: to, nick: relay.customerName))
        }
    }

    /// A note is for staff in the room, and for nobody else in the world.
    mutating func show(
        _ entry: TranscriptEntry, in id: ConversationID, from origin: Origin, _ turn: inout Turn
    ) {
        guard let room = rooms[id] else { return answer(origin, "Noted, for staff only.", &turn) }
        for occupant in room.occupants {
            turn.send(
                room.line(
                    Self.text(of: entry), from: nick(of: entry.author, in: room), to: occupant.address,
                    id: origin.stanza?.id ?? "\(id)-\(entry.number)",
                    originID: origin.stanza.flatMap { originID(of: $0) }))
        }
        if case .message = origin { answer(origin, "Noted, for staff only.", &turn) }
    }
}
