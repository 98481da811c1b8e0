//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Colleagues in a conversation: invited to speak with the customer, or to be asked among staff.
extension ServiceState {
    mutating func invite(
        _ agent: AgentID, _ id: ConversationID, _ colleague: AgentID, _ part: Conversation.Companion.Part,
        reason: String?, _ effects: inout [Effect]
    ) {
        guard let conversation = held(by: agent, id, &effects) else { return }
        func refuse(_ reason: AgentRefusal) {
            effects.append(.refuse(agent: agent, conversation: id, reason: reason))
        }
        guard part != .monitor, agents[colleague] != nil else { return refuse(.noSuchTarget) }
        guard colleague != agent else { return refuse(.alreadyThere) }
        guard agents[colleague]?.isOnline == true else { return refuse(.targetNotAvailable) }
        if let present = conversation.company[colleague], present.part == part { return refuse(.alreadyThere) }
        guard add(colleague, as: part, hasAnswered: false, to: id) else { return refuse(.tooManyThere) }
        effects.append(
            .inviteCompanion(
                CompanionInvitation(
                    agent: colleague, conversation: id, customerName: conversation.customerName, part: part, by: agent,
                    reason: reason)))
        effects.append(.tellAgent(agent: agent, conversation: id, notice: .invited(colleague, part)))
    }

    /// False if there are too many.
    mutating func add(
        _ person: AgentID, as part: Conversation.Companion.Part, hasAnswered: Bool, to id: ConversationID
    ) -> Bool {
        guard var companions = conversations[id]?.company.companions else { return false }
        let before = companions.first { $0.agent == person }
        companions.removeAll { $0.agent == person }
        guard companions.count < Limits.companions else { return false }
        var companion = Conversation.Companion(
            agent: person, part: part, since: now, hasAnswered: hasAnswered || before?.hasAnswered == true)
        companion.hasJoined = before?.hasJoined ?? false
        companions.append(companion)
        conversations[id]?.company.companions = companions
        return true
    }

    /// A companion goes, declines, or is sent away by the agent or a supervisor.
    mutating func dismissCompanion(
        _ agent: AgentID, _ id: ConversationID, _ companion: AgentID, _ effects: inout [Effect]
    ) {
        guard let conversation = conversations[id] else {
            effects.append(.refuse(agent: agent, conversation: id, reason: .noConversation))
            return
        }
        let mayDismiss = agent == companion || conversation.agent == agent || configuration.isSupervisor(agent)
        guard mayDismiss, let present = conversation.company[companion] else {
            let reason: AgentRefusal = mayDismiss ? .noSuchTarget : .notYours
            effects.append(.refuse(agent: agent, conversation: id, reason: reason))
            return
        }
        // A supervisor who follows is not the agent's to send away.
        guard present.part != .monitor || agent == companion || configuration.isSupervisor(agent) else {
            effects.append(.refuse(agent: agent, conversation: id, reason: .notYours))
            return
        }
        remove(companion, from: id, &effects)
        guard let owner = conversation.agent, owner != companion else { return }
        effects.append(.tellAgent(agent: owner, conversation: id, notice: .companionGone(companion)))
    }

    private mutating func remove(_ companion: AgentID, from id: ConversationID, _ effects: inout [Effect]) {
        conversations[id]?.company.companions.removeAll { $0.agent == companion }
        effects.append(.removeFromRoom(agent: companion, conversation: id))
    }

    /// The conversation is nobody's any more: who was there with the agent goes as well.
    mutating func dismissCompanions(of id: ConversationID, _ effects: inout [Effect]) {
        for companion in conversations[id]?.company.companions ?? [] {
            remove(companion.agent, from: id, &effects)
        }
    }

    /// Somebody came into the room or left it.
    mutating func companionJoined(
        _ agent: AgentID, _ id: ConversationID, isInRoom: Bool, _ effects: inout [Effect]
    ) {
        guard var companions = conversations[id]?.company.companions,
            let index = companions.firstIndex(where: { $0.agent == agent })
        else { return }
        guard isInRoom || !companions[index].hasJoined else {
            return dismissCompanion(agent, id, agent, &effects)
        }
        companions[index].hasJoined = isInRoom
        companions[index].hasAnswered = companions[index].hasAnswered || isInRoom
        conversations[id]?.company.companions = companions
    }

    /// After a restart nobody is in a room, but whoever was may come back.
    mutating func companionsAreOutside() {
        for id in conversations.keys {
            for index in conversations[id]?.company.companions.indices ?? 0..<0 {
                conversations[id]?.company.companions[index].hasJoined = false
            }
        }
    }

    /// What a companion says: a guest's words are the customer's to read, all others' stay among staff.
    mutating func companionSpeaks(
        _ companion: Conversation.Companion, _ text: String, externalID: String?, _ context: MessageContext?,
        in id: ConversationID, _ effects: inout [Effect]
    ) {
        if let index = conversations[id]?.company.companions.firstIndex(where: { $0.agent == companion.agent }) {
            conversations[id]?.company.companions[index].hasAnswered = true
        }
        guard companion.part == .guest, let conversation = conversations[id] else {
            let entry = record(.note(companion.agent), text, externalID: externalID, in: id)
            effects.append(.showNote(conversation: id, entry: entry))
            return
        }
        let entry = record(
            .agent(companion.agent), text, externalID: externalID, in: id,
            details(context, by: .agent(companion.agent), in: conversation))
        waitForAnswer(id, &effects)
        effects.append(
            .sendToCustomer(
                CustomerDelivery(
                    conversation: id, customer: conversation.customer, contact: conversation.contact, text: text,
                    kind: .agentText, entry: entry)))
        effects.append(.showAgentText(conversation: id, entry: entry))
    }

    /// A customer's text for companions; the agent's own copy goes by itself.
    func relayToCompanions(_ entry: TranscriptEntry, _ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id] else { return }
        for companion in conversation.company.companions where companion.hasAnswered {
            effects.append(
                .relayToAgent(
                    AgentRelay(
                        agent: companion.agent, conversation: id, customerName: conversation.customerName,
                        entry: entry, toRoom: companion.hasJoined)))
        }
    }
}

/// A colleague is wanted in a conversation.
package struct CompanionInvitation: Hashable, Sendable, Codable {
    package let agent: AgentID
    package let conversation: ConversationID
    package let customerName: String
    package let part: Conversation.Companion.Part
    package let by: AgentID
    package let reason: String?
}
