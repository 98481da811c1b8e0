//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore

/// Running verbs, and what they share.
extension BridgeCore {
    /// Runs a verb, if the person may.
    @discardableResult
    mutating func run(_ verb: Verb, _ use: Invocation, _ turn: inout Turn) -> AgentRefusal? {
        guard verb.isAllowed(to: use.person, service.configuration) else {
            let isStaff = service.configuration.isStaff(use.person)
            return refuse(isStaff ? .notASupervisor : .notAnAgent, use, &turn)
        }
        return verb.run(&self, use, &turn)
    }

    /// Says no before the queue was asked; where the answer is a request's, it is the caller's to give.
    mutating func refuse(_ reason: AgentRefusal, _ use: Invocation, _ turn: inout Turn) -> AgentRefusal {
        if !use.origin.waitsForResult { answer(use.origin, AgentTexts.refusal(reason), &turn) }
        return reason
    }

    /// What staff say at a workgroup's address.
    mutating func workgroupInput(_ text: String, _ person: AgentID, from origin: Origin, _ turn: inout Turn) {
        switch StaffInput(redacted(text), atWorkgroup: true) {
        case .verb(let verb, var values):
            var use = Invocation(person: person, origin: origin)
            if verb.place == .conversation {
                let name = values.removeValue(forKey: StaffInput.conversation)
                guard let id = name.flatMap({ conversation(named: $0, for: person) }) else {
                    let hint = "Say it in a conversation, or name one of /list: \(verb.usageElsewhere)"
                    return answer(origin, hint, &turn)
                }
                use.conversation = id
            }
            use.values = values
            run(verb, use, &turn)
        case .incomplete(let usage): answer(origin, "Usage: \(usage)", &turn)
        case .unknown(let name): answer(origin, AgentTexts.unknownCommand(name), &turn)
        case .text: answer(origin, help(for: person, inConversation: false), &turn)
        }
    }

    /// What staff say in a conversation, in whatever way.
    mutating func conversationInput(
        _ text: String, _ person: AgentID, _ id: ConversationID, from origin: Origin, _ turn: inout Turn
    ) {
        if customerCommand(text, person, id, from: origin, &turn) { return }
        let whole = text
        let kept = redacted(text)
        switch StaffInput(kept, atWorkgroup: false) {
        case .text(let text):
            turn.count(.agentTexts)
            let externalID = origin.stanza.flatMap { stanzaID(of: $0) }
            let beside = origin.stanza.flatMap { self.context(of: $0, language: nil, isWhole: kept == whole).orNil }
            apply(
                .agentMessage(
                    agent: person, conversation: id, text: text, externalID: externalID, context: beside),
                from: origin, &turn)
        case .verb(let verb, let values):
            run(verb, Invocation(person: person, conversation: id, values: values, origin: origin), &turn)
        case .incomplete(let usage): answer(origin, "Usage: \(usage)", &turn)
        case .unknown(let name): answer(origin, AgentTexts.unknownCommand(name), &turn)
        }
    }

    mutating func invite(
        _ part: Conversation.Companion.Part, _ use: Invocation, _ turn: inout Turn
    ) -> AgentRefusal? {
        guard let id = use.conversation else { return .noConversation }
        guard let colleague = use["colleague"].flatMap({ person(named: $0) }) else {
            return refuse(.noSuchTarget, use, &turn)
        }
        return apply(
            .invite(agent: use.person, conversation: id, colleague: colleague, part: part, reason: use["reason"]),
            from: use.origin, &turn)
    }

    // MARK: Names

    /// Characters of a conversation's name that suffice, if no other begins so.
    private static let shortestName = 4

    /// The conversation of a name or of the beginning of one, among those the person may ask about.
    func conversation(named name: String, for person: AgentID) -> ConversationID? {
        let word = name.prefix { $0 != "@" }.lowercased()
        let known = conversations(of: person).map(\.id)
        if let exact = known.first(where: { $0.rawValue == word }) { return exact }
        guard word.count >= Self.shortestName else { return nil }
        let fitting = known.filter { $0.rawValue.hasPrefix(word) }
        return fitting.count == 1 ? fitting.first : nil
    }

    /// Of a supervisor all, of others those they are in; in the order of arrival.
    func conversations(of person: AgentID) -> [Conversation] {
        let isSupervisor = service.configuration.isSupervisor(person)
        return service.conversations.values.filter { isSupervisor || $0.admits(person) }
            .sorted { ($0.startedAt, $0.id) < ($1.startedAt, $1.id) }
    }

    /// Somebody of the staff, by address or by what stands before the `@`; of two people with one name nobody.
    func person(named name: String) -> AgentID? {
        let word = name.lowercased()
        let people = service.configuration.staff.filter { person in
            person.rawValue == word || person.rawValue.prefix { $0 != "@" } == word
        }
        return people.count == 1 ? people.first : nil
    }

    // MARK: Overviews

    func agentsOverview(for person: AgentID) -> String {
        let own = service.configuration.departments(of: person)
        let shown = service.configuration.isSupervisor(person) ? service.configuration.departments : own
        return shown.map { department in
            "\(department.name):\n\(AgentTexts.agents(service.agentBoard(of: department.id)))"
        }.joined(separator: "\n")
    }

    /// Lines of a list; who has more sees how many are left out.
    private static let listLength = 100

    func conversationList(for person: AgentID) -> String {
        let all = conversations(of: person)
        guard !all.isEmpty else { return "There are no conversations." }
        let lines = all.prefix(Self.listLength).map { conversation in
            AgentTexts.line(
                conversation, department: service.configuration[department: conversation.department]?.name ?? "",
                now: service.now)
        }
        let more = all.count - lines.count
        return (lines + (more > 0 ? ["and \(more) more"] : [])).joined(separator: "\n")
    }

    func blockList() -> String {
        let all = service.blocks.sorted { ($0.value.at, $0.key) < ($1.value.at, $1.key) }
        guard !all.isEmpty else { return "Nobody is blocked." }
        let lines = all.prefix(Self.listLength).map { customer, block in
            "\(customer), by \(block.by)\(block.reason.map { ": \($0)" } ?? "")"
        }
        let more = all.count - lines.count
        return (lines + (more > 0 ? ["and \(more) more"] : [])).joined(separator: "\n")
    }

    func record(for person: AgentID, _ id: ConversationID?) -> String {
        guard let id else {
            return service.openOffer(of: person).map { AgentTexts.record(seen($0.lookup, by: person)) }
                ?? AgentTexts.refusal(.noOffer)
        }
        guard let conversation = service.conversations[id] else { return AgentTexts.refusal(.noConversation) }
        let mayRead = conversation.admits(person) || service.openOffer(of: person)?.id == id
        return mayRead ? AgentTexts.record(seen(conversation.lookup, by: person)) : AgentTexts.refusal(.notYours)
    }

    func help(for person: AgentID, inConversation: Bool) -> String {
        let verbs = Verb.all.filter { $0.isAllowed(to: person, service.configuration) }
        let lines = verbs.filter { inConversation ? !$0.isBareWord : $0.place == .anywhere || $0.role == .supervisor }
            .map { verb in
                let usage = inConversation ? verb.usage : verb.usageElsewhere
                return "\(verb.isBareWord ? verb.name : usage) – \(verb.purpose)"
            }
        let own = inConversation ? ["Everything else goes to the customer."] : []
        return (lines + own).joined(separator: "\n")
    }
}

extension Verb {
    /// As it is typed outside of the conversation.
    var usageElsewhere: String {
        guard place == .conversation else { return usage }
        return "/\(name) CONVERSATION" + usage.dropFirst(name.count + 1)
    }
}
