//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// Verbs as ad-hoc commands (XEP-0050): one form each, then done. Nothing is kept between the two steps, so a session
/// survives a restart and cannot run out.
extension BridgeCore {
    private static let conversationField = StaffInput.conversation
    /// Conversations a form offers to choose from.
    private static let offeredConversations = 100

    /// A request that has to do with commands; false if it has not.
    mutating func commandRequest(
        _ request: Stanza, _ payload: XMLElement, _ addressee: Addressee, _ turn: inout Turn
    ) -> Bool {
        guard let from = request.from else { return false }
        if let key = customerKey(of: request, addressee) { return customerCommandRequest(request, payload, key, &turn) }
        let person = AgentID(from.bareString)
        switch (payload.name, payload.namespace, request.type) {
        case ("command", AdHocCommand.namespace, .set): execute(request, payload, person, addressee, &turn)
        case ("query", DiscoveryItems.namespace, .get) where payload["node"] == AdHocCommand.namespace:
            let items = verbs(for: person, at: addressee).compactMap { verb in
                request.to.map { DiscoveryItems.Item($0, node: verb.node, name: verb.title) }
            }
            turn.send(request.result(DiscoveryItems(node: AdHocCommand.namespace, items: items).element))
        case ("query", DiscoveryInfo.namespace, .get):
            guard let node = payload["node"], let verb = Verb.at(node: node) else { return false }
            guard verbs(for: person, at: addressee).contains(where: { $0.name == verb.name }) else {
                turn.send(request.reply(StanzaError(.itemNotFound)))
                return true
            }
            turn.send(
                request.result(
                    DiscoveryInfo(
                        node: node,
                        identities: [.init(category: "automation", type: "command-node", name: verb.title)],
                        features: [AdHocCommand.namespace, DataForm.namespace]
                    ).element))
        default: return false
        }
        return true
    }

    /// What a person may ask of an address; nothing for who is no staff.
    private func verbs(for person: AgentID, at addressee: Addressee) -> [Verb] {
        switch addressee {
        case .component, .workgroup: break
        case .conversation(let id): guard isOpen(id, to: person) else { return [] }
        case .contact, .nobody: return []
        }
        return Verb.all.filter { $0.isAllowed(to: person, service.configuration) }
    }

    private func isOpen(_ id: ConversationID, to person: AgentID) -> Bool {
        guard let conversation = service.conversations[id] else { return false }
        return conversation.admits(person) || service.configuration.isSupervisor(person)
            || service.openOffer(of: person)?.id == id
    }

    private mutating func execute(
        _ request: Stanza, _ payload: XMLElement, _ person: AgentID, _ addressee: Addressee, _ turn: inout Turn
    ) {
        let command: AdHocCommand
        do throws(PayloadError) {
            command = try AdHocCommand(payload)
        } catch {
            return turn.send(request.reply(error.stanzaError))
        }
        guard let verb = Verb.at(node: command.node) else {
            return turn.send(request.reply(StanzaError(.itemNotFound)))
        }
        guard verbs(for: person, at: addressee).contains(where: { $0.name == verb.name }) else {
            return turn.send(request.reply(StanzaError(.forbidden)))
        }
        var use = Invocation(person: person, origin: .command(request))
        if case .conversation(let id) = addressee { use.conversation = id }
        let sessionID = command.sessionID ?? freshID()
        func answer(_ status: AdHocCommand.Status, notes: [AdHocCommand.Note] = [], form: DataForm? = nil) -> Stanza? {
            let actions = status == .executing ? AdHocCommand.Actions(execute: .complete, allowed: [.complete]) : nil
            return request.result(
                AdHocCommand(
                    node: command.node, sessionID: sessionID, status: status, actions: actions, notes: notes, form: form
                ).element)
        }
        switch command.action ?? .execute {
        case .cancel: return turn.send(answer(.canceled))
        case .prev: return turn.send(request.reply(Self.fault(.badAction)))
        case .execute, .next, .complete: break
        }
        let form = self.form(of: verb, use)
        if let form {
            guard let submitted = command.form, submitted.kind == .submit else {
                return turn.send(answer(.executing, form: form))
            }
            guard fill(&use, verb, with: submitted) else {
                return turn.send(request.reply(Self.fault(.badPayload)))
            }
        }
        let mark = turn.outgoing.count
        turn.answers = []
        turn.isAnsweredLater = false
        let refusal = run(verb, use, &turn)
        let notes = turn.answers?.map { AdHocCommand.Note($0) } ?? []
        turn.answers = nil
        if let refusal {
            turn.insert(request.reply(Self.error(for: refusal)), at: mark)
        } else if !turn.isAnsweredLater {
            turn.insert(answer(.completed, notes: notes.isEmpty ? [.init("Done.")] : notes), at: mark)
        }
    }

    static func fault(_ fault: AdHocCommand.Fault) -> StanzaError {
        StanzaError(.badRequest, application: fault.element)
    }

    /// What a verb asks; nil if it needs nothing.
    private func form(of verb: Verb, _ use: Invocation) -> DataForm? {
        var fields: [DataForm.Field] = []
        if verb.place == .conversation, use.conversation == nil {
            let options = conversations(of: use.person).prefix(Self.offeredConversations).map { conversation in
                DataForm.Option(conversation.id.rawValue, label: conversation.customerName)
            }
            fields.append(
                DataForm.Field(
                    Self.conversationField, kind: .listSingle, label: "Conversation", isRequired: true,
                    options: options))
        }
        fields += verb.parameters.map { parameter in
            var options = parameter.options?(self, use.person) ?? []
            if case .choice(let choices) = parameter.kind { options = choices.map { DataForm.Option($0) } }
            return DataForm.Field(
                parameter.name, kind: options.isEmpty ? .textSingle : .listSingle, label: parameter.label,
                isRequired: parameter.isRequired, options: options)
        }
        guard !fields.isEmpty else { return nil }
        return DataForm(.form, title: verb.title, instructions: [verb.purpose], fields: fields)
    }

    /// Takes what was filled in; false if something needed is missing or wrong.
    private func fill(_ use: inout Invocation, _ verb: Verb, with form: DataForm) -> Bool {
        if verb.place == .conversation, use.conversation == nil {
            guard let name = form[Self.conversationField],
                let conversation = conversation(named: name, for: use.person)
            else { return false }
            use.conversation = conversation
        }
        for parameter in verb.parameters {
            let value = form.values(parameter.name).joined(separator: "\n")
            if value.contains(where: { !$0.isWhitespace }) {
                guard parameter.accepts(value) else { return false }
                use.values[parameter.name] = redacted(value)
            } else if parameter.isRequired {
                return false
            }
        }
        return true
    }
}
