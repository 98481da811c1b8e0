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
    package var texts = CustomerTexts()

    package init() {}

    package init(departments: [DepartmentConfiguration]) {
        self.departments = departments
    }

    package subscript(department id: DepartmentID) -> DepartmentConfiguration? {
        departments.first { $0.id == id }
    }

    /// The department that answers for a contact.
    package func department(of contact: ContactAddress) -> DepartmentConfiguration? {
        departments.first { $0.contacts.contains(contact) }
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

    /// What is wrong, in words for the person who wrote the configuration; empty when all is well.
    package var problems: [String] {
        var problems: [String] = []
        var ids: Set<DepartmentID> = []
        var owners: [ContactAddress: DepartmentID] = [:]
        for department in departments {
            if !ids.insert(department.id).inserted {
                problems.append("department \(department.id) is declared twice")
            }
            if department.capacity < 1 {
                problems.append("department \(department.id): capacity must be at least 1")
            }
            if department.offerTimeout < .seconds(1) {
                problems.append("department \(department.id): the offer timeout must be at least one second")
            }
            for contact in department.contacts {
                if let owner = owners.updateValue(department.id, forKey: contact) {
                    problems.append("contact \(contact) belongs to \(owner) and to \(department.id)")
                }
            }
        }
        if agentCapacity < 1 {
            problems.append("the capacity of an agent must be at least 1")
        }
        for (agent, capacity) in agentCapacities.sorted(by: { $0.key < $1.key }) where capacity < 0 {
            problems.append("the capacity of \(agent) must not be negative")
        }
        return problems
    }
}
