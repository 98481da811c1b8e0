//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Words for agents, along whatever way reaches them.
extension BridgeCore {
    /// Answers where something was said.
    mutating func answer(_ origin: Origin, _ text: String, _ turn: inout Turn) {
        switch origin {
        case .message(let message):
            guard let from = message.from, let to = message.to else { return }
            turn.sendDurably(chat(text, from: to.bare, to: from))
        case .room(let id, let message):
            guard let from = message.from, let room = rooms[id] else { return }
            turn.send(room.serviceMessage(text, to: from, id: freshID()))
        case .command(let request):
            if turn.answers != nil {
                turn.answers?.append(text)
            } else if let from = request.from {
                // The command's own answer has gone already.
                tell(AgentID(from.bareString), from: nil, text, &turn)
            }
        case .pendingCommand(let request):
            guard let command = request.payload.flatMap({ try? AdHocCommand($0) }) else { return }
            turn.send(
                request.result(
                    AdHocCommand(
                        node: command.node, sessionID: command.sessionID ?? freshID(), status: .completed,
                        notes: [AdHocCommand.Note(text)]
                    ).element))
        case .nobody, .client, .request: return
        }
    }

    /// Tells an agent something about a conversation: in its room, else from its address.
    mutating func tell(
        _ agent: AgentID, _ id: ConversationID, _ text: String, with payload: XMLElement? = nil, _ turn: inout Turn
    ) {
        if let room = rooms[id], room.holds(agent) {
            say(text, from: nil, in: room, to: agent, as: freshID(), with: payload, &turn)
        } else if let from = addresses.room(of: id), let to = address(of: agent) {
            turn.sendDurably(chat(text, from: from, to: to, payload: payload))
        }
    }

    /// Tells an agent something from the workgroup.
    mutating func tell(
        _ agent: AgentID, from department: DepartmentID?, _ text: String, with payload: XMLElement? = nil,
        _ turn: inout Turn
    ) {
        let own = service.configuration.departments(of: agent).first ?? service.configuration.departments.first
        guard let department = department ?? own?.id,
            let from = addresses.workgroup(of: department), let to = address(of: agent)
        else { return }
        turn.sendDurably(chat(text, from: from, to: to, payload: payload))
    }

    func address(of agent: AgentID) -> JID? { try? JID(agent.rawValue) }

    /// A message that is kept until the server has it; the server knows a repetition by its name.
    func chat(
        _ text: String, from: JID, to: JID, nick: String? = nil, payload: XMLElement? = nil,
        payloads: [XMLElement] = [], language: String? = nil, as name: String? = nil
    ) -> Stanza {
        let id = name ?? freshID()
        let content = [
            XMLElement("body", Namespace.client, text: text),
            nick.map { XMLElement("nick", Self.nickNamespace, text: $0) }, payload,
        ]
        return Stanza(.message, .chat, id: id, from: from, to: to) {
            content.compactMap { $0 }
            payloads
            OriginID(id).element
        }.speaking(language)
    }
}
