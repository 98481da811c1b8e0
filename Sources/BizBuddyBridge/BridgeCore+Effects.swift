//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// What the queue wants done, as stanzas.
extension BridgeCore {
    mutating func perform(_ effect: Effect, from origin: Origin, _ turn: inout Turn) {
        switch effect {
        case .sendToCustomer(let delivery): deliver(delivery, from: origin, &turn)
        case .bounceCustomer: turn.send(origin.stanza?.reply(StanzaError(.itemNotFound)))
        case .refuseCustomer(let customer, let contact, let reason):
            turn.isRefused = true
            let key = CustomerKey(customer: customer, contact: contact)
            turn.send(origin.stanza?.reply(error(for: reason, key, origin.stanza?.content.language)))
        case .sendTranscript(let customer, let contact, let language):
            turn.archive.append(
                ArchiveRequest(
                    query: .customer(customer, limit: 10),
                    purpose: .forCustomer(CustomerKey(customer: customer, contact: contact), language: language)))
        case .searchAnswers(let conversation, let text, let language):
            turn.searches.append((conversation, text, language))
        case .consent(let consent): turn.consents.append(consent)
        case .fact(let fact): turn.facts.append(fact)
        case .offer(let offer): make(offer, &turn)
        case .updateOffer(let offer): update(offer, &turn)
        case .revokeOffer(let agent, let conversation, let customer, let reason):
            revoke(agent, conversation, customer, reason, &turn)
        case .inviteToRoom(let agent, let conversation):
            turn.count(.conversationsAccepted)
            settleOffer(of: conversation, to: agent, acceptedBy: origin.client, &turn)
            invite(agent, to: conversation, from: origin, &turn)
        case .relayToAgent(let relay): self.relay(relay, &turn)
        case .showNote(let conversation, let entry):
            // A note that comes with another command is nobody's own message that comes back.
            let isWritten = origin.stanza.flatMap { body(of: $0) }?.contains(entry.text) == true
            show(entry, in: conversation, from: isWritten ? origin : .nobody, &turn)
        case .showAgentText(let conversation, let entry):
            showWords(entry, in: conversation, from: origin, &turn)
        case .inviteCompanion(let invitation): invite(invitation, from: origin, &turn)
        case .tellAgent(let agent, let conversation, let notice):
            tell(agent, notice, in: conversation, from: origin, &turn)
        case .refuse(let agent, let conversation, let reason):
            refuse(agent, conversation, reason, from: origin, &turn)
        case .removeFromRoom(let agent, let conversation): remove(agent, from: conversation, &turn)
        case .conversationClosed(let conversation):
            turn.count(.conversationsClosed)
            if case .closed(let closing) = conversation.stage, !closing.isErased { turn.closed.append(conversation) }
            queueWatchers[conversation.key] = nil
            roomCallers[conversation.key] = nil
            destroyCustomerRoom(of: conversation, &turn)
            openOffers = openOffers.filter { $0.key.conversation != conversation.id }
            returned[conversation.id] = nil
            verifications[conversation.key] = nil
            lostRooms.remove(conversation.id)
            lostCustomerRooms.remove(conversation.id)
            chatStates.remove(conversation.id)
            destroyRoom(of: conversation.id, &turn)
        case .publishDepartment(let status):
            let isTooEarly = unpublished.contains(status.department) && service.timers[.restartQuiet] != nil
            if status.state != .closed || !isTooEarly { publish(status, &turn) }
        case .startLookup(let conversation, let customer):
            turn.count(.lookups)
            guard let begun = service.conversations[conversation] else { break }
            turn.lookups.append((conversation, customer, begun.contact, begun.nickname))
            if configuration.hasRouter { turn.routings[conversation] = routingQuestion(about: begun) }
            askForCard(begun, &turn)
        case .waited(_, let expected, let actual): turn.waits.append((expected, actual))
        case .scheduleTimer, .cancelTimer: break  // `nextDeadline` reads the timers of the state
        }
    }

    /// Plain IM from the contact; never with an agent's address in it.
    private mutating func deliver(_ delivery: CustomerDelivery, from origin: Origin, _ turn: inout Turn) {
        if isAnswer(delivery, to: origin, turn) {
            turn.answers?.append(delivery.text)
            return
        }
        if case .notice(.accepted) = delivery.kind { inviteCustomer(delivery, &turn) }
        let parts = self.parts(of: delivery, from: origin)
        if deliverToRoom(delivery, parts, &turn) { return }
        guard let from = try? JID(delivery.contact.rawValue), let to = try? JID(delivery.customer.rawValue) else {
            return
        }
        let key = CustomerKey(customer: delivery.customer, contact: delivery.contact)
        var payload: XMLElement?
        if queueWatchers[key] != nil {
            switch delivery.kind {
            case .notice(.place(let place, let seconds)):
                payload = Workgroup.QueueStatus(position: place - 1, time: seconds).element
            case .notice(.closed(let place, _)): payload = Workgroup.QueueStatus(position: place - 1).element
            case .notice(.greeting): payload = Workgroup.QueueStatus(position: 0).element
            case .notice(.left): payload = Workgroup.DepartQueue().element
            default: break
            }
        }
        let text = textWithLink(delivery, &turn)
        turn.sendDurably(
            chat(
                text, from: from, to: to, payload: payload, payloads: answers(to: delivery) + parts,
                language: delivery.language, as: name(of: delivery)))
    }

    /// The name under which the customer gets an agent's text: the transcript's, so that what refers to it is understood.
    func name(of delivery: CustomerDelivery) -> String? {
        delivery.conversation.flatMap { id in delivery.entry.map { Self.name(of: $0, in: id) } }
    }

    /// What goes to the customer beside an agent's words.
    private func parts(of delivery: CustomerDelivery, from origin: Origin) -> [XMLElement] {
        guard let entry = delivery.entry, let id = delivery.conversation, let conversation = service.conversations[id]
        else { return [] }
        let payloads = MessageParts.payloads(
            of: entry, in: conversation,
            author: { try? JID($0.author == .customer ? delivery.customer.rawValue : delivery.contact.rawValue) },
            name: { conversation.customerName(of: $0) })
        return payloads + wishes(of: origin.stanza)
    }

    /// Whether a notice answers the command that the customer is waiting for, and is no news for another client.
    private func isAnswer(_ delivery: CustomerDelivery, to origin: Origin, _ turn: Turn) -> Bool {
        guard case .command(let request) = origin, case .notice = delivery.kind, turn.answers != nil else {
            return false
        }
        return request.from?.bareString == delivery.customer.rawValue
            && request.to?.bareString == delivery.contact.rawValue
            && queueWatchers[CustomerKey(customer: delivery.customer, contact: delivery.contact)] == nil
    }

    /// A question's answers for clients that know more than typing a digit: one touch (XEP-0439), or a form.
    private func answers(to delivery: CustomerDelivery) -> [XMLElement] {
        guard case .notice(let notice) = delivery.kind, !notice.options.isEmpty else { return [] }
        let responses = notice.options.map {
            QuickResponse($0.value, label: $0.label).element
        }
        let texts = service.configuration.catalogue.texts(language: delivery.language, contact: delivery.contact)
        switch notice {
        case .whichDepartment(let options): return responses + [Self.departmentForm(options, texts).element]
        case .survey(let options): return responses + [Self.surveyForm(options, texts).element]
        default: return responses
        }
    }

    /// Which department is meant, as a form (XEP-0004).
    static func departmentForm(_ options: [MenuOption], _ texts: CustomerTexts) -> DataForm {
        DataForm(
            .form, formType: BizBuddyDepartment.namespace,
            fields: [
                DataForm.Field(
                    departmentField, kind: .listSingle, label: texts[.fieldDepartment], isRequired: true,
                    options: options.map { option in
                        guard case .department(let id) = option.choice else { return .init(option.value) }
                        return .init(id.rawValue, label: option.label)
                    })
            ])
    }

    static let departmentField = "department"

    /// What the customer thought of it, as a form.
    static func surveyForm(_ options: [MenuOption], _ texts: CustomerTexts) -> DataForm {
        DataForm(
            .form, formType: BizBuddyDepartment.namespace,
            fields: [
                DataForm.Field(
                    ratingField, kind: .listSingle, label: texts[.fieldRating], isRequired: true,
                    options: options.map { .init($0.value, label: $0.label) })
            ])
    }

    static let ratingField = "rating"

    private mutating func tell(
        _ agent: AgentID, _ notice: AgentNotice, in conversation: ConversationID?, from origin: Origin,
        _ turn: inout Turn
    ) {
        let text = AgentTexts.notice(seen(notice, by: agent))
        var payload: XMLElement?
        if case .recordArrived(let lookup) = notice { payload = record(seen(lookup, by: agent)) }
        if case .command = origin, origin.client?.bareString == agent.rawValue {
            answer(origin, text, &turn)
        } else if let conversation {
            tell(agent, conversation, text, with: payload, &turn)
        } else if case .message = origin, origin.client?.bareString == agent.rawValue {
            answer(origin, text, &turn)
        } else if case .room = origin, origin.client?.bareString == agent.rawValue {
            answer(origin, text, &turn)
        } else {
            tell(agent, from: nil, text, &turn)
        }
    }

    private mutating func refuse(
        _ agent: AgentID, _ conversation: ConversationID?, _ reason: AgentRefusal, from origin: Origin,
        _ turn: inout Turn
    ) {
        switch origin {
        case .message(let message) where message.to.map(isConversation) == true:
            // A client must not believe that this went through.
            turn.send(message.reply(Self.error(for: reason)))
        case .message: answer(origin, AgentTexts.refusal(reason), &turn)
        case .room(_, let message): turn.send(message.reply(Self.error(for: reason)))
        case .nobody, .client, .request, .command, .pendingCommand: break
        }
    }

    private func isConversation(_ address: JID) -> Bool {
        if case .conversation = addresses.addressee(address) { true } else { false }
    }

    static func error(for reason: AgentRefusal) -> StanzaError {
        let text = AgentTexts.refusal(reason)
        return switch reason {
        case .noOffer: StanzaError(.notAcceptable, text: text)
        case .noConversation: StanzaError(.itemNotFound, text: text)
        case .notAccepted: StanzaError(.unexpectedRequest, text: text)
        case .noSuchTarget: StanzaError(.itemNotFound, text: text)
        case .isBeingPassedOn, .alreadyThere, .nobodyServes: StanzaError(.conflict, text: text)
        case .targetNotAvailable: StanzaError(.recipientUnavailable, text: text)
        case .targetBusy, .tooManyThere, .youAreBusy: StanzaError(.resourceConstraint, text: text)
        case .monitoringIsOff, .youAreNotOnline: StanzaError(.notAllowed, text: text)
        case .notYours, .notAnAgent, .notASupervisor: StanzaError(.forbidden, text: text)
        }
    }
}
