//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// The conversation as a room for customers whose clients joined the queue by XEP-0142 and expect one (§4.1.4). They see
/// themselves and the department; staff, their names and their notes are not in it. Who stays outside writes on as
/// before.
extension BridgeCore {
    /// A customer's clients in one room, with the names they chose.
    struct CustomerRoom {
        var clients: [JID: String] = [:]
    }

    /// An agent has accepted: the customer's client is invited, and gets no more of the queue's status.
    mutating func inviteCustomer(_ delivery: CustomerDelivery, _ turn: inout Turn) {
        let key = CustomerKey(customer: delivery.customer, contact: delivery.contact)
        guard let client = roomCallers[key], let id = delivery.conversation, let room = addresses.room(of: id),
            let contact = try? JID(delivery.contact.rawValue)
        else { return }
        queueWatchers[key] = nil
        let name = freshID()
        turn.sendDurably(
            Stanza(.message, .normal, id: name, from: room, to: client) {
                MUC.User(invitations: [MUC.Invitation(from: contact, reason: delivery.text)]).element
                DirectInvitation(room: room, reason: delivery.text).element
                OriginID(name).element
            }.speaking(delivery.language))
    }

    /// The conversation of this room, if its customer joined by the protocol (or may have, before we went down) and
    /// somebody serves.
    func customerRoom(_ id: ConversationID, of person: JID) -> Conversation? {
        guard let conversation = service.conversations[id], conversation.agent != nil,
            roomCallers[conversation.key] != nil || lostCustomerRooms.contains(id),
            conversation.customer.rawValue == person.bareString
        else { return nil }
        return conversation
    }

    /// The name of everybody who answers.
    func departmentNick(_ conversation: Conversation) -> String {
        service.configuration[department: conversation.department]?.name ?? conversation.department.rawValue
    }

    mutating func customerPresence(_ presence: Stanza, _ conversation: Conversation, _ turn: inout Turn) {
        guard let from = presence.from, let to = presence.to else { return }
        let id = conversation.id
        guard presence.type == .available else {
            guard let nick = customerRooms[id]?.clients.removeValue(forKey: from) else { return }
            if customerRooms[id]?.clients.isEmpty == true { customerRooms[id] = nil }
            if presence.type == .unavailable { turn.send(customerDeparture(id, nick, to: from)) }
            return
        }
        guard let nick = to.resource else {
            return turn.send(presence.reply(StanzaError(.jidMalformed)))
        }
        guard nick != departmentNick(conversation) else { return turn.send(presence.reply(StanzaError(.conflict))) }
        guard customerRooms[id]?.clients.updateValue(nick, forKey: from) != nick || customerRooms[id] == nil else {
            return  // only another show
        }
        customerRooms[id, default: CustomerRoom()].clients[from] = nick
        if lostCustomerRooms.remove(id) != nil { roomCallers[conversation.key] = from }
        guard customerRooms[id]?.clients.count ?? 0 <= Self.customerClients else {
            customerRooms[id]?.clients[from] = nil
            return turn.send(presence.reply(StanzaError(.resourceConstraint)))
        }
        turn.send(occupant(id, departmentNick(conversation), .member, to: from))
        turn.send(occupant(id, nick, MUC.Affiliation.none, to: from, statuses: [.selfPresence]))
        for entry in conversation.transcript where !entry.author.isNote {
            let speaker = entry.author == .customer ? nick : departmentNick(conversation)
            turn.send(
                customerLine(
                    entry.text, id, from: speaker, to: from, as: Self.name(of: entry, in: id), at: entry.at))
        }
        turn.send(
            Stanza(.message, .groupchat, id: freshID(), from: to.bare, to: from) {
                XMLElement("subject", Namespace.client, text: departmentNick(conversation))
            })
    }

    /// Clients of one customer in one room.
    private static let customerClients = 5

    /// What the customer says in the room is said to the contact.
    mutating func customerRoomText(_ message: Stanza, _ conversation: Conversation, _ turn: inout Turn) {
        guard let from = message.from, let text = body(of: message) else { return }
        guard let nick = customerRooms[conversation.id]?.clients[from] else {
            guard lostCustomerRooms.contains(conversation.id) else {
                return turn.send(message.reply(StanzaError(.notAcceptable)))
            }
            // In there before we went down, and told now that it has to come in again; what was said is not lost.
            if let room = message.to?.bare {
                turn.send(
                    Stanza(.presence, .unavailable, from: room, to: from) {
                        MUC.User(
                            items: [MUC.Item(affiliation: MUC.Affiliation.none, role: MUC.Role.none)],
                            statuses: [.selfPresence, .disconnected]
                        ).element
                    })
            }
            return takeCustomerText(message, conversation.customer, conversation.contact, &turn)
        }
        for client in customerRooms[conversation.id]?.clients.keys.sorted(by: { $0.description < $1.description }) ?? []
        {
            turn.send(
                customerLine(
                    redacted(text), conversation.id, from: nick, to: client, as: message.id,
                    originID: originID(of: message)))
        }
        takeCustomerText(message, conversation.customer, conversation.contact, &turn)
    }

    /// What is for the customer goes to the room where a client of the customer is in it; true if it did.
    func deliverToRoom(_ delivery: CustomerDelivery, _ parts: [XMLElement], _ turn: inout Turn) -> Bool {
        guard let id = delivery.conversation, let clients = customerRooms[id]?.clients, !clients.isEmpty,
            let conversation = service.conversations[id]
        else { return false }
        let speaker = delivery.kind == .agentText ? departmentNick(conversation) : nil
        let name = name(of: delivery) ?? freshID()
        for client in clients.keys.sorted(by: { $0.description < $1.description }) {
            turn.send(
                customerLine(delivery.text, id, from: speaker, to: client, as: name, parts)?.speaking(delivery.language)
            )
        }
        return true
    }

    /// XEP-0045 §10.9
    mutating func destroyCustomerRoom(of conversation: Conversation, _ turn: inout Turn) {
        let id = conversation.id
        let texts = service.configuration.catalogue.texts(
            language: conversation.routing.language, contact: conversation.contact)
        for (client, nick) in customerRooms.removeValue(forKey: id)?.clients ?? [:] {
            guard let from = addresses.room(of: id).flatMap({ try? $0.with(resource: nick) }) else { continue }
            turn.send(
                Stanza(.presence, .unavailable, from: from, to: client) {
                    MUC.User(
                        items: [MUC.Item(affiliation: MUC.Affiliation.none, role: MUC.Role.none)],
                        statuses: [.selfPresence],
                        destruction: MUC.Destruction(reason: texts[.ended])
                    ).element
                }.speaking(texts.language(of: .ended)))
        }
    }

    private func customerDeparture(_ id: ConversationID, _ nick: String, to client: JID) -> Stanza? {
        guard let from = addresses.room(of: id).flatMap({ try? $0.with(resource: nick) }) else { return nil }
        return Stanza(.presence, .unavailable, from: from, to: client) {
            MUC.User(
                items: [MUC.Item(affiliation: MUC.Affiliation.none, role: MUC.Role.none)], statuses: [.selfPresence]
            ).element
        }
    }

    private func occupant(
        _ id: ConversationID, _ nick: String, _ affiliation: MUC.Affiliation, to client: JID,
        statuses: [MUC.Status] = []
    ) -> Stanza? {
        guard let from = addresses.room(of: id).flatMap({ try? $0.with(resource: nick) }) else { return nil }
        return Stanza(.presence, .available, from: from, to: client) {
            MUC.User(items: [MUC.Item(affiliation: affiliation, role: .participant)], statuses: statuses).element
        }
    }

    private func customerLine(
        _ text: String, _ id: ConversationID, from nick: String?, to client: JID, as name: String?,
        at moment: Instant? = nil, originID: String? = nil, _ parts: [XMLElement] = []
    ) -> Stanza? {
        guard let room = addresses.room(of: id) else { return nil }
        let from = nick.flatMap { try? room.with(resource: $0) } ?? room
        return Stanza(.message, .groupchat, id: name, from: from, to: client) {
            XMLElement("body", Namespace.client, text: text)
            parts
            if let moment {
                DelayedDelivery(stamp: Timestamp(milliseconds: moment.milliseconds), from: room).element
            }
            if let originID { OriginID(originID).element }
        }
    }
}
