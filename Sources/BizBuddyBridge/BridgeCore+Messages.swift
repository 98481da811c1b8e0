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
            if isStaff(from, of: department) {
                workgroupText(message, from: from, &turn)
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
        // What a reaction says in words is for clients that do not know them (XEP-0444 §4.2).
        guard message.child("reactions", MessageReactions.namespace) == nil else { return nil }
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

    /// An agent of the department, or a supervisor.
    func isStaff(_ address: JID, of department: DepartmentID) -> Bool {
        isAgent(address, of: department) || service.configuration.isSupervisor(AgentID(address.bareString))
    }

    private mutating func customerText(_ message: Stanza, from: JID, contact: JID, _ turn: inout Turn) {
        guard message.type != .groupchat else {
            turn.send(message.reply(StanzaError(.notAcceptable)))
            return
        }
        heard(from, at: contact, &turn)
        takeCustomerText(
            message, CustomerAddress(from.bareString), ContactAddress(contact.bareString), &turn)
    }

    /// What a customer says, in whatever way: without what must not be kept.
    mutating func takeCustomerText(
        _ message: Stanza, _ customer: CustomerAddress, _ address: ContactAddress, _ turn: inout Turn
    ) {
        if let department = chosenDepartment(in: message.child("x", DataForm.namespace)) {
            apply(
                .customerChooses(customer: customer, contact: address, department: department),
                from: .message(message), &turn)
            return
        }
        let language =
            (message.child("body", Namespace.client)?.language ?? message.content.language)
            .map { String($0.prefix(Self.languageLength)) }
        let key = CustomerKey(customer: customer, contact: address)
        if let from = message.from, let contact = try? JID(address.rawValue) {
            spoke(language, from, to: contact, &turn)
        }
        if let answer = verificationAnswer(in: message) {
            take(.answer(answer), key, language, from: .message(message), &turn)
            return
        }
        guard let whole = rating(in: message) ?? body(of: message) ?? MessageParts.link(in: message) else {
            return customerSignal(message, key, &turn)
        }
        if let request = CustomerRequest(whole) {
            take(request, key, language, from: .message(message), &turn)
            return
        }
        turn.count(.customerTexts)
        let text = redactCustomerText(whole, in: message, customer, address, language, &turn)
        apply(
            .customerMessage(
                customer: customer, contact: address, text: text, externalID: stanzaID(of: message),
                nickname: (message.child("nick", Self.nickNamespace)?.text).map { redacted($0) },
                newConversation: ConversationID(freshID()),
                context: context(of: message, language: language, isWhole: text == whole).orNil),
            from: .message(message), &turn)
        guard !turn.isRefused else {
            turn.isRefused = false
            return
        }
        if message.type != .groupchat, let contact = try? JID(address.rawValue) {
            turn.send(receipt(for: message, from: contact))
        }
        if ChatState(in: message.content) != nil, let conversation = service.conversation(of: customer, with: address) {
            chatStates.insert(conversation.id)
        }
    }

    /// What came with a text. Where something was taken out of it, places in it mean nothing any more.
    func context(of message: Stanza, language: String?, isWhole: Bool) -> MessageContext {
        var context = MessageParts.context(of: message, language: language)
        if !isWhole || message.child("redacted", BizBuddyRedacted.namespace) != nil { context.quotation = nil }
        if let link = context.link, redacted(link) != link { context.link = nil }
        return context
    }

    /// Characters of a language tag that are kept (RFC 5646 §4.4.1 asks for 35).
    static let languageLength = 35

    /// The answer in a survey that was filled in.
    private func rating(in message: Stanza) -> String? {
        guard let form = message.child("x", DataForm.namespace).flatMap({ try? DataForm($0) }), form.kind == .submit
        else { return nil }
        return form[Self.ratingField]
    }

    /// The department in a form that was filled in.
    func chosenDepartment(in form: XMLElement?) -> DepartmentID? {
        guard let form = form.flatMap({ try? DataForm($0) }), form.kind == .submit else { return nil }
        return form[Self.departmentField].map { DepartmentID($0) }
    }

    /// What staff say at a workgroup's address is a command.
    private mutating func workgroupText(_ message: Stanza, from: JID, _ turn: inout Turn) {
        guard message.type != .groupchat else {
            turn.send(message.reply(StanzaError(.notAcceptable)))
            return
        }
        guard let text = body(of: message) else { return }
        workgroupInput(text, AgentID(from.bareString), from: .message(message), &turn)
    }

    /// Chat to a conversation's bare address, or groupchat in its room.
    private mutating func conversationText(
        _ message: Stanza, from: JID, to: JID, _ id: ConversationID, _ turn: inout Turn
    ) {
        let agent = AgentID(from.bareString)
        if message.type == .groupchat, let conversation = customerRoom(id, of: from), !conversation.admits(agent) {
            return customerRoomText(message, conversation, &turn)
        }
        guard service.configuration.isStaff(agent) else {
            turn.send(message.reply(StanzaError(.forbidden)))
            return
        }
        if message.type == .groupchat { return roomText(message, from: from, to: to, id, &turn) }
        if let x = message.child("x", MUC.userNamespace), (try? MUC.User(x))?.decline != nil {
            guard service.conversations[id]?.company[agent] != nil else { return }
            apply(
                .dismissCompanion(agent: agent, conversation: id, companion: agent), from: .client(from), &turn)
            return
        }
        guard let text = body(of: message) ?? MessageParts.link(in: message) else {
            if to.isBare { staffSignal(message, agent, id, &turn) }
            return
        }
        guard to.isBare else {
            turn.send(
                message.reply(
                    StanzaError(.notAllowed, text: "Private messages reach nobody here: write to the room.")))
            return
        }
        conversationInput(text, agent, id, from: .message(message), &turn)
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
        case .message(let stanza), .room(_, let stanza), .request(let stanza), .command(let stanza),
            .pendingCommand(let stanza):
            stanza
        }
    }
}
