//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One thing that counts, as it followed from a command: what reports are made of. Facts are part of what a replay gives
/// again, so every figure is a function of the log.
package struct Fact: Hashable, Sendable, Codable {
    package enum Kind: Hashable, Sendable, Codable {
        /// A customer has come.
        case arrived
        /// A customer came back to the same agent soon after the end.
        case reopened
        /// An agent was asked.
        case offered
        /// An agent said no, or nothing.
        case declined(isMissed: Bool)
        /// An agent has accepted: seconds since the customer stood in line, and what had been told then.
        case answered(wait: Int, expected: Int?)
        /// Seconds from the customer's coming to the first words of an agent.
        case firstResponse(seconds: Int)
        /// The customer left before anybody had accepted: seconds since the coming.
        case abandoned(wait: Int)
        /// The service ended it before anybody had accepted.
        case turnedAway
        /// An answer to a frequent question was told, by its name.
        case suggested(String)
        /// An answer to a frequent question was enough.
        case deflected
        /// An agent's conversation is over: seconds since acceptance, and texts of both sides.
        case closed(handle: Int, texts: Int, disposition: String?)
        case transferred
        /// The agent had gone, and the customer stood in line again.
        case returned
        /// What the customer thought of it, from 1 to 5.
        case rated(Int)
        /// Seconds an agent was in a presence state; `offline` is none.
        case state(String, seconds: Int)
        /// Seconds an agent was on duty.
        case duty(seconds: Int)
        /// Seconds an agent had at least one conversation.
        case busy(seconds: Int)
    }

    package let at: Instant
    package let kind: Kind
    package var contact: ContactAddress?
    package var department: DepartmentID?
    package var agent: AgentID?
    package var conversation: ConversationID?

    package init(
        at: Instant, kind: Kind, contact: ContactAddress? = nil, department: DepartmentID? = nil,
        agent: AgentID? = nil, conversation: ConversationID? = nil
    ) {
        self.at = at
        self.kind = kind
        self.contact = contact
        self.department = department
        self.agent = agent
        self.conversation = conversation
    }
}

extension ServiceState {
    /// Takes down a fact about a conversation.
    mutating func count(_ kind: Fact.Kind, _ conversation: Conversation, by agent: AgentID? = nil) {
        derived.facts.append(
            Fact(
                at: now, kind: kind, contact: conversation.contact, department: conversation.department,
                agent: agent ?? conversation.agent, conversation: conversation.id))
    }

    mutating func count(_ kind: Fact.Kind, of agent: AgentID) {
        derived.facts.append(
            Fact(at: now, kind: kind, department: derived.membership[agent]?.first, agent: agent))
    }

    func seconds(since moment: Instant) -> Int {
        Int(clamping: now.milliseconds(since: moment) / 1000)
    }

    /// Whole seconds that have ended with a change of an agent.
    mutating func countTimes(of id: AgentID, _ before: Agent) {
        guard let after = agents[id] else { return }
        let states = (before.stateName, after.stateName)
        if states.0 != states.1 {
            if let since = before.record.stateSince { count(.state(states.0, seconds: seconds(since: since)), of: id) }
            agents[id]?.record.stateSince = now
        }
        if before.isOnDuty != after.isOnDuty {
            if before.isOnDuty, let since = before.record.dutySince {
                count(.duty(seconds: seconds(since: since)), of: id)
            }
            agents[id]?.record.dutySince = after.isOnDuty ? now : nil
        }
        if before.conversations.isEmpty != after.conversations.isEmpty {
            if after.conversations.isEmpty, let since = before.record.busySince {
                count(.busy(seconds: seconds(since: since)), of: id)
            }
            agents[id]?.record.busySince = after.conversations.isEmpty ? nil : now
        }
    }
}

extension ServiceState.Agent {
    /// The presence state that counts: of several clients, of the one that takes customers.
    var stateName: String {
        let clients = resources.sorted { $0.key < $1.key }.map(\.value)
        guard let client = clients.first(where: { $0.takesCustomers }) ?? clients.first else { return "offline" }
        return client.state ?? "available"
    }
}
