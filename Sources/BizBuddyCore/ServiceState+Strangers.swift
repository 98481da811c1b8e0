//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Customers who are not welcome, and customers who want too much.
extension ServiceState {
    /// What agents do not want to hear from any more.
    package struct Block: Hashable, Sendable, Codable {
        package let by: AgentID
        package let at: Instant
        package let reason: String?
    }

    /// How much a customer has lately written.
    struct Flow: Hashable, Sendable, Codable {
        /// Texts that may still come at once, in thousandths.
        var credit: Int64
        var at: Instant
    }

    /// Both parts, written down as one; earlier versions had none of it.
    struct Strangers: Hashable, Sendable, Codable {
        var blocks: [CustomerAddress: Block] = [:]
        var flows: [CustomerAddress: Flow] = [:]
        /// When flows were last looked through.
        var tidiedAt: Instant?
    }

    /// Customers who may not write, by address.
    package var blocks: [CustomerAddress: Block] { strangers.blocks }

    /// Ends the conversation and takes nothing more from the customer, whatever contact is written to.
    mutating func block(_ agent: AgentID, _ id: ConversationID, reason: String?, _ effects: inout [Effect]) {
        let isSupervisor = configuration.isSupervisor(agent)
        guard let conversation = isSupervisor ? conversations[id] : held(by: agent, id, &effects) else {
            if isSupervisor { effects.append(.refuse(agent: agent, conversation: id, reason: .noConversation)) }
            return
        }
        guard strangers.blocks.count < Limits.blocks else {
            effects.append(.refuse(agent: agent, conversation: id, reason: .tooManyThere))
            return
        }
        strangers.blocks[conversation.customer] = Block(by: agent, at: now, reason: reason)
        let all = openConversations.filter { $0.key.customer == conversation.customer }.map(\.value).sorted()
        for other in all {
            guard let conversation = conversations[other], other == id || conversation.isUnanswered else { continue }
            if let offer = conversation.offer { withdraw(offer, of: conversation, reason: .customerLeft, &effects) }
            if let owner = conversation.agent {
                effects.append(.tellAgent(agent: owner, conversation: other, notice: .closed))
            }
            notify(conversation, .ended, &effects)
            end(other, Conversation.Closing(by: .agent(agent), disposition: "blocked", at: now), &effects)
        }
        for supervisor in configuration.supervision.supervisors.sorted() where supervisor != agent {
            effects.append(
                .tellAgent(
                    agent: supervisor, conversation: nil,
                    notice: .blocked(conversation.customer, by: agent, reason: reason)))
        }
    }

    mutating func unblock(_ person: AgentID, _ customer: CustomerAddress, _ effects: inout [Effect]) {
        guard configuration.isSupervisor(person) else {
            effects.append(.refuse(agent: person, conversation: nil, reason: .notASupervisor))
            return
        }
        guard strangers.blocks.removeValue(forKey: customer) != nil else {
            effects.append(.refuse(agent: person, conversation: nil, reason: .noSuchTarget))
            return
        }
        effects.append(.tellAgent(agent: person, conversation: nil, notice: .unblocked(customer)))
    }

    /// Why a text is not taken; nil if it is.
    mutating func objection(to key: CustomerKey, isText: Bool) -> CustomerRefusal? {
        if strangers.blocks[key.customer] != nil { return .blocked }
        let rules = configuration.floods
        if isText, let rate = rules.textsPerMinute, !spend(key.customer, rate) { return .tooFast }
        guard openConversations[key] == nil else { return nil }
        if let maximum = rules.conversationsPerCustomer {
            let open = derived.contacts.keys.count {
                openConversations[CustomerKey(customer: key.customer, contact: $0)] != nil
            }
            if open >= maximum { return .tooMany }
        }
        if let maximum = rules.waitingPerDomain, derived.domains[key.customer.domain, default: 0] >= maximum {
            return .tooMany
        }
        return nil
    }

    /// Takes a text from the customer's credit, which grows by `rate` a minute up to three minutes' worth.
    private mutating func spend(_ customer: CustomerAddress, _ rate: Int) -> Bool {
        let rate = Int64(max(1, rate))
        let most = rate * 3 * 1_000
        var flow = strangers.flows[customer] ?? Flow(credit: most, at: now)
        let earned = min(max(0, now.milliseconds(since: flow.at)), 180_000) * rate / 60
        flow.credit = min(most, flow.credit + earned)
        flow.at = now
        let isEnough = flow.credit >= 1_000
        if isEnough { flow.credit -= 1_000 }
        strangers.flows[customer] = flow
        let isTidy = strangers.tidiedAt.map { now.milliseconds(since: $0) < 60_000 } ?? false
        if strangers.flows.count > Limits.flows, !isTidy {
            // Whoever has been quiet for three minutes has full credit again, as if never seen.
            strangers.tidiedAt = now
            strangers.flows = strangers.flows.filter { now.milliseconds(since: $0.value.at) < 180_000 }
        } else if strangers.flows.count > Limits.flows * 10 {
            strangers.flows = [:]
        }
        return isEnough
    }
}

/// Why a customer's text was not taken.
package enum CustomerRefusal: String, Hashable, Sendable, Codable {
    case blocked
    case tooFast
    case tooMany
}

extension CustomerAddress {
    /// What stands behind the `@`.
    var domain: String {
        rawValue.firstIndex(of: "@").map { String(rawValue[rawValue.index(after: $0)...]) } ?? rawValue
    }
}
