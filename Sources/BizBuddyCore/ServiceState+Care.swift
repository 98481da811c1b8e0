//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Customers who say nothing any more, and agents who have just finished.
extension ServiceState {
    /// An agent has spoken: the customer has so long to answer.
    mutating func waitForAnswer(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id],
            let patience = configuration[department: conversation.department]?.rules.care.silenceWarning
        else { return }
        conversations[id]?.routing.warnedAt = nil
        set(.silence(id), at: now + patience, &effects)
    }

    mutating func customerHasAnswered(_ id: ConversationID, _ effects: inout [Effect]) {
        conversations[id]?.routing.warnedAt = nil
        cancel(.silence(id), &effects)
    }

    /// Warned once, then closed.
    mutating func customerIsSilent(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], let agent = conversation.agent else { return }
        let rules = configuration[department: conversation.department]?.rules.care ?? CareRules()
        // The company may have changed its mind meanwhile.
        guard rules.silenceWarning != nil else { return customerHasAnswered(id, &effects) }
        guard conversation.routing.warnedAt != nil else {
            conversations[id]?.routing.warnedAt = now
            set(.silence(id), at: now + rules.silenceGrace, &effects)
            let minutes = max(1, Int(clamping: rules.silenceGrace.milliseconds / 60_000))
            notify(conversation, .silent(minutes: minutes), &effects)
            return
        }
        notify(conversation, .silentClosed, &effects)
        effects.append(.tellAgent(agent: agent, conversation: id, notice: .customerSilent))
        end(id, Conversation.Closing(by: .service, disposition: "silent", at: now), &effects)
    }

    /// Time to write things down before the next customer.
    mutating func wrapUp(_ agent: AgentID, _ time: Duration, _ effects: inout [Effect]) {
        guard time > .zero else { return }
        let until = now + time
        edit(agent) { $0.record.wrapUpUntil = until }
        set(.wrapUp(agent), at: until, &effects)
    }
}
