//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What agents do and how they come and go.
extension ServiceState {
    mutating func presence(
        _ id: AgentID, _ resource: String, _ state: AgentResource?, _ effects: inout [Effect]
    ) {
        guard var agent = agents[id] else { return }
        let wasOnline = agent.isOnline
        let wasOnDuty = agent.isOnDuty
        let before = agent.resources[resource]
        agent.resources[resource] = state
        if state == nil {
            for department in agent.workgroups.keys {
                agent.workgroups[department]?[resource] = nil
            }
        }
        // A state set anew is a decision: it ends the pause and an earlier "/duty on". A client that only comes or
        // goes decides nothing, but somebody who comes back from being away altogether is there again.
        let isDecision = before != nil && state != nil && before != state
        if isDecision, agent.dutyOverride == true {
            agent.dutyOverride = nil
        }
        if isDecision || (!wasOnline && agent.isOnline) {
            agent.isPaused = false
            agent.missedOffers = 0
        }
        if !wasOnDuty, agent.isOnDuty {
            agent.idleSince = now
        }
        edit(id) { $0 = agent }
        switch (wasOnline, agent.isOnline) {
        case (true, false): allClientsGone(id, &effects)
        case (false, true): isBack(id, &effects)
        default: break
        }
    }

    mutating func workgroupPresence(
        _ agent: AgentID, _ department: DepartmentID, _ resource: String, _ state: WorkgroupPresence
    ) {
        guard configuration[department: department]?.agents.contains(agent) == true else { return }
        let wasOnDuty = isOnDuty(agent, for: department)
        if agents[agent]?.resources[resource] == nil, state.show == .left {
            edit(agent) { $0.workgroups[department]?[resource] = nil }
        } else {
            edit(agent) { $0.workgroups[department, default: [:]][resource] = state }
        }
        if !wasOnDuty, isOnDuty(agent, for: department) {
            let now = now
            edit(agent) { $0.idleSince = now }
        }
    }

    mutating func duty(_ id: AgentID, isOn: Bool, _ effects: inout [Effect]) {
        guard var agent = agents[id] else {
            effects.append(.refuse(agent: id, conversation: nil, reason: .notAnAgent))
            return
        }
        let wasOnDuty = agent.isOnDuty
        if isOn {
            agent.isPaused = false
            agent.missedOffers = 0
            agent.record.wrapUpUntil = nil
            cancel(.wrapUp(id), &effects)
            // Nothing to override when the presence state says the same.
            agent.dutyOverride = agent.resources.values.contains { $0.takesCustomers } ? nil : true
        } else {
            agent.dutyOverride = false
        }
        if !wasOnDuty, agent.isOnDuty {
            agent.idleSince = now
        }
        edit(id) { $0 = agent }
        let notice: AgentNotice = isOn ? (agent.isOnline ? .dutyOn : .dutyOnWhenOnline) : .dutyOff
        effects.append(.tellAgent(agent: id, conversation: nil, notice: notice))
    }

    mutating func joined(_ agent: AgentID, _ id: ConversationID, isInRoom: Bool, _ effects: inout [Effect]) {
        guard var assignment = conversations[id]?.assignment, assignment.agent == agent else {
            return companionJoined(agent, id, isInRoom: isInRoom, &effects)
        }
        assignment.hasJoined = isInRoom
        conversations[id]?.stage = .active(assignment)
    }

    mutating func agentMessage(
        _ agent: AgentID, _ id: ConversationID, _ text: String, externalID: String?, _ context: MessageContext?,
        _ effects: inout [Effect]
    ) {
        if let companion = conversations[id]?.company[agent] {
            guard isNew(externalID, of: agent, in: id) else { return }
            return companionSpeaks(companion, text, externalID: externalID, context, in: id, &effects)
        }
        guard let conversation = held(by: agent, id, &effects), isNew(externalID, of: agent, in: id) else { return }
        if agents[agent]?.isPaused == true {
            let now = now
            edit(agent) { agent in
                agent.isPaused = false
                agent.idleSince = now
            }
        }
        if !conversation.transcript.contains(where: { if case .agent = $0.author { true } else { false } }) {
            count(.firstResponse(seconds: seconds(since: conversation.startedAt)), conversation)
        }
        let entry = record(
            .agent(agent), text, externalID: externalID, in: id, details(context, by: .agent(agent), in: conversation))
        waitForAnswer(id, &effects)
        effects.append(
            .sendToCustomer(
                CustomerDelivery(
                    conversation: id, customer: conversation.customer, contact: conversation.contact, text: text,
                    kind: .agentText, entry: entry)))
        if !conversation.company.companions.isEmpty {
            effects.append(.showAgentText(conversation: id, entry: entry))
        }
    }

    mutating func note(
        _ agent: AgentID, _ id: ConversationID, _ text: String, externalID: String?, _ effects: inout [Effect]
    ) {
        guard conversations[id]?.company[agent] != nil || held(by: agent, id, &effects) != nil,
            isNew(externalID, of: agent, in: id)
        else { return }
        let entry = record(.note(agent), text, externalID: externalID, in: id)
        effects.append(.showNote(conversation: id, entry: entry))
    }

    mutating func agentCloses(
        _ agent: AgentID, _ id: ConversationID, _ disposition: String?, _ effects: inout [Effect]
    ) {
        guard let conversation = held(by: agent, id, &effects) else { return }
        let rules = configuration[department: conversation.department]?.rules.care ?? CareRules()
        let named = rules.dispositions.first { $0.lowercased() == disposition?.lowercased() }
        guard rules.dispositions.isEmpty || named != nil else {
            effects.append(
                .tellAgent(agent: agent, conversation: id, notice: .dispositionNeeded(rules.dispositions)))
            return
        }
        notify(conversation, .ended, &effects)
        survey(conversation, &effects)
        effects.append(.tellAgent(agent: agent, conversation: id, notice: .closed))
        end(id, Conversation.Closing(by: .agent(agent), disposition: named ?? disposition, at: now), &effects)
        wrapUp(agent, rules.wrapUp, &effects)
    }

    /// The conversation if the agent has it; else a refusal.
    func held(by agent: AgentID, _ id: ConversationID, _ effects: inout [Effect]) -> Conversation? {
        let reason: AgentRefusal
        if agents[agent] == nil {
            reason = .notAnAgent
        } else if let conversation = conversations[id] {
            if conversation.agent == agent { return conversation }
            reason = conversation.offer?.agent == agent ? .notAccepted : .notYours
        } else {
            reason = .noConversation
        }
        effects.append(.refuse(agent: agent, conversation: id, reason: reason))
        return nil
    }

    mutating func isNew(_ externalID: String?, of agent: AgentID, in id: ConversationID) -> Bool {
        guard let externalID else { return true }
        return seenMessages.insert("a \(agent) \(id) \(externalID)")
    }

    // MARK: Coming and going

    private mutating func allClientsGone(_ id: AgentID, _ effects: inout [Effect]) {
        guard let held = agents[id]?.conversations, !held.isEmpty else { return }
        for conversation in held {
            joined(id, conversation, isInRoom: false, &effects)
        }
        let now = now
        edit(id) { $0.goneSince = now }
        set(.agentGone(id), at: now + configuration.agentGrace, &effects)
    }

    private mutating func isBack(_ id: AgentID, _ effects: inout [Effect]) {
        edit(id) { $0.goneSince = nil }
        cancel(.agentGone(id), &effects)
        for conversation in agents[id]?.conversations ?? []
        where conversations[conversation]?.assignment?.hasJoined == false {
            effects.append(.inviteToRoom(agent: id, conversation: conversation))
        }
    }

    /// The grace is over: what the agent had goes back to the head of the line.
    mutating func agentStaysAway(_ id: AgentID, _ effects: inout [Effect]) {
        guard let agent = agents[id], !agent.isOnline else { return }
        edit(id) { $0.goneSince = nil }
        for conversation in agent.conversations {
            returnToLine(conversation, from: id, &effects)
        }
    }

    mutating func returnToLine(_ id: ConversationID, from agent: AgentID, _ effects: inout [Effect]) {
        endHandover(id, .ended, &effects)
        dismissCompanions(of: id, &effects)
        cancel(.silence(id), &effects)
        if let conversation = conversations[id] { count(.returned, conversation, by: agent) }
        release(agent, id)
        effects.append(.removeFromRoom(agent: agent, conversation: id))
        effects.append(.tellAgent(agent: agent, conversation: id, notice: .conversationReturned))
        rearrange(id) { conversation in
            conversation.stage = .queued
            conversation.isReturned = true
            conversation.asked = []
            conversation.waitingTexts = 0
            conversation.told = .greeted
        }
        reroute(id)
        if let conversation = conversations[id] {
            notify(conversation, .agentLost, &effects)
        }
    }
}
