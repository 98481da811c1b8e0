//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Messages that come in.
extension BridgeCore {
    mutating func receiveMessage(_ message: Stanza, _ turn: inout Turn) {
        guard let from = message.from, let to = message.to else { return }
        guard message.type != .error else { return receiveBounce(message, from: from, to: to, &turn) }
        if message.type == .headline { return }
        switch addresses.addressee(to) {
        case .contact(let contact):
            customerText(message, from: from, contact: contact.address, &turn)
        case .workgroup(let department):
            if isAgent(from, of: department) {
                workgroupText(message, from: from, department, &turn)
            } else {
                customerText(message, from: from, contact: to.bare, &turn)
            }
        case .conversation(let id):
            conversationText(message, from: from, to: to, id, &turn)
        case .component, .nobody:
            if body(of: message) != nil { turn.send(message.reply(StanzaError(.serviceUnavailable))) }
        }
    }

    /// The text, if there is one: chat states, receipts and the like say nothing to us.
    func body(of message: Stanza) -> String? {
        guard let text = message.child("body", Namespace.client)?.text, text.contains(where: { !$0.isWhitespace })
        else { return nil }
        return text
    }

    /// The server's own name for a stanza, when that can be believed (XEP-0359 §6).
    func stanzaID(of stanza: Stanza) -> String? {
        guard trustsStanzaIDs, let to = stanza.to else { return nil }
        return stanza.content.children("stanza-id", StanzaID.namespace)
            .first { $0["by"] == to.domain || $0["by"] == to.bareString }?["id"]
    }

    func isAgent(_ address: JID, of department: DepartmentID) -> Bool {
        service.configuration[department: department]?.agents.contains(AgentID(address.bareString)) == true
    }

    private mutating func customerText(_ message: Stanza, from: JID, contact: JID, _ turn: inout Turn) {
        guard message.type != .groupchat else {
            turn.send(message.reply(StanzaError(.notAcceptable)))
            return
        }
        let customer = CustomerAddress(from.bareString)
        let address = ContactAddress(contact.bareString)
        if let department = chosenDepartment(in: message.child("x", DataForm.namespace)) {
            apply(
                .customerChooses(customer: customer, contact: address, department: department),
                from: .message(message), &turn)
            return
        }
        let language =
            (message.child("body", Namespace.client)?.language ?? message.content.language)
            .map { String($0.prefix(Self.languageLength)) }
        if let answer = verificationAnswer(in: message) {
            return takeAnswer(answer, customer, address, language, &turn)
        }
        guard let whole = body(of: message), !customerRequest(whole, customer, address, language, &turn) else { return }
        turn.count(.customerTexts)
        let text = redactCustomerText(whole, in: message, customer, address, language, &turn)
        apply(
            .customerMessage(
                customer: customer, contact: address, text: text, externalID: stanzaID(of: message),
                nickname: (message.child("nick", Self.nickNamespace)?.text).map { redacted($0) },
                newConversation: ConversationID(freshID()),
                context: language.map { MessageContext(language: $0) }),
            from: .message(message), &turn)
    }

    /// Characters of a language tag that are kept (RFC 5646 §4.4.1 asks for 35).
    private static let languageLength = 35

    /// The department in a form that was filled in.
    func chosenDepartment(in form: XMLElement?) -> DepartmentID? {
        guard let form = form.flatMap({ try? DataForm($0) }), form.kind == .submit else { return nil }
        return form[Self.departmentField].map { DepartmentID($0) }
    }

    /// What an agent says at a workgroup's address is a command.
    private mutating func workgroupText(
        _ message: Stanza, from: JID, _ department: DepartmentID, _ turn: inout Turn
    ) {
        guard message.type != .groupchat else {
            turn.send(message.reply(StanzaError(.notAcceptable)))
            return
        }
        guard let text = body(of: message) else { return }
        let agent = AgentID(from.bareString)
        let origin = Origin.message(message)
        switch AgentInput(text, atWorkgroup: true) {
        case .accept: apply(.acceptOffer(agent: agent, conversation: nil), from: origin, &turn)
        case .reject: reject(agent, nil, from: origin, &turn)
        case .duty(let isOn): apply(.duty(agent: agent, isOn: isOn), from: origin, &turn)
        case .status(let name): setStatus(agent, name, from: origin, &turn)
        case .record:
            if let conversation = service.openOffer(of: agent) {
                answer(origin, AgentTexts.record(seen(conversation.lookup, by: agent)), &turn)
            } else {
                answer(origin, AgentTexts.refusal(.noOffer), &turn)
            }
        case .incomplete(let usage): answer(origin, "Usage: \(usage)", &turn)
        case .unknown(let name): answer(origin, AgentTexts.unknownCommand(name), &turn)
        case .agents: answer(origin, overview(.agents, for: agent) ?? "", &turn)
        case .board: answer(origin, overview(.board, for: agent) ?? "", &turn)
        case .help, .text, .note, .close, .transfer: answer(origin, AgentTexts.workgroupHelp, &turn)
        }
    }

    /// Chat to a conversation's bare address, or groupchat in its room.
    private mutating func conversationText(
        _ message: Stanza, from: JID, to: JID, _ id: ConversationID, _ turn: inout Turn
    ) {
        let agent = AgentID(from.bareString)
        guard service.configuration.isAgent(agent) else {
            turn.send(message.reply(StanzaError(.forbidden)))
            return
        }
        if message.type == .groupchat { return roomText(message, from: from, to: to, id, &turn) }
        // An invitation declined, or to somebody else: nothing to do.
        guard let text = body(of: message) else { return }
        guard to.isBare else {
            turn.send(
                message.reply(
                    StanzaError(.notAllowed, text: "Private messages reach nobody here: write to the room.")))
            return
        }
        conversationInput(text, agent, id, from: .message(message), &turn)
    }

    /// What an agent says in a conversation, in whatever way.
    mutating func conversationInput(
        _ text: String, _ agent: AgentID, _ id: ConversationID, from origin: Origin, _ turn: inout Turn
    ) {
        if customerCommand(text, agent, id, from: origin, &turn) { return }
        let externalID = origin.stanza.flatMap { stanzaID(of: $0) }
        switch AgentInput(redacted(text), atWorkgroup: false) {
        case .text(let text):
            turn.count(.agentTexts)
            apply(
                .agentMessage(agent: agent, conversation: id, text: text, externalID: externalID), from: origin, &turn)
        case .note(let text):
            apply(.note(agent: agent, conversation: id, text: text, externalID: externalID), from: origin, &turn)
        case .close(let disposition):
            apply(.close(agent: agent, conversation: id, disposition: disposition), from: origin, &turn)
        case .accept: apply(.acceptOffer(agent: agent, conversation: id), from: origin, &turn)
        case .reject: reject(agent, id, from: origin, &turn)
        case .duty(let isOn): apply(.duty(agent: agent, isOn: isOn), from: origin, &turn)
        case .status(let name): setStatus(agent, name, from: origin, &turn)
        case .record: answer(origin, record(of: id, for: agent), &turn)
        case .transfer(let name, let reason): transfer(agent, id, to: name, reason: reason, from: origin, &turn)
        case .agents: answer(origin, overview(.agents, for: agent) ?? "", &turn)
        case .board: answer(origin, overview(.board, for: agent) ?? "", &turn)
        case .help: answer(origin, AgentTexts.help, &turn)
        case .incomplete(let usage): answer(origin, "Usage: \(usage)", &turn)
        case .unknown(let name): answer(origin, AgentTexts.unknownCommand(name), &turn)
        }
    }

    private func record(of id: ConversationID, for agent: AgentID) -> String {
        guard let conversation = service.conversations[id] else { return AgentTexts.refusal(.noConversation) }
        guard conversation.agent == agent || service.openOffer(of: agent)?.id == id else {
            return AgentTexts.refusal(.notYours)
        }
        return AgentTexts.record(seen(conversation.lookup, by: agent))
    }

    /// Something of ours did not arrive.
    private mutating func receiveBounce(_ message: Stanza, from: JID, to: JID, _ turn: inout Turn) {
        turn.count(.bounces)
        switch addresses.addressee(to) {
        case .contact, .workgroup:
            let conversation = service.conversation(
                of: CustomerAddress(from.bareString), with: ContactAddress(to.bareString))
            guard let conversation, let agent = conversation.agent else { return }
            tell(agent, conversation.id, "The customer could not be reached: what was sent last did not arrive.", &turn)
        case .conversation(let id):
            // XEP-0045 §18.4: who cannot be reached is no longer in the room.
            leave(id, from, statuses: [.disconnected], &turn)
            takeAnotherWay(message, from: from, id, &turn)
        case .component, .nobody: return
        }
    }
}

extension Origin {
    /// What was said, if something was.
    var stanza: Stanza? {
        switch self {
        case .nobody, .client: nil
        case .message(let stanza), .room(_, let stanza), .request(let stanza): stanza
        }
    }
}
