//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Coming into and going from rooms.
extension BridgeCore {
    /// Lines of what was said that somebody who enters gets unless asked otherwise.
    private static let historyLength = 100

    /// The agent has accepted, or is back: the room's invitation (XEP-0045 §7.8.2) with XEP-0249's beside it and the
    /// customer for clients that match it with their offer (XEP-0142 §3.8).
    mutating func invite(
        _ agent: AgentID, to id: ConversationID, from origin: Origin, because reason: String? = nil,
        _ turn: inout Turn
    ) {
        guard let conversation = service.conversations[id], let room = addresses.room(of: id),
            let workgroup = addresses.workgroup(of: conversation.department), let bare = address(of: agent)
        else { return }
        let client = origin.client.flatMap { $0.bareString == agent.rawValue ? $0 : nil }
        let reason = reason ?? "\(conversation.customerName) (\(conversation.customer))"
        let name = freshID()
        turn.sendDurably(
            Stanza(.message, .normal, id: name, from: room, to: client ?? bare) {
                MUC.User(invitations: [MUC.Invitation(from: workgroup, reason: reason)]).element
                DirectInvitation(room: room, reason: reason).element
                if let customer = try? JID(conversation.customer.rawValue) {
                    Workgroup.Offer(customer, id: id.rawValue).element
                }
                OriginID(name).element
            })
    }

    /// A colleague is wanted, or a supervisor follows: for clients that know rooms, and in words.
    mutating func invite(_ invitation: CompanionInvitation, from origin: Origin, _ turn: inout Turn) {
        let words = AgentTexts.invitation(invitation)
        if rooms[invitation.conversation]?.holds(invitation.agent) != true {
            invite(invitation.agent, to: invitation.conversation, from: origin, because: words, &turn)
        }
        if invitation.part != .monitor { tell(invitation.agent, invitation.conversation, words, &turn) }
    }

    mutating func receiveRoomPresence(_ presence: Stanza, _ id: ConversationID, _ turn: inout Turn) {
        guard let from = presence.from else { return }
        if let conversation = customerRoom(id, of: from), !conversation.admits(AgentID(from.bareString)) {
            return customerPresence(presence, conversation, &turn)
        }
        switch presence.type {
        case .available:
            if let occupant = rooms[id]?.occupant(at: from), presence.child("x", MUC.namespace) == nil {
                // Shows and statuses of agents are nobody's business here; another name is a new entry.
                guard occupant.nick != presence.to?.resource else { return }
                enter(presence, id, &turn)
            } else {
                enter(presence, id, &turn)
            }
        case .unavailable: leave(id, from, statuses: [], &turn)
        case .error: leave(id, from, statuses: [.disconnected], &turn)
        default: return
        }
    }

    private mutating func enter(_ presence: Stanza, _ id: ConversationID, _ turn: inout Turn) {
        guard let from = presence.from, let to = presence.to else { return }
        let agent = AgentID(from.bareString)
        guard let nick = to.resource else { return turn.send(presence.reply(StanzaError(.jidMalformed))) }
        guard let conversation = service.conversations[id], service.configuration.isStaff(agent) else {
            // Whoever is not staff learns nothing about what there is.
            let isStaff = service.configuration.isStaff(agent)
            return turn.send(presence.reply(StanzaError(isStaff ? .itemNotFound : .registrationRequired)))
        }
        guard conversation.admits(agent) else {
            return turn.send(presence.reply(StanzaError(.registrationRequired)))
        }
        var room = rooms[id] ?? makeRoom(for: conversation)
        guard !room.isTaken(nick, for: agent) else { return turn.send(presence.reply(StanzaError(.conflict))) }
        if let before = room.occupant(at: from), before.nick != nick {
            leave(id, from, statuses: [], &turn)
            room = rooms[id] ?? makeRoom(for: conversation)
        }
        let isFirst = !room.holds(agent)
        let occupant = Room.Occupant(address: from, nick: nick, agent: agent, since: turn.now)
        room.enter(occupant)
        rooms[id] = room
        // XEP-0045 §7.2.3: others, then oneself; §7.2.13: then what was said; §7.2.15: then the subject.
        turn.send(room.customerPresence(to: from))
        for other in room.occupants where other != occupant {
            turn.send(room.presence(of: other, to: from))
            turn.send(room.presence(of: occupant, to: other.address))
        }
        turn.send(room.presence(of: occupant, to: from))
        let wanted = presence.child("x", MUC.namespace).flatMap { try? MUC.Join($0) }?.history
        for line in history(of: conversation, in: room, wanted: wanted, for: from, turn.now) { turn.send(line) }
        turn.send(room.subjectMessage(to: from, id: freshID()))
        if isFirst { apply(.agentJoined(agent: agent, conversation: id), from: .client(from), &turn) }
    }

    func makeRoom(for conversation: Conversation) -> Room {
        let names = service.configuration.staff.map { $0.rawValue.prefix { $0 != "@" }.lowercased() }
        return Room(
            conversation, address: addresses.room(of: conversation.id) ?? addresses.component,
            departmentName: service.configuration[department: conversation.department]?.name
                ?? conversation.department.rawValue,
            agentNames: Set(names))
    }

    private func history(
        of conversation: Conversation, in room: Room, wanted: MUC.History?, for client: JID, _ now: Instant
    ) -> [Stanza] {
        var since = wanted?.since?.milliseconds ?? .min
        if let seconds = wanted?.seconds {
            since = max(
                since, now.milliseconds - Int64(clamping: seconds).multipliedReportingOverflow(by: 1000).partialValue)
        }
        var lines = conversation.transcript.filter { $0.at.milliseconds >= since }
            .suffix(min(wanted?.maximumStanzas ?? Self.historyLength, Self.historyLength))
            .map { entry in
                room.line(
                    Self.text(of: entry), from: nick(of: entry.author, in: room), to: client,
                    id: "\(conversation.id)-\(entry.number)", at: Timestamp(milliseconds: entry.at.milliseconds))
            }
        if var characters = wanted?.maximumCharacters {
            let kept = lines.reversed().prefix { line in
                characters -= line.content.xmlString.count
                return characters >= 0
            }
            lines = kept.reversed()
        }
        return lines
    }

    /// What staff reads of an entry; a note must not look like something said to the customer.
    static func text(of entry: TranscriptEntry) -> String {
        if case .note = entry.author { "[note] \(entry.text)" } else { entry.text }
    }

    func nick(of author: TranscriptEntry.Author, in room: Room) -> String? {
        switch author {
        case .customer: room.customer.resource
        case .agent(let agent), .note(let agent):
            room.occupants.first { $0.agent == agent }?.nick ?? String(agent.rawValue.prefix { $0 != "@" })
        }
    }

    /// A client leaves or is lost.
    mutating func leave(_ id: ConversationID, _ client: JID, statuses: [MUC.Status], _ turn: inout Turn) {
        guard var room = rooms[id], let occupant = room.occupant(at: client) else { return }
        for other in room.occupants {
            // Another client under the same name keeps the name in the room.
            let isShared = room.occupants.contains { $0.nick == occupant.nick && $0.address != client }
            if other.address == client || !isShared {
                turn.send(room.departure(of: occupant, to: other.address, statuses: statuses))
            }
        }
        room.leave(client)
        rooms[id] = room.occupants.isEmpty ? nil : room
        if service.conversations[id]?.agent == occupant.agent { lostRooms.remove(id) }
        if !room.holds(occupant.agent) {
            apply(.agentLeft(agent: occupant.agent, conversation: id), from: .client(client), &turn)
        }
    }

    /// A client has gone offline.
    mutating func leaveAllRooms(_ client: JID, _ turn: inout Turn) {
        for (id, room) in rooms.sorted(by: { $0.key < $1.key }) where room.occupant(at: client) != nil {
            leave(id, client, statuses: [.disconnected], &turn)
        }
    }

    /// The conversation is no longer this agent's.
    mutating func remove(_ agent: AgentID, from id: ConversationID, _ turn: inout Turn) {
        lostRooms.remove(id)
        guard var room = rooms[id] else { return }
        for occupant in room.occupants where occupant.agent == agent {
            for other in room.occupants {
                turn.send(room.departure(of: occupant, to: other.address, statuses: [.kicked]))
            }
            room.leave(occupant.address)
        }
        rooms[id] = room.occupants.isEmpty ? nil : room
    }

    /// XEP-0045 §10.9
    mutating func destroyRoom(of id: ConversationID, _ turn: inout Turn) {
        guard let room = rooms.removeValue(forKey: id) else { return }
        for occupant in room.occupants {
            turn.send(
                room.departure(
                    of: occupant, to: occupant.address,
                    destruction: MUC.Destruction(reason: "The conversation is closed.")))
        }
    }

    /// XEP-0045 §17.3: everybody out, and clients may come back by themselves.
    mutating func closeRooms(_ turn: inout Turn) {
        for (_, room) in rooms.sorted(by: { $0.key < $1.key }) {
            for occupant in room.occupants {
                turn.send(room.departure(of: occupant, to: occupant.address, statuses: [.shutdown]))
            }
        }
        rooms = [:]
    }
}
