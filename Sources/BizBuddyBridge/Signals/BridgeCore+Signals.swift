//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Typing, receipts, displayed markers and reactions: they pass as they come, are not kept, and change nothing.
extension BridgeCore {
    /// What a customer's client tells beside texts; only who serves the customer gets it.
    mutating func customerSignal(_ message: Stanza, _ key: CustomerKey, _ turn: inout Turn) {
        guard let conversation = service.conversation(of: key.customer, with: key.contact) else { return }
        if ChatState(in: message.content) != nil { chatStates.insert(conversation.id) }
        guard conversation.agent != nil else { return }
        for payload in signals(in: message, from: .customer, conversation) {
            for occupant in rooms[conversation.id]?.occupants ?? [] {
                guard let element = payload(occupant.agent), let room = rooms[conversation.id] else { continue }
                turn.send(
                    Stanza(.message, .groupchat, id: freshID(), from: room.customer, to: occupant.address) { element })
            }
            for person in conversation.staffOutside() {
                guard let element = payload(person), let from = addresses.room(of: conversation.id),
                    let to = address(of: person)
                else { continue }
                turn.send(Stanza(.message, .chat, id: freshID(), from: from, to: to) { element })
            }
        }
    }

    /// What an agent's client tells beside texts: for the customer, if it is from somebody who speaks with the customer.
    mutating func staffSignal(_ message: Stanza, _ person: AgentID, _ id: ConversationID, _ turn: inout Turn) {
        guard let conversation = service.conversations[id],
            conversation.agent == person || conversation.company[person]?.part == .guest,
            let from = try? JID(conversation.contact.rawValue), let to = try? JID(conversation.customer.rawValue)
        else { return }
        for payload in signals(in: message, from: .agent(person), conversation) {
            guard let element = payload(nil) else { continue }
            // XEP-0085 §5.1: only to those who have shown that they know it.
            if element.namespace == ChatState.namespace, !chatStates.contains(id) { continue }
            turn.send(Stanza(.message, .chat, id: freshID(), from: from, to: to) { element })
        }
        // XEP-0444 §4.3 and XEP-0333 §5.5: those in the room see it as a room's members do.
        guard message.type == .groupchat, let room = rooms[id] else { return }
        let nick = nick(of: .agent(person), in: room)
        let shown = message.content.children.filter {
            [ChatState.namespace, DisplayedMarker.namespace, MessageReactions.namespace].contains($0.namespace)
        }
        guard !shown.isEmpty, let speaker = nick.flatMap({ room.nickAddress($0) }) else { return }
        for occupant in room.occupants {
            turn.send(Stanza(.message, .groupchat, id: message.id, from: speaker, to: occupant.address) { shown })
        }
    }

    /// The signals of a message, each to be written for who gets it: for a member of the staff, or for the customer (nil).
    /// What names a message that the reader does not know is nothing.
    private func signals(
        in message: Stanza, from author: TranscriptEntry.Author, _ conversation: Conversation
    ) -> [(AgentID?) -> XMLElement?] {
        func name(_ id: String, _ reader: AgentID?) -> String? {
            guard let entry = conversation.entry(named: id), !entry.author.isNote || reader != nil else { return nil }
            return reader.map { _ in conversation.staffName(of: entry) } ?? conversation.customerName(of: entry)
        }
        var signals: [(AgentID?) -> XMLElement?] = []
        for child in message.content.children {
            switch child.namespace {
            case ChatState.namespace:
                if let state = try? ChatState(child) { signals.append { _ in state.element } }
            case DeliveryReceipt.namespace:
                guard case .received(let id)? = try? DeliveryReceipt(child) else { continue }
                // XEP-0184 §5.3: not in rooms, where nobody has asked for one.
                signals.append { reader in
                    guard reader.map({ rooms[conversation.id]?.holds($0) != true }) ?? true else { return nil }
                    return name(id, reader).map { DeliveryReceipt.received(id: $0).element }
                }
            case DisplayedMarker.namespace:
                guard case .displayed(let id)? = try? DisplayedMarker(child) else { continue }
                signals.append { reader in name(id, reader).map { DisplayedMarker.displayed(id: $0).element } }
            case MessageReactions.namespace:
                guard let reactions = MessageParts.reactions(in: message) else { continue }
                signals.append { reader in
                    name(reactions.id, reader).map { MessageReactions($0, reactions.reactions).element }
                }
            default: continue
            }
        }
        return signals
    }

    /// That a customer's text has arrived: it is kept from here on, whoever will read it (XEP-0184 §5.2).
    func receipt(for message: Stanza, from contact: JID) -> Stanza? {
        guard let id = message.id, let to = message.from,
            message.child("request", DeliveryReceipt.namespace) != nil
        else { return nil }
        return Stanza(.message, .chat, id: freshID(), from: contact, to: to) {
            DeliveryReceipt.received(id: id).element
        }
    }

    /// What an agent's client wishes to know about a text, and whether it goes on typing: passed on with the text.
    func wishes(of message: Stanza?) -> [XMLElement] {
        guard let message else { return [] }
        return message.content.children.filter { child in
            switch (child.name, child.namespace) {
            case ("markable", DisplayedMarker.namespace): true
            case ("request", DeliveryReceipt.namespace): message.type != .groupchat
            case ("active", ChatState.namespace): true
            default: false
            }
        }
    }
}
