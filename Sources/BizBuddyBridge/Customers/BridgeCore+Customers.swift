//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore

/// What agents see of customers' records, and ask about them.
extension BridgeCore {
    /// A record as an agent may see it.
    func seen(_ lookup: RecordLookup, by agent: AgentID) -> RecordLookup {
        configuration.privacy.limited.contains(agent) ? lookup.limited(to: .public) : lookup
    }

    /// An offer as its agent may see it.
    func seen(_ offer: Offer) -> Offer {
        offer.showing(seen(offer.lookup, by: offer.agent))
    }

    func seen(_ notice: AgentNotice, by agent: AgentID) -> AgentNotice {
        if case .recordArrived(let lookup) = notice { .recordArrived(seen(lookup, by: agent)) } else { notice }
    }

    /// Takes what an agent asks about the customer of a conversation; false if it was something else.
    mutating func customerCommand(
        _ text: String, _ agent: AgentID, _ id: ConversationID, from origin: Origin, _ turn: inout Turn
    ) -> Bool {
        guard let command = CustomerCommand(text) else { return false }
        ask(command, agent, id, from: origin, &turn)
        return true
    }

    /// Does what an agent asks about the customer of a conversation; what takes its time is answered later.
    @discardableResult
    mutating func ask(
        _ command: CustomerCommand, _ agent: AgentID, _ id: ConversationID, from origin: Origin, _ turn: inout Turn
    ) -> AgentRefusal? {
        guard let conversation = service.conversations[id], conversation.agent == agent else {
            let reason: AgentRefusal = service.conversations[id] == nil ? .noConversation : .notYours
            if !origin.waitsForResult { answer(origin, AgentTexts.refusal(reason), &turn) }
            return reason
        }
        let isOwn = !configuration.privacy.limited.contains(agent)
        let task: Errand.Task
        switch command {
        case .incomplete(let usage):
            answer(origin, "Usage: \(usage)", &turn)
            return nil
        case .reveal(let key):
            guard configuration.privacy.mayReveal(agent) else {
                answer(origin, "You may not see sensitive fields.", &turn)
                return nil
            }
            task = .reveal(key)
        case .verify(let key):
            beginVerification(key, agent, conversation, from: origin, &turn)
            return nil
        case .history: task = .history
        case .remember(let text): task = .remember(redacted(text))
        case .tag(let tag): task = .tag(redacted(tag))
        case .untag(let tag): task = .untag(tag)
        case .prefer(let key, let value):
            if let wish = OutreachWish(preference: key, value) {
                apply(.wish(customer: conversation.customer, wish: wish), &turn)
            } else if let usage = OutreachWish.usage(of: key) {
                answer(origin, usage, &turn)
                return nil
            }
            task = .prefer(key, value.map(redacted))
        case .link(nil, _):
            turn.errands.append(errand(.code, nil, conversation, .nobody, &turn))
            answer(origin, "The customer has been sent a code.", &turn)
            return nil
        case .link(let address?, let isSure): task = .link(address, isSure: isSure)
        case .unlink(let address): task = .unlink(address)
        case .consent(let purpose, let isGiven):
            turn.consents.append(
                Consent(
                    customer: conversation.customer, contact: conversation.contact, purpose: purpose, isGiven: isGiven,
                    text: "", proof: origin.stanza.flatMap { stanzaID(of: $0) } ?? conversation.id.rawValue,
                    actor: agent.rawValue, at: turn.now))
            answer(origin, "Written down: \(purpose) \(isGiven ? "yes" : "no").", &turn)
            return nil
        case .consents: task = .consents
        case .shared(let isShared): task = .share(isShared)
        }
        guard isOwn else {
            answer(origin, "Only the company's own people may do that.", &turn)
            return nil
        }
        turn.errands.append(errand(task, agent, conversation, turn.later(origin), &turn))
        return nil
    }

    func errand(
        _ task: Errand.Task, _ agent: AgentID?, _ conversation: Conversation, _ origin: Origin, _ turn: inout Turn
    ) -> Errand {
        Errand(
            task: task, agent: agent, conversation: conversation.id, customer: conversation.customer,
            contact: conversation.contact, language: conversation.routing.language, origin: origin,
            at: turn.now.milliseconds)
    }

    /// Says a sentence of the catalogue to a customer, in the customer's language.
    mutating func say(
        _ text: CustomerText, _ values: [String: String] = [:], to customer: CustomerAddress,
        from contact: ContactAddress, language: String?, payloads: [XMLElement] = [], _ turn: inout Turn
    ) {
        guard let from = try? JID(contact.rawValue), let to = try? JID(customer.rawValue) else { return }
        let texts = service.configuration.catalogue.texts(language: language, contact: contact)
        turn.sendDurably(
            chat(
                texts.text(text, values), from: from, to: to, payloads: payloads,
                language: texts.language(of: text)))
    }

    /// An errand is done.
    mutating func finished(_ result: ErrandResult, _ turn: inout Turn) {
        switch result {
        case .answer(let text, let origin): answer(origin, text, &turn)
        case .customer(let text, let values, let errand): tell(text, values, of: errand, &turn)
        case .requested(let kind, let outcome, let errand): requested(kind, outcome, errand, &turn)
        case .different(let other, let numbers, let errand):
            tell(.linkOther, of: errand, &turn)
            guard let conversation = service.conversations[errand.conversation], let agent = conversation.agent else {
                return
            }
            tell(
                agent, conversation.id,
                "The customer, number \(numbers.own), has said the code of \(other), which is customer \(numbers.other). "
                    + "They stay two; /link \(other) yes joins them.", &turn)
        case .copy(let parts, let errand):
            guard let from = try? JID(errand.contact.rawValue), let to = try? JID(errand.customer.rawValue) else {
                return
            }
            let language = service.configuration.catalogue.texts(language: errand.language, contact: errand.contact)
                .language
            for part in parts { turn.sendDurably(chat(part, from: from, to: to, language: language)) }
            // Begun when what is above is on disk: who is sent it twice after a crash has lost nothing.
            turn.errands.append(errand)
        case .farewell(let text, let errand):
            guard let from = try? JID(errand.contact.rawValue), let to = try? JID(errand.customer.rawValue) else {
                return
            }
            let texts = service.configuration.catalogue.texts(language: errand.language, contact: errand.contact)
            turn.send(chat(texts[text], from: from, to: to, language: texts.language(of: text)))
        case .compared(let verification, let isRight, let isLast, let errand):
            compared(verification, isRight: isRight, isLast: isLast, errand, &turn)
        }
    }

    /// Says a sentence of the catalogue to the customer whose errand it was: where it was asked for.
    mutating func tell(_ text: CustomerText, _ values: [String: String] = [:], of errand: Errand, _ turn: inout Turn) {
        if case .pendingCommand = errand.origin {
            let texts = service.configuration.catalogue.texts(language: errand.language, contact: errand.contact)
            return answer(errand.origin, texts.text(text, values), &turn)
        }
        say(text, values, to: errand.customer, from: errand.contact, language: errand.language, &turn)
    }
}
