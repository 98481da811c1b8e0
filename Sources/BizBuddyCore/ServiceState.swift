//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The whole truth of the customer service: who waits, who serves, what was said.
///
/// A value, changed only by `apply`. The same commands at the same moments give the same value and the same effects,
/// in this process or the next.
package struct ServiceState: Hashable, Sendable {
    /// An agent as the service sees one.
    package struct Agent: Hashable, Sendable, Codable {
        /// Clients that are online.
        package internal(set) var resources: [String: AgentResource] = [:]
        /// What clients told workgroups, by client.
        package internal(set) var workgroups: [DepartmentID: [String: WorkgroupPresence]] = [:]
        /// `/duty on` or `/duty off`; nil follows the presence state.
        package internal(set) var dutyOverride: Bool?
        /// No offers because too many were left unanswered.
        package internal(set) var isPaused = false
        package internal(set) var missedOffers = 0
        /// Conversations accepted and open, oldest first.
        package internal(set) var conversations: [ConversationID] = []
        /// The conversation of the one open offer.
        package internal(set) var offer: ConversationID?
        /// Since the last conversation was closed, the last offer declined, or since becoming available.
        package internal(set) var idleSince: Instant
        /// When the last client went, while conversations are kept for the agent's return.
        package internal(set) var goneSince: Instant?
        var record = Record()
        /// Hundredths of conversations in each department, offers included; follows from the conversations.
        var units: [DepartmentID: Int] = [:]

        /// What speaks for and against asking an agent.
        struct Record: Hashable, Sendable, Codable, Defaulted {
            /// Offers declined or left unanswered lately, oldest first.
            var declines: [Instant] = []
            /// Offered nobody until then.
            var wrapUpUntil: Instant?
            /// Since when the agent is in this presence state, on duty, and has conversations.
            var stateSince: Instant?
            var dutySince: Instant?
            var busySince: Instant?

            static var former: Self { Self() }
        }

        private enum CodingKeys: String, CodingKey {
            case resources, workgroups, dutyOverride, isPaused, missedOffers, conversations, offer, idleSince, goneSince
            case record
        }

        init(idleSince: Instant) {
            self.idleSince = idleSince
        }

        /// Hundredths of conversations, offers included.
        package var totalUnits: Int {
            units.values.reduce(0, +)
        }

        /// Conversations and offers together.
        package var load: Int {
            conversations.count + (offer == nil ? 0 : 1)
        }

        package var isOnline: Bool {
            !resources.isEmpty
        }

        /// Available in a state that takes customers, or overridden, and not paused.
        package var isOnDuty: Bool {
            guard isOnline, !isPaused else { return false }
            return dutyOverride ?? resources.values.contains { $0.takesCustomers }
        }
    }

    package internal(set) var configuration = ServiceConfiguration()
    /// Every open conversation.
    package internal(set) var conversations: [ConversationID: Conversation] = [:]
    package internal(set) var agents: [AgentID: Agent] = [:]
    /// Timers that are set, to be set again after a restart.
    package internal(set) var timers = TimerTable()
    /// What was last published.
    package internal(set) var published: [DepartmentID: Publication] = [:]
    /// The latest moment seen; time never runs backwards here.
    package internal(set) var now = Instant(milliseconds: 0)

    /// A published status and since when it holds the next one back.
    package struct Publication: Hashable, Sendable, Codable {
        package let status: DepartmentStatus
        package let at: Instant
    }

    var openConversations: [CustomerKey: ConversationID] = [:]
    var statistics: [DepartmentID: DepartmentStatistics] = [:]
    var seenMessages = SeenMessages()
    /// Until then nobody in line is told that the department is closed.
    var quietUntil: Instant?
    var nextSequence = 1
    var nextOffer = 1
    package internal(set) var recentCustomers = RecentCustomers()
    var strangers = Strangers()
    var outreach = Outreach()
    var derived = Derived()

    /// Agents in the order of the configuration.
    package var agentOrder: [AgentID] { derived.agents }

    package init() {}

    /// The open conversation of a customer with a contact.
    package func conversation(of customer: CustomerAddress, with contact: ContactAddress) -> Conversation? {
        openConversations[CustomerKey(customer: customer, contact: contact)].flatMap { conversations[$0] }
    }

    /// The conversation an agent is being asked about, once the question is out.
    package func openOffer(of agent: AgentID) -> Conversation? {
        guard let id = agents[agent]?.offer, let conversation = conversations[id] else { return nil }
        let isAsked = conversation.offer?.until != nil || conversation.routing.handover?.to == agent
        return isAsked ? conversation : nil
    }

    /// A department's line, first first.
    package func line(of department: DepartmentID) -> [ConversationID] {
        derived.lines[department]?.ids ?? []
    }

    package func lineLength(of department: DepartmentID) -> Int {
        derived.lines[department]?.count ?? 0
    }

    package func firstInLine(of department: DepartmentID) -> Conversation? {
        derived.lines[department]?.first.flatMap { conversations[$0.id] }
    }

    /// The first of a department's line.
    package func firstInLine(of department: DepartmentID, _ count: Int) -> [Conversation] {
        guard let line = derived.lines[department] else { return [] }
        return (0..<min(count, line.count)).compactMap { line[$0].flatMap { conversations[$0.id] } }
    }

    /// Everybody in any line.
    package var waitingCount: Int {
        derived.lines.values.reduce(0) { $0 + $1.count }
    }

    /// The place in line, counted from 1; nil once an agent has accepted.
    package func place(of id: ConversationID) -> Int? {
        guard let conversation = conversations[id] else { return nil }
        return derived.lines[conversation.department]?.place(of: conversation.position).map { $0 + 1 }
    }

    /// Clients of an agent that speak XEP-0142 to a department's workgroup, in a fixed order.
    package func workgroupResources(of agent: AgentID, in department: DepartmentID) -> [String] {
        guard let told = agents[agent]?.workgroups[department] else { return [] }
        return told.filter { $0.value.show != .left }.keys.sorted()
    }

    /// On duty, and no client of the agent has told this department's workgroup otherwise.
    package func isOnDuty(_ agent: AgentID, for department: DepartmentID) -> Bool {
        guard derived.members[department]?.contains(agent) == true, let record = agents[agent], record.isOnDuty
        else { return false }
        guard let told = record.workgroups[department], !told.isEmpty else { return true }
        return told.values.contains { $0.takesOffers }
    }

    /// Conversations an agent may have at once for a department, over everything the agent has.
    package func capacity(of agent: AgentID, in department: DepartmentID) -> Int {
        let wishes = agents[agent]?.workgroups[department]?.values.compactMap(\.maxChats) ?? []
        let own = configuration.capacity(of: agent)
        return max(0, min(own, configuration[department: department]?.capacity ?? 0, wishes.max() ?? .max))
    }

    /// Whether one more conversation of a department fits, offers counted, for one that takes so many hundredths of an
    /// agent. One that takes more than all of an agent fits an agent who has nothing else.
    ///
    /// The agent's own capacity bounds everything together, the department's bounds its share.
    package func hasRoom(_ agent: AgentID, in department: DepartmentID, weight: Int = 100) -> Bool {
        guard let record = agents[agent] else { return false }
        let own = configuration.capacity(of: agent) * 100
        let share = capacity(of: agent, in: department) * 100
        let total = record.totalUnits
        guard own > 0, share > 0 else { return false }
        return total == 0 || total + weight <= own && record.units[department, default: 0] + weight <= share
    }

    /// Conversations and offers of one department an agent has.
    package func load(of agent: AgentID, in department: DepartmentID) -> Int {
        guard let record = agents[agent] else { return 0 }
        let held = record.conversations + (record.offer.map { [$0] } ?? [])
        return held.reduce(0) { $0 + (conversations[$1]?.department == department ? 1 : 0) }
    }
}
