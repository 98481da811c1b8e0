//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import XMPPCore
import XMPPPayloads

/// Lines in rooms that must arrive although rooms do not outlive us: what finds no occupant reaches the agent as chat.
extension BridgeCore {
    /// The name of a line, the same on whatever way it goes.
    static func name(of entry: TranscriptEntry, in id: ConversationID) -> String { "\(id)-\(entry.number)" }

    /// Says something to all clients of an agent in a room.
    ///
    /// Of the agent who has the conversation (`isTheirs`), the first one's copy is kept under the line's own name and
    /// stands for the agent: it alone goes another way when it has to. The others' are kept under names of their own, as the server takes each name once.
    func say(
        _ text: String, from nick: String?, in room: Room, to agent: AgentID, as name: String,
        with payload: XMLElement? = nil, beside payloads: [XMLElement] = [], isTheirs: Bool = true, _ turn: inout Turn
    ) {
        for (index, occupant) in room.occupants.filter({ $0.agent == agent }).enumerated() {
            let row = index == 0 && isTheirs ? name : freshID()
            turn.sendDurably(
                room.line(
                    text, from: nick, to: occupant.address, id: name, payload: payload, payloads: payloads,
                    originID: row),
                row: row)
        }
    }

    /// What is sent again, on a new stream, for something that the server has not taken over; nil if nobody needs it.
    ///
    /// A line for somebody who is in the room no more becomes chat from the room's bare address, which the server
    /// delivers or stores. It keeps the row's name, so that nothing the server did take comes twice.
    func repetition(of stanza: Stanza, row: OutgoingRow) -> Stanza? {
        guard stanza.type == .groupchat, let from = stanza.from, let to = stanza.to,
            case .conversation(let id) = addresses.addressee(from), rooms[id]?.occupant(at: to) == nil
        else { return stanza }
        // The other clients' copies say nothing new. Who has the conversation now got everything with it.
        guard row.id == stanza.id, service.conversations[id].map({ $0.agent == AgentID(to.bareString) }) ?? true,
            let body = stanza.child("body", Namespace.client)?.text
        else { return nil }
        let payload = stanza.content.children.first {
            !$0.isNamed("body", Namespace.client) && !$0.isNamed("origin-id", StanzaID.namespace)
        }
        return lateChat(
            body, from: from, to: to.bare, as: row.id, originID: row.id, at: row.at, with: payload)
    }

    /// A text came back that had been said in a room: it goes once more, as chat.
    mutating func takeAnotherWay(_ bounce: Stanza, from: JID, _ id: ConversationID, _ turn: inout Turn) {
        let agent = AgentID(from.bareString)
        guard let conversation = service.conversations[id], conversation.agent == agent,
            rooms[id]?.holds(agent) != true, let name = bounce.id, let speaker = bounce.to,
            let entry = conversation.transcript.last(where: { Self.name(of: $0, in: id) == name }),
            entry.author == .customer, returned[id, default: []].insert(entry.number).inserted
        else { return }
        // The server has taken the text's own name; this is another message.
        let row = "\(name)-chat"
        turn.sendDurably(
            lateChat(entry.text, from: speaker, to: from.bare, as: name, originID: row, at: entry.at), row: row)
    }

    private func lateChat(
        _ text: String, from speaker: JID, to agent: JID, as name: String, originID: String, at moment: Instant,
        with payload: XMLElement? = nil
    ) -> Stanza {
        Stanza(.message, .chat, id: "\(name)-chat", from: speaker.bare, to: agent) {
            XMLElement("body", Namespace.client, text: text)
            if let nick = speaker.resource { XMLElement("nick", Self.nickNamespace, text: nick) }
            payload
            if moment.milliseconds > 0 {
                DelayedDelivery(stamp: Timestamp(milliseconds: moment.milliseconds), from: speaker.bare).element
            }
            OriginID(originID).element
        }
    }

    /// Groupchat of an agent who was in the room before we went down, and whose client may not know yet that it is no
    /// more: the server has vouched for it, so it counts. The client sees it come back as it expects.
    mutating func lateText(_ message: Stanza, from: JID, _ conversation: Conversation, _ turn: inout Turn) {
        guard let text = body(of: message), let agent = conversation.agent else { return }
        if case .text = StaffInput(text, atWorkgroup: false) {
            let room = rooms[conversation.id] ?? makeRoom(for: conversation)
            let nick = nick(of: .agent(agent), in: room)
            for client in room.occupants.map(\.address) + [from] {
                turn.send(room.line(text, from: nick, to: client, id: message.id, originID: originID(of: message)))
            }
        }
        conversationInput(text, agent, conversation.id, from: .message(message), &turn)
    }
}
