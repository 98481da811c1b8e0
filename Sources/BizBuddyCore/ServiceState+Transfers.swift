//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Passing customers on: to an agent, who is asked and may say no, or to a department's line.
extension ServiceState {
    mutating func transfer(
        _ agent: AgentID, _ id: ConversationID, _ target: TransferTarget, reason: String?, _ effects: inout [Effect]
    ) {
        guard let conversation = held(by: agent, id, &effects) else { return }
        pass(conversation, to: target, by: agent, reason: reason, &effects)
    }

    /// Passes on what an agent has: the agent's own wish, or a supervisor's.
    mutating func pass(
        _ conversation: Conversation, to target: TransferTarget, by person: AgentID, reason: String?,
        _ effects: inout [Effect]
    ) {
        let id = conversation.id
        guard let agent = conversation.agent else { return }
        func refuse(_ reason: AgentRefusal) {
            effects.append(.refuse(agent: person, conversation: id, reason: reason))
        }
        guard conversation.routing.handover == nil else { return refuse(.isBeingPassedOn) }
        switch target {
        case .department(let department):
            guard configuration[department: department] != nil else { return refuse(.noSuchTarget) }
            guard department != conversation.department else { return refuse(.alreadyThere) }
            noteTransfer(
                to: configuration[department: department]?.name ?? department.rawValue, reason, by: person, id, &effects
            )
            passToLine(of: department, conversation, &effects)
            if person != agent {
                effects.append(.tellAgent(agent: person, conversation: nil, notice: .passedOn(department)))
            }
        case .agent(let colleague):
            guard colleague != agent else { return refuse(.alreadyThere) }
            guard let department = department(for: colleague, of: conversation) else { return refuse(.noSuchTarget) }
            guard isOnDuty(colleague, for: department) else { return refuse(.targetNotAvailable) }
            guard agents[colleague]?.offer == nil, agents[colleague]?.record.wrapUpUntil == nil,
                hasRoom(colleague, in: department, weight: conversation.routing.weight)
            else { return refuse(.targetBusy) }
            let timeout = configuration[department: department]?.offerTimeout ?? .seconds(30)
            let handover = Conversation.Handover(
                number: nextOffer, from: agent, to: colleague, department: department, until: now + timeout,
                reason: reason, by: person == agent ? nil : person)
            nextOffer += 1
            conversations[id]?.routing.handover = handover
            charge(colleague, department, conversation.routing.weight)
            edit(colleague) { $0.offer = id }
            set(.handover(id, number: handover.number), at: handover.until, &effects)
            if let offer = describe(handover, id) { effects.append(.offer(offer)) }
            effects.append(.tellAgent(agent: agent, conversation: id, notice: .asked(colleague)))
            if person != agent {
                effects.append(.tellAgent(agent: person, conversation: nil, notice: .asked(colleague)))
            }
        }
    }

    /// The department of the conversation if the colleague works there, else the colleague's first.
    func department(for colleague: AgentID, of conversation: Conversation) -> DepartmentID? {
        let theirs = derived.membership[colleague] ?? []
        return theirs.contains(conversation.department) ? conversation.department : theirs.first
    }

    private mutating func passToLine(
        of department: DepartmentID, _ conversation: Conversation, _ effects: inout [Effect]
    ) {
        let id = conversation.id
        guard let agent = conversation.agent else { return }
        count(.transferred, conversation)
        leave(agent, id, .passedOn(department), &effects)
        dismissCompanions(of: id, &effects)
        rearrange(id) { conversation in
            conversation.stage = .queued
            conversation.department = department
            conversation.isReturned = true
            conversation.asked = []
            conversation.nextRound = nil
            conversation.waitingTexts = 0
            // Told once, and then the place as everybody.
            conversation.told = .greeted
            conversation.routing.isMoved = true
        }
        reroute(id)
        if let conversation = conversations[id] { notify(conversation, .transferred, &effects) }
    }

    /// What the next agent finds in the conversation.
    private mutating func noteTransfer(
        to name: String, _ reason: String?, by agent: AgentID, _ id: ConversationID, _ effects: inout [Effect]
    ) {
        let text = "passed on to \(name)" + (reason.map { ": \($0)" } ?? "")
        let entry = record(.note(agent), text, externalID: nil, in: id)
        effects.append(.showNote(conversation: id, entry: entry))
    }

    // MARK: The colleague's answer

    mutating func acceptHandover(
        _ handover: Conversation.Handover, _ conversation: Conversation, _ effects: inout [Effect]
    ) {
        let id = conversation.id
        cancel(.handover(id, number: handover.number), &effects)
        noteTransfer(
            to: String(handover.to.rawValue.prefix { $0 != "@" }), handover.reason, by: handover.by ?? handover.from,
            id, &effects)
        leave(handover.from, id, .takenOver(handover.to), &effects)
        conversations[id]?.routing.handover = nil
        charge(handover.to, handover.department, -conversation.routing.weight)
        edit(handover.to) { $0.offer = nil }
        move(id, to: handover.to, in: handover.department, &effects)
    }

    /// The agent has the conversation no longer.
    mutating func leave(_ agent: AgentID, _ id: ConversationID, _ notice: AgentNotice, _ effects: inout [Effect]) {
        effects.append(.removeFromRoom(agent: agent, conversation: id))
        effects.append(.tellAgent(agent: agent, conversation: id, notice: notice))
        customerHasAnswered(id, &effects)
        release(agent, id)
    }

    /// Another agent has it from now on.
    mutating func move(
        _ id: ConversationID, to agent: AgentID, in department: DepartmentID, _ effects: inout [Effect]
    ) {
        guard let conversation = conversations[id] else { return }
        count(.transferred, conversation)
        let present = conversation.company[agent]
        var assignment = Conversation.Assignment(agent: agent, since: now)
        assignment.hasJoined = present?.hasJoined ?? false
        let isMoved = department != conversation.department
        rearrange(id) { conversation in
            conversation.stage = .active(assignment)
            conversation.department = department
            conversation.company.companions.removeAll { $0.agent == agent }
            conversation.routing.isMoved = conversation.routing.isMoved || isMoved
        }
        charge(agent, department, conversation.routing.weight)
        edit(agent) { agent in
            agent.conversations.append(id)
            agent.missedOffers = 0
        }
        // Whoever has been there has heard everything.
        if !assignment.hasJoined { effects.append(.inviteToRoom(agent: agent, conversation: id)) }
        for entry in present?.hasAnswered == true ? [] : conversation.customerTexts {
            relay(entry, to: assignment, id, &effects)
        }
        if let conversation = conversations[id] { notify(conversation, .transferred, &effects) }
    }

    /// The colleague does not take it, or can no longer: it stays where it is.
    mutating func endHandover(_ id: ConversationID, _ reason: HandoverEnd, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], let handover = conversation.routing.handover else { return }
        cancel(.handover(id, number: handover.number), &effects)
        conversations[id]?.routing.handover = nil
        charge(handover.to, handover.department, -conversation.routing.weight)
        edit(handover.to) { $0.offer = nil }
        let revocation: OfferRevocation? =
            switch reason {
            case .declined: nil
            case .timedOut: .timedOut
            case .notAvailable: .agentNotAvailable
            case .restarted: .restarted
            case .ended: .customerLeft
            }
        if let revocation {
            effects.append(
                .revokeOffer(
                    agent: handover.to, conversation: id, customer: conversation.customer, reason: revocation))
        }
        if reason != .ended {
            for person in [handover.from] + (handover.by.map { [$0] } ?? []) {
                effects.append(
                    .tellAgent(
                        agent: person, conversation: person == handover.from ? id : nil,
                        notice: .notTakenOver(handover.to, reason)))
            }
        }
    }

    mutating func handoverTimedOut(_ id: ConversationID, number: Int, _ effects: inout [Effect]) {
        guard conversations[id]?.routing.handover?.number == number else { return }
        endHandover(id, .timedOut, &effects)
    }

    /// A colleague who is being asked and can no longer take the customer is not waited for.
    mutating func withdrawHandovers(_ edited: [AgentID], _ effects: inout [Effect]) {
        for agent in edited {
            guard let id = agents[agent]?.offer, let conversation = conversations[id],
                let handover = conversation.routing.handover, handover.to == agent
            else { continue }
            if !isOnDuty(agent, for: handover.department) { endHandover(id, .notAvailable, &effects) }
        }
    }

    /// What an agent is being asked now, in whatever way.
    package func describedOffer(of agent: AgentID) -> Offer? {
        guard let conversation = openOffer(of: agent) else { return nil }
        return conversation.offer.flatMap { describe($0, conversation.id, to: agent) }
            ?? conversation.routing.handover.flatMap { describe($0, conversation.id) }
    }

    /// The question as the colleague sees it.
    package func describe(_ handover: Conversation.Handover, _ id: ConversationID) -> Offer? {
        guard let conversation = conversations[id] else { return nil }
        let texts = conversation.customerTexts
        return Offer(
            number: handover.number, agent: handover.to, conversation: id, department: handover.department,
            departmentName: configuration[department: handover.department]?.name ?? handover.department.rawValue,
            customer: conversation.customer, customerName: conversation.customerName, contact: conversation.contact,
            waitingSince: conversation.startedAt, until: handover.until, question: texts.first?.text,
            textCount: texts.count, lookup: conversation.lookup,
            transfer: Offer.Transfer(from: handover.by ?? handover.from, reason: handover.reason))
    }
}

/// Whom a customer is passed on to.
package enum TransferTarget: Hashable, Sendable, Codable {
    case agent(AgentID)
    case department(DepartmentID)
}

/// Why a customer was not passed on after all.
package enum HandoverEnd: String, Hashable, Sendable, Codable {
    case declined
    case timedOut
    case notAvailable
    case restarted
    /// The conversation is over.
    case ended
}

extension Conversation {
    /// A colleague is being asked to take over.
    package struct Handover: Hashable, Sendable, Codable {
        package let number: Int
        package let from: AgentID
        package let to: AgentID
        package let department: DepartmentID
        package let until: Instant
        package let reason: String?
        /// The supervisor who wants it so; nil if it is the agent's own wish.
        package var by: AgentID?
    }
}
