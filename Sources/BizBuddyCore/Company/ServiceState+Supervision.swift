//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What supervisors may do with conversations that are not theirs.
extension ServiceState {
    /// Follows a conversation, or no longer does.
    mutating func monitor(_ person: AgentID, _ id: ConversationID, isOn: Bool, _ effects: inout [Effect]) {
        guard let conversation = supervised(by: person, id, &effects) else { return }
        guard isOn else {
            guard conversation.company[person]?.part == .monitor else {
                effects.append(.refuse(agent: person, conversation: id, reason: .notAccepted))
                return
            }
            return dismissCompanion(person, id, person, &effects)
        }
        func refuse(_ reason: AgentRefusal) {
            effects.append(.refuse(agent: person, conversation: id, reason: reason))
        }
        guard configuration.supervision.monitoring != .off else { return refuse(.monitoringIsOff) }
        guard let owner = conversation.agent else { return refuse(.nobodyServes) }
        guard owner != person, conversation.company[person]?.part != .monitor else { return refuse(.alreadyThere) }
        guard add(person, as: .monitor, hasAnswered: true, to: id) else { return refuse(.tooManyThere) }
        effects.append(
            .inviteCompanion(
                CompanionInvitation(
                    agent: person, conversation: id, customerName: conversation.customerName, part: .monitor,
                    by: person, reason: nil)))
        effects.append(.tellAgent(agent: owner, conversation: id, notice: .monitored(person)))
        if configuration.supervision.monitoring == .announced { notify(conversation, .monitored, &effects) }
    }

    /// Words for the staff of a conversation, whoever has it.
    mutating func whisper(
        _ person: AgentID, _ id: ConversationID, _ text: String, externalID: String?, _ effects: inout [Effect]
    ) {
        guard supervised(by: person, id, &effects) != nil, isNew(externalID, of: person, in: id) else { return }
        let entry = record(.note(person), text, externalID: externalID, in: id)
        effects.append(.showNote(conversation: id, entry: entry))
    }

    /// A supervisor serves the customer from now on.
    mutating func takeOver(_ person: AgentID, _ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = supervised(by: person, id, &effects) else { return }
        func refuse(_ reason: AgentRefusal) {
            effects.append(.refuse(agent: person, conversation: id, reason: reason))
        }
        guard conversation.agent != person else { return refuse(.alreadyThere) }
        guard agents[person]?.isOnline == true else { return refuse(.youAreNotOnline) }
        let isAsked = conversation.offer?.agents.contains(person) == true || conversation.routing.handover?.to == person
        guard isAsked || hasRoom(person, in: conversation.department, weight: conversation.routing.weight) else {
            return refuse(.youAreBusy)
        }
        endHandover(id, .ended, &effects)
        if let offer = conversation.offer { withdraw(offer, of: conversation, reason: .takenByOther, &effects) }
        if let owner = conversation.agent {
            leave(owner, id, .takenFromYou(person), &effects)
            move(id, to: person, in: conversation.department, &effects)
        } else {
            begin(id, with: person, in: conversation.department, &effects)
        }
    }

    /// Gives a conversation to somebody else, who is asked, or to a department's line.
    mutating func reassign(
        _ person: AgentID, _ id: ConversationID, _ target: TransferTarget, reason: String?,
        _ effects: inout [Effect]
    ) {
        guard let conversation = supervised(by: person, id, &effects) else { return }
        if conversation.agent != nil {
            return pass(conversation, to: target, by: person, reason: reason, &effects)
        }
        func refuse(_ reason: AgentRefusal) {
            effects.append(.refuse(agent: person, conversation: id, reason: reason))
        }
        switch target {
        case .department(let department):
            guard configuration[department: department] != nil else { return refuse(.noSuchTarget) }
            guard department != conversation.department else { return refuse(.alreadyThere) }
            if let offer = conversation.offer { withdraw(offer, of: conversation, reason: .takenByOther, &effects) }
            cancelWaiting(id, &effects)
            rearrange(id) { conversation in
                conversation.department = department
                conversation.asked = []
                conversation.nextRound = nil
                conversation.told = .nothing
                conversation.routing.isMoved = true
                conversation.routing.helpers = []
            }
            if conversation.stage == .choosing { join(id, &effects) } else { reroute(id) }
            effects.append(.tellAgent(agent: person, conversation: nil, notice: .passedOn(department)))
        case .agent(let colleague):
            guard let department = department(for: colleague, of: conversation) else { return refuse(.noSuchTarget) }
            guard isOnDuty(colleague, for: department) else { return refuse(.targetNotAvailable) }
            guard conversation.offer?.agents.contains(colleague) != true else { return refuse(.alreadyThere) }
            guard agents[colleague]?.offer == nil, agents[colleague]?.record.wrapUpUntil == nil,
                hasRoom(colleague, in: department, weight: conversation.routing.weight)
            else { return refuse(.targetBusy) }
            if let offer = conversation.offer { withdraw(offer, of: conversation, reason: .takenByOther, &effects) }
            if conversation.stage == .choosing { join(id, &effects) }
            if conversations[id]?.routing.hold != Conversation.Routing.Hold.none {
                cancel(.turn(id), &effects)
                rearrange(id) { $0.routing.hold = .none }
            }
            offer(id, to: [colleague], for: department, &effects)
            effects.append(.tellAgent(agent: person, conversation: nil, notice: .asked(colleague)))
        }
    }

    /// Sets whether somebody else is offered customers.
    mutating func setDuty(_ person: AgentID, of agent: AgentID, isOn: Bool, _ effects: inout [Effect]) {
        guard configuration.isSupervisor(person) else {
            effects.append(.refuse(agent: person, conversation: nil, reason: .notASupervisor))
            return
        }
        guard agents[agent] != nil else {
            effects.append(.refuse(agent: person, conversation: nil, reason: .noSuchTarget))
            return
        }
        duty(agent, isOn: isOn, &effects)
        effects.append(.tellAgent(agent: agent, conversation: nil, notice: .dutySetBy(person)))
        effects.append(.tellAgent(agent: person, conversation: nil, notice: .dutyIsSet(agent, isOn: isOn)))
    }

    /// Who is a supervisor no more follows nothing.
    mutating func dismissFormerSupervisors(_ effects: inout [Effect]) {
        for id in conversations.keys.sorted() {
            for companion in conversations[id]?.company.companions ?? []
            where companion.part == .monitor && !configuration.isSupervisor(companion.agent) {
                dismissCompanion(companion.agent, id, companion.agent, &effects)
            }
        }
    }

    /// The conversation if a supervisor asks; else a refusal.
    private func supervised(
        by person: AgentID, _ id: ConversationID, _ effects: inout [Effect]
    ) -> Conversation? {
        let isSupervisor = configuration.isSupervisor(person)
        if isSupervisor, let conversation = conversations[id] { return conversation }
        let reason: AgentRefusal = isSupervisor ? .noConversation : .notASupervisor
        effects.append(.refuse(agent: person, conversation: id, reason: reason))
        return nil
    }
}
