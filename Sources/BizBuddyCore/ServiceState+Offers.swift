//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The life of an offer: made, answered, run out, withdrawn.
extension ServiceState {
    mutating func accept(_ agent: AgentID, _ id: ConversationID?, _ effects: inout [Effect]) {
        if let (conversation, handover) = handover(to: agent, id) {
            return acceptHandover(handover, conversation, &effects)
        }
        guard let (conversation, offer) = answered(by: agent, id, &effects) else { return }
        let id = conversation.id
        cancel(.offerTimeout(id, number: offer.number), &effects)
        for other in offer.agents where other != agent {
            release(other, from: offer, of: conversation)
            effects.append(
                .revokeOffer(
                    agent: other, conversation: id, customer: conversation.customer, reason: .takenByOther))
        }
        release(agent, from: offer, of: conversation)
        begin(id, with: agent, in: offer.helping ?? conversation.department, &effects)
    }

    /// An agent has the conversation that nobody had.
    mutating func begin(
        _ id: ConversationID, with agent: AgentID, in department: DepartmentID, _ effects: inout [Effect]
    ) {
        guard let conversation = conversations[id] else { return }
        cancelWaiting(id, &effects)
        let assignment = Conversation.Assignment(agent: agent, since: now)
        charge(agent, department, conversation.routing.weight)
        rearrange(id) { conversation in
            conversation.stage = .active(assignment)
            conversation.asked = []
            conversation.nextRound = nil
            conversation.routing.question = nil
            conversation.routing.helpers = []
            conversation.routing.hold = .none
            conversation.routing.isMoved = conversation.routing.isMoved || department != conversation.department
            conversation.department = department
        }
        edit(agent) { agent in
            agent.conversations.append(id)
            agent.missedOffers = 0
            agent.isPaused = false
        }
        if conversation.routing.answeredAt == nil, let conversation = conversations[id] {
            conversations[id]?.routing.answeredAt = now
            let since = conversation.routing.inLineSince ?? conversation.startedAt
            count(
                .answered(wait: seconds(since: since), expected: conversation.routing.estimate), conversation, by: agent
            )
        }
        statistics[department, default: DepartmentStatistics()].recordStart(at: now)
        if let since = conversation.routing.inLineSince, !conversation.isReturned, !conversation.routing.isMessage {
            let actual = Int(clamping: now.milliseconds(since: since) / 1000)
            if let expected = conversation.routing.estimate {
                statistics[department, default: DepartmentStatistics()].recordWait(expected: expected, actual: actual)
            }
            effects.append(
                .waited(department: department, expected: conversation.routing.estimate, actual: actual))
        }

        if let conversation = conversations[id] {
            notify(conversation, .accepted, &effects)
            if configuration.supervision.monitoring == .stated { notify(conversation, .mayBeMonitored, &effects) }
        }
        effects.append(.inviteToRoom(agent: agent, conversation: id))
        for entry in conversation.customerTexts {
            relay(entry, to: assignment, id, &effects)
        }
        if agents[agent]?.isOnline == false {
            // Accepted with the last breath: the grace runs as if it had been accepted before.
            let now = now
            edit(agent) { $0.goneSince = now }
            set(.agentGone(agent), at: now + configuration.agentGrace, &effects)
        }
    }

    mutating func reject(_ agent: AgentID, _ id: ConversationID?, _ effects: inout [Effect]) {
        if let (conversation, _) = handover(to: agent, id) {
            return endHandover(conversation.id, .declined, &effects)
        }
        guard let (conversation, offer) = answered(by: agent, id, &effects) else { return }
        edit(agent) { $0.missedOffers = 0 }
        decline(offer, by: [agent], conversation, isMissed: false, &effects)
    }

    mutating func offerTimedOut(_ id: ConversationID, number: Int, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], let offer = conversation.offer, offer.number == number else {
            return
        }
        for agent in offer.agents {
            effects.append(
                .revokeOffer(
                    agent: agent, conversation: id, customer: conversation.customer, reason: .timedOut))
        }
        decline(offer, by: offer.agents, conversation, isMissed: true, &effects)
        // Where everybody is asked, nobody is counted on.
        guard offer.agents.count == 1 else { return }
        edit(offer.agent) { $0.missedOffers += 1 }
        let missed = agents[offer.agent]?.missedOffers ?? 0
        if configuration.missedOffersBeforePause > 0, missed >= configuration.missedOffersBeforePause {
            edit(offer.agent) { $0.isPaused = true }
            effects.append(.tellAgent(agent: offer.agent, conversation: nil, notice: .paused(missed: missed)))
        }
    }

    /// Takes an offer back without holding it against anybody.
    mutating func withdraw(
        _ offer: Conversation.OpenOffer, of conversation: Conversation, reason: OfferRevocation,
        _ effects: inout [Effect]
    ) {
        for agent in offer.agents {
            withdraw(offer, from: agent, of: conversation, reason: reason, &effects)
        }
    }

    /// Takes an offer back from one of those who were asked; with the last one the conversation waits again.
    mutating func withdraw(
        _ offer: Conversation.OpenOffer, from agent: AgentID, of conversation: Conversation, reason: OfferRevocation,
        _ effects: inout [Effect]
    ) {
        if offer.until != nil {
            effects.append(
                .revokeOffer(
                    agent: agent, conversation: conversation.id, customer: conversation.customer, reason: reason))
        }
        release(agent, from: offer, of: conversation)
        remove([agent], from: conversation.id, &effects)
    }

    private mutating func decline(
        _ offer: Conversation.OpenOffer, by decliners: [AgentID], _ conversation: Conversation, isMissed: Bool,
        _ effects: inout [Effect]
    ) {
        for agent in decliners {
            release(agent, from: offer, of: conversation)
            count(.declined(isMissed: isMissed), conversation, by: agent)
            let now = now
            edit(agent) { agent in
                agent.idleSince = now
                agent.record.declines.append(now)
                agent.record.declines.removeAll { now.milliseconds(since: $0) > Limits.declineAge }
                if agent.record.declines.count > Limits.declines { agent.record.declines.removeFirst() }
            }
        }
        conversations[conversation.id]?.asked += decliners
        conversations[conversation.id]?.nextRound = now + configuration.reofferDelay
        remove(decliners, from: conversation.id, &effects)
    }

    private mutating func release(
        _ agent: AgentID, from offer: Conversation.OpenOffer, of conversation: Conversation
    ) {
        charge(agent, offer.helping ?? conversation.department, -conversation.routing.weight)
        edit(agent) { $0.offer = nil }
    }

    /// Takes agents off an offer.
    private mutating func remove(_ gone: [AgentID], from id: ConversationID, _ effects: inout [Effect]) {
        guard var offer = conversations[id]?.offer else { return }
        let left = offer.agents.filter { !gone.contains($0) }
        guard let first = left.first else {
            cancel(.offerTimeout(id, number: offer.number), &effects)
            return rearrange(id) { $0.stage = .queued }
        }
        offer.agent = first
        offer.others = left.count > 1 ? Array(left.dropFirst()) : nil
        conversations[id]?.stage = .offered(offer)
    }

    private func handover(
        to agent: AgentID, _ id: ConversationID?
    ) -> (Conversation, Conversation.Handover)? {
        guard let conversation = openOffer(of: agent), id == nil || id == conversation.id,
            let handover = conversation.routing.handover
        else { return nil }
        return (conversation, handover)
    }

    /// The offer an agent answers; else a refusal. An offer the agent has not seen yet cannot be answered.
    private func answered(
        by agent: AgentID, _ id: ConversationID?, _ effects: inout [Effect]
    ) -> (Conversation, Conversation.OpenOffer)? {
        if let conversation = openOffer(of: agent), id == nil || id == conversation.id,
            let offer = conversation.offer
        {
            return (conversation, offer)
        }
        let reason: AgentRefusal = agents[agent] == nil ? .notAnAgent : .noOffer
        effects.append(.refuse(agent: agent, conversation: id, reason: reason))
        return nil
    }

    /// The offer as an agent sees it; nil while nobody does.
    package func describe(_ offer: Conversation.OpenOffer, _ id: ConversationID, to agent: AgentID) -> Offer? {
        guard let conversation = conversations[id], let until = offer.until else { return nil }
        let texts = conversation.customerTexts
        let department = offer.helping ?? conversation.department
        return Offer(
            number: offer.number, agent: agent, conversation: id, department: department,
            departmentName: configuration[department: department]?.name ?? department.rawValue,
            customer: conversation.customer, customerName: conversation.customerName, contact: conversation.contact,
            waitingSince: conversation.startedAt, until: until, question: texts.first?.text, textCount: texts.count,
            lookup: conversation.lookup)
    }

    mutating func lookupFinished(_ id: ConversationID, _ result: RecordLookup, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], result != .pending, result != .late else { return }
        let isNews = conversation.lookup != result
        conversations[id]?.lookup = result
        cancel(.lookupDeadline(id), &effects)
        guard isNews else { return }
        if let offer = conversation.offer, offer.until == nil, result.record?.decidesWhoIsAsked == true {
            // Nobody has seen it yet: who is right can be chosen anew.
            withdraw(offer, of: conversation, reason: .agentNotAvailable, &effects)
        }
        reroute(id)
        switch conversations[id]?.stage ?? .queued {
        case .offered(let offer):
            for agent in offer.agents {
                if let update = describe(offer, id, to: agent) {
                    effects.append(.updateOffer(update))
                }
            }
        case .active(let assignment):
            effects.append(
                .tellAgent(agent: assignment.agent, conversation: id, notice: .recordArrived(result)))
            if let update = conversation.routing.handover.flatMap({ describe($0, id) }) {
                effects.append(.updateOffer(update))
            }
        case .choosing, .queued, .closed: break
        }
    }
}
