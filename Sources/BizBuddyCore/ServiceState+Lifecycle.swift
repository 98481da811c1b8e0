//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Start, reload, restart.
extension ServiceState {
    mutating func configure(_ new: ServiceConfiguration, _ effects: inout [Effect]) {
        configuration = new
        agentOrder = new.agents
        for agent in agentOrder where agents[agent] == nil {
            agents[agent] = Agent(idleSince: now)
        }
        let dismissed = agents.keys.filter { !agentOrder.contains($0) }.sorted()
        for id in dismissed {
            dismiss(id, &effects)
        }
        for id in agentOrder {
            let told = agents[id]?.workgroups ?? [:]
            agents[id]?.workgroups = told.filter { new[department: $0.key]?.agents.contains(id) == true }
        }
        for conversation in conversations.values.sorted(by: { $0.sequence < $1.sequence }) {
            rehouse(conversation, &effects)
        }
        let departments = Set(new.departments.map(\.id))
        lines = lines.filter { departments.contains($0.key) }
        statistics = statistics.filter { departments.contains($0.key) }
        for department in published.keys.filter({ !departments.contains($0) }).sorted() {
            published[department] = nil
            cancel(.publish(department), &effects)
        }
    }

    /// Somebody who is no agent any more: nothing of the customers' is lost with him.
    private mutating func dismiss(_ id: AgentID, _ effects: inout [Effect]) {
        guard let agent = agents[id] else { return }
        if let conversation = agent.offer.flatMap({ conversations[$0] }), let offer = conversation.offer {
            withdraw(offer, of: conversation, reason: .agentNotAvailable, &effects)
        }
        for conversation in agent.conversations {
            returnToLine(conversation, from: id, &effects)
        }
        cancel(.agentGone(id), &effects)
        agents[id] = nil
    }

    /// Moves a conversation whose contact has another department now, and closes one whose contact has none.
    private mutating func rehouse(_ conversation: Conversation, _ effects: inout [Effect]) {
        guard let department = configuration.department(of: conversation.contact)?.id else {
            if let offer = conversation.offer {
                withdraw(offer, of: conversation, reason: .discontinued, &effects)
            }
            if let agent = conversation.agent {
                effects.append(.tellAgent(agent: agent, conversation: conversation.id, notice: .discontinued))
            }
            notify(conversation, .discontinued, &effects)
            end(
                conversation.id, Conversation.Closing(by: .service, disposition: "discontinued", at: now), &effects)
            return
        }
        guard department != conversation.department else { return }
        if let offer = conversation.offer {
            withdraw(offer, of: conversation, reason: .discontinued, &effects)
        }
        leaveLine(conversation.id)
        conversations[conversation.id]?.department = department
        conversations[conversation.id]?.asked = []
        if conversation.isWaiting {
            enterLine(conversation.id)
        }
    }

    /// What was only in memory or on the wire is gone: presence, offers, lookups, rooms.
    mutating func restart(_ effects: inout [Effect]) {
        for id in agentOrder {
            guard let agent = agents[id] else { continue }
            if let conversation = agent.offer.flatMap({ conversations[$0] }), let offer = conversation.offer {
                withdraw(offer, of: conversation, reason: .restarted, &effects)
            }
            agents[id]?.resources = [:]
            agents[id]?.workgroups = [:]
            guard !agent.conversations.isEmpty else { continue }
            for conversation in agent.conversations {
                joined(id, conversation, isInRoom: false)
            }
            agents[id]?.goneSince = now
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
