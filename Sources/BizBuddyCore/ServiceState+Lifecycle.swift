//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Start, reload, restart.
extension ServiceState {
    mutating func configure(_ new: ServiceConfiguration, _ effects: inout [Effect]) {
        configuration = new
        let names = new.staff
        for agent in names where agents[agent] == nil {
            agents[agent] = Agent(idleSince: now)
        }
        // Lines are made anew for the departments and agents there are now.
        derive()
        lookAtHours(&effects)
        let dismissed = agents.keys.filter { !names.contains($0) }.sorted()
        for id in dismissed {
            dismiss(id, &effects)
        }
        dismissFormerSupervisors(&effects)
        for id in names {
            edit(id) { agent in
                agent.workgroups = agent.workgroups.filter {
                    new[department: $0.key]?.agents.contains(id) == true
                }
            }
        }
        for conversation in conversations.values.sorted(by: { $0.sequence < $1.sequence }) {
            rehouse(conversation, &effects)
        }
        let departments = Set(new.departments.map(\.id))
        statistics = statistics.filter { departments.contains($0.key) }
        for department in published.keys.filter({ !departments.contains($0) }).sorted() {
            published[department] = nil
            cancel(.publish(department), &effects)
            cancel(.hours(department), &effects)
        }
    }

    /// Somebody who is no agent any more: nothing of the customers' is lost with him.
    private mutating func dismiss(_ id: AgentID, _ effects: inout [Effect]) {
        guard let agent = agents[id] else { return }
        if let conversation = agent.offer.flatMap({ conversations[$0] }), let offer = conversation.offer {
            withdraw(offer, from: id, of: conversation, reason: .agentNotAvailable, &effects)
        }
        if let asked = agent.offer, conversations[asked]?.routing.handover?.to == id {
            endHandover(asked, .notAvailable, &effects)
        }
        for conversation in agent.conversations {
            returnToLine(conversation, from: id, &effects)
        }
        for (conversation, value) in conversations.sorted(by: { $0.key < $1.key }) where value.company[id] != nil {
            dismissCompanion(id, conversation, id, &effects)
        }
        cancel(.agentGone(id), &effects)
        cancel(.wrapUp(id), &effects)
        agents[id] = nil
    }

    /// Moves a conversation whose contact has another department now, and closes one whose contact has none.
    private mutating func rehouse(_ former: Conversation, _ effects: inout [Effect]) {
        let id = former.id
        let choices = derived.contacts[former.contact] ?? []
        guard let first = choices.first else {
            if let offer = former.offer {
                withdraw(offer, of: former, reason: .discontinued, &effects)
            }
            if let agent = former.agent {
                effects.append(.tellAgent(agent: agent, conversation: id, notice: .discontinued))
            }
            notify(former, .discontinued, &effects)
            end(id, Conversation.Closing(by: .service, disposition: "discontinued", at: now), &effects)
            return
        }
        let isKept =
            choices.contains(former.department)
            || former.routing.isMoved && configuration[department: former.department] != nil
        if let handover = former.routing.handover,
            derived.members[handover.department]?.contains(handover.to) != true
        {
            endHandover(id, .notAvailable, &effects)
        }
        if !isKept {
            if let offer = former.offer {
                withdraw(offer, of: former, reason: .discontinued, &effects)
            }
            if let agent = former.agent {
                charge(agent, former.department, -former.routing.weight)
                charge(agent, first, former.routing.weight)
            }
            rearrange(id) { conversation in
                conversation.department = first
                conversation.asked = []
                conversation.routing.isMoved = false
            }
        }
        let helpers = former.routing.helpers.filter { configuration[department: $0] != nil }
        rearrange(id) { $0.routing.helpers = helpers }
        if former.stage == .choosing {
            // The menu may be another.
            guard former.routing.question?.kind == .department, choices.count > 1 else { return enter(id, &effects) }
            let question = Conversation.Routing.Question(kind: .department, options: menu(of: choices))
            conversations[id]?.routing.question = question
        }
        reroute(id)
    }

    /// What was only in memory or on the wire is gone: presence, offers, lookups, rooms.
    mutating func restart(_ effects: inout [Effect]) {
        companionsAreOutside()
        for id in configuration.staff {
            guard let agent = agents[id] else { continue }
            if let conversation = agent.offer.flatMap({ conversations[$0] }), let offer = conversation.offer {
                withdraw(offer, of: conversation, reason: .restarted, &effects)
            }
            if let asked = agent.offer, conversations[asked]?.routing.handover?.to == id {
                endHandover(asked, .restarted, &effects)
            }
            edit(id) { agent in
                agent.resources = [:]
                agent.workgroups = [:]
            }
            guard !agent.conversations.isEmpty else { continue }
            for conversation in agent.conversations {
                joined(id, conversation, isInRoom: false, &effects)
            }
            let now = now
            edit(id) { $0.goneSince = now }
            set(.agentGone(id), at: now + configuration.agentGrace, &effects)
        }
        for conversation in conversations.values.sorted(by: { $0.sequence < $1.sequence })
        where conversation.lookup == .pending || conversation.lookup == .late {
            conversations[conversation.id]?.lookup = .pending
            effects.append(.startLookup(conversation: conversation.id, customer: conversation.customer))
            set(.lookupDeadline(conversation.id), at: now + configuration.lookupDeadline, &effects)
        }
        for department in configuration.departments {
            cancel(.publish(department.id), &effects)
        }
        // The world has forgotten what was published.
        published = [:]
        quietUntil = now + configuration.restartQuiet
        set(.restartQuiet, at: now + configuration.restartQuiet, &effects)
    }
}
