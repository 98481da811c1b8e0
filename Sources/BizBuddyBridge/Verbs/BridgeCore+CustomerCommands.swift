//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// What customers ask of a contact as ad-hoc commands. Words of ours are those of the catalogue, in the language of the
/// request; nothing is kept between two steps.
extension BridgeCore {
    private static let timeField = "time"
    private static let topicField = "topic"
    private static let confirmedField = "confirmed"
    private static let codeField = "code"
    /// Characters of a time that is typed.
    private static let timeLength = 40

    /// Which contact a request is for, if who sends it is a customer there.
    func customerKey(of request: Stanza, _ addressee: Addressee) -> CustomerKey? {
        guard let from = request.from, let to = request.to else { return nil }
        switch addressee {
        case .contact: break
        case .workgroup(let department): guard !isStaff(from, of: department) else { return nil }
        case .component, .conversation, .nobody: return nil
        }
        return CustomerKey(customer: CustomerAddress(from.bareString), contact: ContactAddress(to.bareString))
    }

    /// A customer's request that has to do with commands; false if it has not.
    mutating func customerCommandRequest(
        _ request: Stanza, _ payload: XMLElement, _ key: CustomerKey, _ turn: inout Turn
    ) -> Bool {
        let language = payload.language ?? request.content.language
        let texts = self.texts(for: key, language)
        switch (payload.name, payload.namespace, request.type) {
        case ("command", AdHocCommand.namespace, .set): execute(request, payload, key, language, &turn)
        case ("query", DiscoveryItems.namespace, .get) where payload["node"] == AdHocCommand.namespace:
            let items = verbs(for: key).compactMap { verb in
                request.to.map { DiscoveryItems.Item($0, node: verb.node, name: texts[verb.title]) }
            }
            turn.send(request.result(DiscoveryItems(node: AdHocCommand.namespace, items: items).element))
        case ("query", DiscoveryInfo.namespace, .get):
            guard let node = payload["node"], let verb = CustomerVerb.at(node: node), verbs(for: key).contains(verb)
            else { return false }
            turn.send(
                request.result(
                    DiscoveryInfo(
                        node: node,
                        identities: [.init(category: "automation", type: "command-node", name: texts[verb.title])],
                        features: [AdHocCommand.namespace, DataForm.namespace]
                    ).element))
        default: return false
        }
        return true
    }

    /// What means something at a contact at the moment.
    private func verbs(for key: CustomerKey) -> [CustomerVerb] {
        CustomerVerb.allCases.filter { verb in
            switch verb {
            case .alerts: !service.configuration.outreach.topics.isEmpty
            case .answer: verifications[key] != nil
            case .export, .erase: configuration.privacy.takesRequests
            case .help, .position, .callback, .leave, .transcript, .stop, .link: true
            }
        }
    }

    private func texts(for key: CustomerKey, _ language: String?) -> CustomerTexts {
        let language = language ?? service.conversation(of: key.customer, with: key.contact)?.routing.language
        return service.configuration.catalogue.texts(language: language, contact: key.contact)
    }

    private mutating func execute(
        _ request: Stanza, _ payload: XMLElement, _ key: CustomerKey, _ language: String?, _ turn: inout Turn
    ) {
        let command: AdHocCommand
        do throws(PayloadError) {
            command = try AdHocCommand(payload)
        } catch {
            return turn.send(request.reply(error.stanzaError))
        }
        guard let verb = CustomerVerb.at(node: command.node), verbs(for: key).contains(verb) else {
            return turn.send(request.reply(StanzaError(.itemNotFound)))
        }
        let texts = self.texts(for: key, language)
        let sessionID = command.sessionID ?? freshID()
        func answer(_ status: AdHocCommand.Status, notes: [String] = [], form: DataForm? = nil) -> Stanza? {
            request.result(
                AdHocCommand(
                    node: command.node, sessionID: sessionID, status: status, language: texts.language,
                    actions: status == .executing
                        ? AdHocCommand.Actions(execute: .complete, allowed: [.complete]) : nil,
                    notes: notes.map { AdHocCommand.Note($0) }, form: form
                ).element)
        }
        switch command.action ?? .execute {
        case .cancel: return turn.send(answer(.canceled))
        case .prev: return turn.send(request.reply(Self.fault(.badAction)))
        case .execute, .next, .complete: break
        }
        let form = command.form.flatMap { $0.kind == .submit ? $0 : nil }
        if form == nil, let asked = self.form(of: verb, key, texts) {
            return turn.send(answer(.executing, form: asked))
        }
        let mark = turn.outgoing.count
        turn.answers = []
        turn.isAnsweredLater = false
        let isTaken = run(verb, form, key, language, request, &turn)
        let notes = turn.answers ?? []
        turn.answers = nil
        guard isTaken, !turn.isRefused else {
            // The refusal has gone out as the answer.
            turn.isRefused = false
            return
        }
        guard !turn.isAnsweredLater else { return }
        if verb == .alerts, form?[Self.confirmedField] == nil, service.hasPendingTopic(key.customer),
            let topic = form?[Self.topicField]
        {
            // Asked twice, like everybody: the second yes is a step of its own.
            return turn.insert(
                answer(.executing, form: confirmation(notes.joined(separator: "\n"), topic, texts)), at: mark)
        }
        turn.insert(answer(.completed, notes: notes.isEmpty ? [texts[.done]] : notes), at: mark)
    }

    /// What is asked before it is done; nil if there is nothing to ask.
    private func form(of verb: CustomerVerb, _ key: CustomerKey, _ texts: CustomerTexts) -> DataForm? {
        let field: DataForm.Field
        switch verb {
        case .callback: field = .init(Self.timeField, kind: .textSingle, label: texts[.fieldTime])
        case .alerts:
            let topics = service.configuration.outreach.topics.sorted { $0.key < $1.key }
            field = .init(
                Self.topicField, kind: .listSingle, label: texts[.fieldTopic], isRequired: true,
                options: topics.map { .init($0.key, label: $0.value) })
        case .link: field = .init(Self.codeField, kind: .textSingle, label: texts[.fieldCode])
        case .answer:
            field = .init(
                BizBuddyVerification.field, kind: .textPrivate, label: verifications[key]?.label ?? texts[.fieldAnswer],
                isRequired: true)
        case .help, .position, .leave, .transcript, .stop, .export, .erase: return nil
        }
        return DataForm(.form, title: texts[verb.title], fields: [field])
    }

    private func confirmation(_ question: String, _ topic: String, _ texts: CustomerTexts) -> DataForm {
        DataForm(
            .form, title: texts[.titleAlerts],
            fields: [
                DataForm.Field(Self.topicField, kind: .hidden, values: [topic]),
                DataForm.Field(Self.confirmedField, kind: .boolean, label: question, isRequired: true),
            ])
    }

    /// Does it; false if it was refused with an error.
    private mutating func run(
        _ verb: CustomerVerb, _ form: DataForm?, _ key: CustomerKey, _ language: String?, _ request: Stanza,
        _ turn: inout Turn
    ) -> Bool {
        func value(_ name: String) -> String? {
            form?[name].flatMap { text in text.contains { !$0.isWhitespace } ? text : nil }
        }
        let ask: CustomerAsk
        switch verb {
        case .help: ask = .help
        case .position: ask = .position
        case .callback: ask = .callback(value(Self.timeField).map { String($0.prefix(Self.timeLength)) })
        case .leave: ask = .leave
        case .transcript: ask = .transcript
        case .stop: ask = .stop
        case .alerts:
            if let confirmed = value(Self.confirmedField) {
                guard ["1", "true"].contains(confirmed) else { return true }
                ask = .confirmAlert
            } else {
                guard let topic = value(Self.topicField), service.configuration.outreach.topics[topic] != nil else {
                    return refuse(request, &turn)
                }
                ask = .alert(topic)
            }
        case .link:
            guard let text = value(Self.codeField) else {
                return take(.code, key, language, from: .command(request), &turn)
            }
            guard let code = CustomerRequest.code(text) else { return refuse(request, &turn) }
            return take(.redeem(code), key, language, from: .command(request), &turn)
        case .answer:
            guard let text = value(BizBuddyVerification.field) else { return refuse(request, &turn) }
            return take(.answer(text), key, language, from: .command(request), &turn)
        case .export: return take(.export, key, language, from: .command(request), &turn)
        case .erase: return take(.erase, key, language, from: .command(request), &turn)
        }
        apply(
            .customerAsks(
                customer: key.customer, contact: key.contact, ask: ask, language: language,
                proof: request.id.map { String($0.prefix(Self.proofLength)) } ?? "",
                newConversation: ConversationID(freshID())), from: .command(request), &turn)
        return true
    }

    /// Characters of a request's name that the consent ledger keeps.
    private static let proofLength = 100

    private func refuse(_ request: Stanza, _ turn: inout Turn) -> Bool {
        turn.send(request.reply(Self.fault(.badPayload)))
        return false
    }
}
