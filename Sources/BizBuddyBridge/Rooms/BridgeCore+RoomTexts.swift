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
        guard let text = body(of: message) ?? MessageParts.link(in: message) else {
            if message.child("subject", Namespace.client) != nil {
                turn.send(message.reply(StanzaError(.forbidden, text: "The subject is the customer's name.")))
            } else {
                staffSignal(message, occupant.agent, id, &turn)
            }
            return
        }
        let origin = Origin.room(id, message)
        let isAmongStaff = service.conversations[id]?.company[occupant.agent].map { $0.part != .guest } ?? false
        switch StaffInput(text, atWorkgroup: false) {
        case .text where !isAmongStaff:
            let mark = turn.outgoing.count
            let refused = conversationInputIsRefused(text, occupant.agent, id, from: origin, &turn)
            if !refused { reflect(text, of: occupant, in: room, message, to: room.occupants, at: mark, &turn) }
        case .text:
            conversationInput(text, occupant.agent, id, from: origin, &turn)
        case .verb(let verb, _) where verb.comesBack:
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
        let holds = service.conversations[id]?.admits(agent) == true
        conversationInput(text, agent, id, from: origin, &turn)
        return !holds
    }

    /// With the ids that the sender's client gave it: by them it knows its own line (XEP-0045 §7.4, XEP-0359 §2.2).
    private func reflect(
        _ text: String, of occupant: Room.Occupant, in room: Room, _ message: Stanza, to targets: [Room.Occupant],
        at mark: Int, _ turn: inout Turn
    ) {
        let passing = message.content.children.filter { child in
            [
                MessageCorrection.namespace, MessageReply.namespace, FallbackIndication.namespace,
                OutOfBandLink.namespace, DisplayedMarker.namespace,
            ].contains(child.namespace)
        }
        for (offset, target) in targets.enumerated() {
            turn.insert(
                room.line(
                    text, from: occupant.nick, to: target.address, id: message.id, payloads: passing,
                    originID: originID(of: message)),
                at: mark + offset)
        }
    }

    /// The name that the sender's client gave a message.
    func originID(of message: Stanza) -> String? { message.child("origin-id", StanzaID.namespace)?["id"] }

    /// A customer's text on its way to the agent.
    mutating func relay(_ relay: AgentRelay, _ turn: inout Turn) {
        let text = relay.entry.text
        if relay.toRoom, let room = rooms[relay.conversation], room.holds(relay.agent) {
            let isOwner = service.conversations[relay.conversation]?.agent == relay.agent
            say(
                text, from: room.customer.resource, in: room, to: relay.agent,
                as: Self.name(of: relay.entry, in: relay.conversation),
                beside: parts(of: relay.entry, in: room, for: relay),
                isTheirs: isOwner, &turn)
        } else if let from = addresses.room(of: relay.conversation), let to = address(of: relay.agent) {
            // One text may go to several people in this way, so it is kept under another name than it has.
            turn.sendDurably(
                chat(
                    text, from: from, to: to, nick: relay.customerName,
                    payloads: parts(of: relay.entry, in: nil, for: relay),
                    as: Self.name(of: relay.entry, in: relay.conversation) + Conversation.chatSuffix), row: freshID())
        }
    }

    /// What goes to staff beside a customer's words.
    private func parts(of entry: TranscriptEntry, in room: Room?, for relay: AgentRelay) -> [XMLElement] {
        guard let conversation = service.conversations[relay.conversation] else { return [] }
        return MessageParts.payloads(
            of: entry, in: conversation,
            author: { answered in
                if let room { return nick(of: answered.author, in: room).flatMap { room.nickAddress($0) } }
                return answered.author == .customer
                    ? addresses.room(of: relay.conversation) : answered.author.person.flatMap { address(of: $0) }
            }, name: { conversation.staffName(of: $0) })
    }

    /// A note is for staff, and for nobody else in the world.
    mutating func show(
        _ entry: TranscriptEntry, in id: ConversationID, from origin: Origin, _ turn: inout Turn
    ) {
        for occupant in rooms[id]?.occupants ?? [] {
            guard let room = rooms[id] else { break }
            turn.send(
                room.line(
                    Self.text(of: entry), from: nick(of: entry.author, in: room), to: occupant.address,
                    id: origin.stanza?.id ?? "\(id)-\(entry.number)",
                    originID: origin.stanza.flatMap { originID(of: $0) }))
        }
        tellOutside(entry, in: id, &turn)
        switch origin {
        case .message, .command: answer(origin, "Noted, for staff only.", &turn)
        case .nobody, .client, .room, .request, .pendingCommand: return
        }
    }

    /// Words to the customer, for staff who share the conversation; the room has shown them where they were said there.
    mutating func showWords(
        _ entry: TranscriptEntry, in id: ConversationID, from origin: Origin, _ turn: inout Turn
    ) {
        tellOutside(entry, in: id, &turn)
        if case .room = origin { return }
        guard let room = rooms[id] else { return }
        for occupant in room.occupants {
            turn.send(
                room.line(
                    entry.text, from: nick(of: entry.author, in: room), to: occupant.address,
                    id: "\(id)-\(entry.number)"))
        }
    }

    /// Tells staff who are in the conversation and not in its room.
    private mutating func tellOutside(_ entry: TranscriptEntry, in id: ConversationID, _ turn: inout Turn) {
        guard let from = addresses.room(of: id), let conversation = service.conversations[id] else { return }
        let author = entry.author.person
        let name = author.map { String($0.rawValue.prefix { $0 != "@" }) }
        for person in conversation.staffOutside(but: author) {
            guard let to = address(of: person) else { continue }
            turn.sendDurably(chat(Self.text(of: entry), from: from, to: to, nick: name))
        }
    }
}
