//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Whom to ask about whom.
extension ServiceState {
    /// Those in line who want the same of an agent: looked at from the first on.
    private struct Head {
        let department: DepartmentID
        let needs: Conversation.Needs
        /// Of who comes next; nil when nobody does.
        var next: OrderedLine.Element?
    }

    /// Asks free agents about people in line: over all departments who was given back first, then by priority, then
    /// who waits longest.
    mutating func dispatch(_ effects: inout [Effect]) {
        guard !derived.free.isEmpty, derived.ready.contains(where: { !$0.value.isEmpty }) else { return }
        let free = inOrder(derived.free)
        var able: [DepartmentID: [AgentID]] = [:]
        var heads: [Head] = []
        for department in configuration.departments where isOpen(department.id) {
            let id = department.id
            guard let lines = derived.ready[id] else { continue }
            let people = free.filter { isOnDuty($0, for: id) }
            guard !people.isEmpty else { continue }
            able[id] = people
            heads += lines.map { Head(department: id, needs: $0.key, next: $0.value.first) }
        }
        while let index = heads.indices.min(by: { Self.isBefore(heads[$0], heads[$1]) }),
            let element = heads[index].next
        {
            let head = heads[index]
            let weight = head.needs.weight
            let people = (able[head.department] ?? []).filter { agent in
                hasRoom(agent, in: head.department, weight: weight) && knows(agent, head.needs.skills)
            }
            guard !people.isEmpty else {
                heads.remove(at: index)
                continue
            }
            heads[index].next = derived.ready[head.department]?[head.needs]?.first(after: element.position)
            let isOfferedToAll = configuration[department: head.department]?.rules.offersToAll == true
            let chosen = choose(for: element.id, from: people, all: isOfferedToAll, &effects)
            guard !chosen.isEmpty else { continue }
            if conversations[element.id]?.routing.hold == .waiting {
                if mayCall(in: head.department, people.count) { call(element.id, &effects) }
            } else {
                offer(element.id, to: chosen, for: head.department, &effects)
                for department in able.keys {
                    able[department]?.removeAll { chosen.contains($0) }
                }
            }
            // Somebody others help with stands in several lines.
            for other in heads.indices where heads[other].next?.id == element.id {
                heads[other].next = derived.ready[heads[other].department]?[heads[other].needs]?
                    .first(after: element.position)
            }
        }
    }

    private static func isBefore(_ left: Head, _ right: Head) -> Bool {
        switch (left.next, right.next) {
        case (let left?, let right?): left.position < right.position
        case (.some, nil): true
        case (nil, _): false
        }
    }

    private func knows(_ agent: AgentID, _ skills: [String]) -> Bool {
        skills.isEmpty || configuration.routing.skills[agent]?.isSuperset(of: skills) == true
    }

    /// Customers who are called do not occupy anybody until they answer, but not more are called than could be served.
    private func mayCall(in department: DepartmentID, _ people: Int) -> Bool {
        (derived.calling[department]?.count ?? 0) < people
    }

    mutating func offer(
        _ id: ConversationID, to agents: [AgentID], for department: DepartmentID, _ effects: inout [Effect]
    ) {
        guard let conversation = conversations[id], let first = agents.first else { return }
        var offer = Conversation.OpenOffer(agent: first, number: nextOffer, until: nil)
        offer.others = agents.count > 1 ? Array(agents.dropFirst()) : nil
        offer.helping = department == conversation.department ? nil : department
        nextOffer += 1
        for agent in agents {
            charge(agent, department, conversation.routing.weight)
            edit(agent) { $0.offer = id }
        }
        rearrange(id) { $0.stage = .offered(offer) }
        derived.unsent[offer.number] = id
        cancel(.nextRound(id), &effects)
    }

    /// Of those not asked in this round the best, or all; once all have been asked, after a pause, whoever was asked
    /// first.
    private mutating func choose(
        for id: ConversationID, from able: [AgentID], all: Bool, _ effects: inout [Effect]
    ) -> [AgentID] {
        guard let conversation = conversations[id] else { return [] }
        let asked = conversation.asked
        let fresh = asked.isEmpty ? able : able.filter { !asked.contains($0) }
        if all, !fresh.isEmpty { return fresh }
        let preferred = preferredAgent(of: conversation)
        if let preferred, fresh.contains(preferred) { return [preferred] }
        if let best = fresh.min(by: { isBefore($0, $1) }) { return [best] }
        guard let again = asked.first(where: able.contains) else { return [] }
        if let nextRound = conversation.nextRound, nextRound > now {
            set(.nextRound(id), at: nextRound, &effects)
            return []
        }
        conversations[id]?.asked = []
        return all ? able : [again]
    }

    /// Who looks after the customer, or helped last.
    func preferredAgent(of conversation: Conversation) -> AgentID? {
        if let advised = conversation.routing.advice?.agent, agents[advised] != nil { return advised }
        if let owner = conversation.lookup.record?.owner, agents[owner] != nil { return owner }
        let stickiness = configuration.routing.stickiness
        guard stickiness > .zero, let recent = recentCustomers[conversation.key], recent.at + stickiness >= now
        else { return nil }
        return recent.agent
    }

    /// Most of the own capacity free, then the fewest declined offers lately, then the longest idle. `min` keeps the
    /// first of equals, so the order of the configuration decides last.
    private func isBefore(_ left: AgentID, _ right: AgentID) -> Bool {
        guard let first = agents[left], let second = agents[right] else { return false }
        guard configuration.routing.version > 1 else {
            return (first.load, first.idleSince) < (second.load, second.idleSince)
        }
        let free = (
            configuration.capacity(of: left) * 100 - first.totalUnits,
            configuration.capacity(of: right) * 100 - second.totalUnits
        )
        if free.0 != free.1 { return free.0 > free.1 }
        let declines = (first.declines(at: now), second.declines(at: now))
        return (declines.0, first.idleSince) < (declines.1, second.idleSince)
    }
}

extension ServiceState.Agent {
    /// Offers declined or left unanswered lately.
    func declines(at now: Instant) -> Int {
        record.declines.count { now.milliseconds(since: $0) <= Limits.declineAge }
    }
}
