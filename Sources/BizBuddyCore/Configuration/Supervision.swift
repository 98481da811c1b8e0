//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Who looks after the agents, and what customers learn of it.
package struct Supervision: Hashable, Sendable, Codable, Defaulted {
    /// Whether and how a supervisor may follow a conversation. Its agent is told in any case.
    package enum Monitoring: String, Hashable, Sendable, Codable, CaseIterable {
        /// Nobody may.
        case off
        /// The customer is told when a supervisor begins to follow.
        case announced
        /// Every customer is told at the beginning that a supervisor may follow.
        case stated
    }

    package var supervisors: Set<AgentID> = []
    package var monitoring = Monitoring.announced

    package init() {}

    static var former: Self { Self() }
}

extension ServiceConfiguration {
    package func isSupervisor(_ person: AgentID) -> Bool {
        supervision.supervisors.contains(person)
    }

    /// Whether somebody works here, as an agent or as a supervisor.
    package func isStaff(_ person: AgentID) -> Bool {
        isSupervisor(person) || isAgent(person)
    }

    /// Agents in the order of the configuration, then supervisors who are none.
    package var staff: [AgentID] {
        let agents = agents
        return agents + supervision.supervisors.subtracting(agents).sorted()
    }
}
