//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What a service of the company's says about where a new customer should go. Nothing in it is an order: what does not
/// exist, is closed or has no room is passed over.
package struct RoutingAdvice: Hashable, Sendable, Codable {
    /// Another department, or the answer to which one is meant.
    package var department: DepartmentID?
    /// Asked first, if free.
    package var agent: AgentID?
    /// Added to what department, contact and record give.
    package var priority: Int
    package var skills: [String]

    package init(
        department: DepartmentID? = nil, agent: AgentID? = nil, priority: Int = 0, skills: [String] = []
    ) {
        self.department = department
        self.agent = agent
        self.priority = max(-100, min(100, priority))
        self.skills = skills
    }

    package var isEmpty: Bool { department == nil && agent == nil && priority == 0 && skills.isEmpty }
}

extension ServiceState {
    /// Takes advice about somebody whom nobody has been asked about; whoever has seen an offer is not asked in vain.
    mutating func advised(_ id: ConversationID, _ advice: RoutingAdvice, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], conversation.isUnanswered, conversation.routing.advice == nil,
            conversation.routing.hold == .none
        else { return }
        if let offer = conversation.offer {
            guard offer.until == nil else { return }
            withdraw(offer, of: conversation, reason: .agentNotAvailable, &effects)
        }
        conversations[id]?.routing.advice = advice
        if let department = advice.department { move(id, to: department, &effects) }
        reroute(id)
    }

    private mutating func move(_ id: ConversationID, to department: DepartmentID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], let rules = configuration[department: department]?.rules else {
            return
        }
        let isOfContact = derived.contacts[conversation.contact]?.contains(department) == true
        if conversation.stage == .choosing {
            guard conversation.routing.question?.kind == .department, isOfContact || isOpen(department) else { return }
            conversations[id]?.department = department
            conversations[id]?.routing.isMoved = !isOfContact
            conversations[id]?.routing.question = nil
            return enter(id, &effects)
        }
        guard department != conversation.department, isOpen(department),
            lineLength(of: department) < rules.maximumLength ?? Limits.lineLength
        else { return }
        rearrange(id) { conversation in
            conversation.department = department
            conversation.routing.isMoved = !isOfContact
            conversation.routing.helpers = []
            conversation.asked = []
            conversation.nextRound = nil
        }
    }
}
