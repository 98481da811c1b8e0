//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The life of an offer: made, answered, run out, withdrawn.
extension ServiceState {
    mutating func accept(_ agent: AgentID, _ id: ConversationID?, _ effects: inout [Effect]) {
        guard let (conversation, offer) = answered(by: agent, id, &effects) else { return }
        let id = conversation.id
        cancel(.offerTimeout(id, number: offer.number), &effects)
        cancel(.nextRound(id), &effects)
        leaveLine(id)
        let assignment = Conversation.Assignment(agent: agent, since: now)
        conversations[id]?.stage = .active(assignment)
        conversations[id]?.asked = []
        conversations[id]?.nextRound = nil
        agents[agent]?.offer = nil
        agents[agent]?.conversations.append(id)
        agents[agent]?.missedOffers = 0
        agents[agent]?.isPaused = false
        statistics[conversation.department, default: DepartmentStatistics()].recordStart(at: now)

        notify(conversation, .accepted, &effects)
        effects.append(.inviteToRoom(agent: agent, conversation: id))
        for entry in conversation.customerTexts {
            relay(entry, to: assignment, id, &effects)
        }
        if agents[agent]?.isOnline == false {
            // Accepted with the last breath: the grace runs as if it had been accepted before.
            agents[agent]?.goneSince = now
            set(.agentGone(agent), at: now + configuration.agentGrace, &effects)
        }
    }

    mutating func reject(_ agent: AgentID, _ id: ConversationID?, _ effects: inout [Effect]) {
        guard let (conversation, offer) = answered(by: agent, id, &effects) else { return }
        agents[agent]?.missedOffers = 0
        decline(offer, conversation.id, &effects)
    }

    mutating func offerTimedOut(_ id: ConversationID, number: Int, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], let offer = conversation.offer, offer.number == number else {
            return
        }
        effects.append(
            .revokeOffer(
                agent: offer.agent, conversation: id, customer: conversation.customer, reason: .timedOut))
        decline(offer, id, &effects)
        agents[offer.agent]?.missedOffers += 1
        let missed = agents[offer.agent]?.missedOffers ?? 0
        if configuration.missedOffersBeforePause > 0, missed >= configuration.missedOffersBeforePause {
            agents[offer.agent]?.isPaused = true
            effects.append(.tellAgent(agent: offer.agent, conversation: nil, notice: .paused(missed: missed)))
        }
    }

    /// Takes an offer back without holding it against the agent.
    mutating func withdraw(
        _ offer: Conversation.OpenOffer, of conversation: Conversation, reason: OfferRevocation,
        _ effects: inout [Effect]
    ) {
        if offer.until != nil {
            effects.append(
                .revokeOffer(
                    agent: offer.agent, conversation: conversation.id, customer: conversation.customer,
                    reason: reason))
        }
        cancel(.offerTimeout(conversation.id, number: offer.number), &effects)
        agents[offer.agent]?.offer = nil
        conversations[conversation.id]?.stage = .queued
    }

    private mutating func decline(
        _ offer: Conversation.OpenOffer, _ id: ConversationID, _ effects: inout [Effect]
    ) {
        cancel(.offerTimeout(id, number: offer.number), &effects)
        agents[offer.agent]?.offer = nil
        agents[offer.agent]?.idleSince = now
        conversations[id]?.stage = .queued
        conversations[id]?.asked.append(offer.agent)
        conversations[id]?.nextRound = now + configuration.reofferDelay
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

    /// The offer as the agent sees it; nil while the agent does not.
    func describe(_ offer: Conversation.OpenOffer, _ id: ConversationID) -> Offer? {
        guard let conversation = conversations[id], let until = offer.until else { return nil }
        let texts = conversation.customerTexts
        return Offer(
            number: offer.number, agent: offer.agent, conversation: id, department: conversation.department,
            departmentName: configuration[department: conversation.department]?.name
                ?? conversation.department.rawValue,
            customer: conversation.customer, customerName: conversation.customerName, contact: conversation.contact,
            waitingSince: conversation.startedAt, until: until, question: texts.first?.text, textCount: texts.count,
            lookup: conversation.lookup)
    }

    // MARK: Whom to ask

    /// Asks free agents about people in line, longest waiting first over all departments.
    mutating func dispatch(_ effects: inout [Effect]) {
        let free = agentOrder.filter { id in
            guard let agent = agents[id] else { return false }
            return agent.offer == nil && agent.isOnDuty && agent.load < configuration.capacity(of: id)
        }
        guard !free.isEmpty else { return }
        // Who can take something for which department: an offer takes an agent off every list, and changes nobody
        // else's.
        var able: [DepartmentID: [AgentID]] = [:]
        var waiting: [QueueEntry] = []
        for department in configuration.departments where department.hours == .always {
            let id = department.id
            able[id] = free.filter { isOnDuty($0, for: id) && hasRoom($0, in: id) }
            guard able[id]?.isEmpty == false else { continue }
            for conversation in line(of: id) where conversations[conversation]?.stage == .queued {
                waiting.append(QueueEntry(conversation, conversations[conversation], in: id))
            }
        }
        for entry in waiting.sorted(by: { $0.order < $1.order }) {
            guard let agent = choose(for: entry.conversation, from: able[entry.department] ?? [], &effects) else {
                continue
            }
            for department in able.keys {
                able[department]?.removeAll { $0 == agent }
            }
            agents[agent]?.offer = entry.conversation
            conversations[entry.conversation]?.stage = .offered(
                Conversation.OpenOffer(agent: agent, number: nextOffer, until: nil))
            nextOffer += 1
            cancel(.nextRound(entry.conversation), &effects)
        }
    }

    /// What decides the order over all departments, without the weight of a conversation.
    private struct QueueEntry {
        let conversation: ConversationID
        let department: DepartmentID
        let order: (Int, Int)

        init(_ id: ConversationID, _ conversation: Conversation?, in department: DepartmentID) {
            self.conversation = id
            self.department = department
            order = (conversation?.isReturned == true ? 0 : 1, conversation?.sequence ?? .max)
        }
    }

    /// Of those not asked in this round the one with the fewest conversations, of these the longest idle; once all have
    /// been asked, after a pause, whoever was asked first.
    private mutating func choose(
        for id: ConversationID, from able: [AgentID], _ effects: inout [Effect]
    ) -> AgentID? {
        guard !able.isEmpty, let asked = conversations[id]?.asked else { return nil }
        let fresh = asked.isEmpty ? able : able.filter { !asked.contains($0) }
        if let best = fresh.min(by: { isBefore($0, $1) }) { return best }
        guard let again = asked.first(where: able.contains) else { return nil }
        if let nextRound = conversations[id]?.nextRound, nextRound > now {
            set(.nextRound(id), at: nextRound, &effects)
            return nil
        }
        conversations[id]?.asked = []
        return again
    }

    /// `min` keeps the first of equals, so the order of the configuration decides last.
    private func isBefore(_ left: AgentID, _ right: AgentID) -> Bool {
        guard let left = agents[left], let right = agents[right] else { return false }
        return (left.load, left.idleSince) < (right.load, right.idleSince)
    }
}
