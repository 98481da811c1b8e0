//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the company has decided: its departments, its limits, its patience, its words.
///
/// It reaches the state as a command, so it is part of the log like everything else.
package struct ServiceConfiguration: Hashable, Sendable, Codable {
    package var departments: [DepartmentConfiguration] = []
    /// Conversations an agent has at once over all departments, unless `agentCapacities` says otherwise.
    package var agentCapacity = 3
    package var agentCapacities: [AgentID: Int] = [:]
    /// How long an offer waits for the customer's record before it goes out with what is there.
    package var lookupDeadline: Duration = .milliseconds(800)
    /// Pause before agents who all said no are asked again about the same customer.
    package var reofferDelay: Duration = .seconds(5)
    /// How long a conversation stays with an agent whose last client has gone.
    package var agentGrace: Duration = .seconds(120)
    /// After a restart, how long people in line are not told that nobody is on duty: agents are only coming back.
    package var restartQuiet: Duration = .seconds(30)
    /// Offers in a row an agent may leave unanswered before no more are made; 0 never pauses anybody.
    package var missedOffersBeforePause = 3
    /// Least time between two publications when open, busy or closed changed.
    package var stateInterval: Duration = .seconds(5)
    /// Least time between two publications when only the wait changed.
    package var waitInterval: Duration = .seconds(30)
    /// From this wait on a department counts as busy.
    package var busyFrom: WaitBucket = .upToTwenty
    /// Assumed length of a conversation until there are finished ones to learn from.
    package var assumedHandlingTime: Duration = .seconds(300)
    package var routing = RoutingRules()
    package var catalogue = TextCatalogue()
    package var supervision = Supervision()
    package var floods = FloodRules()
    package var outreach = OutreachRules()

    package init() {}

    package init(departments: [DepartmentConfiguration]) {
        self.departments = departments
    }

    package subscript(department id: DepartmentID) -> DepartmentConfiguration? {
        departments.first { $0.id == id }
    }

    /// The departments that answer for a contact; with more than one the customer is asked. Empty if there is no such
    /// contact.
    package func departments(of contact: ContactAddress) -> [DepartmentID] {
        if let asked = routing.contacts[contact]?.departments, !asked.isEmpty { return asked }
        return departments.filter { $0.contacts.contains(contact) }.map(\.id)
    }

    /// The departments an agent works for, in the order of the configuration.
    package func departments(of agent: AgentID) -> [DepartmentConfiguration] {
        departments.filter { $0.agents.contains(agent) }
    }

    package func isAgent(_ agent: AgentID) -> Bool {
        departments.contains { $0.agents.contains(agent) }
    }

    /// Every agent once, in the order of the configuration.
    package var agents: [AgentID] {
        var seen: Set<AgentID> = []
        return departments.flatMap(\.agents).filter { seen.insert($0).inserted }
    }

    package func capacity(of agent: AgentID) -> Int {
        agentCapacities[agent] ?? agentCapacity
    }
}
