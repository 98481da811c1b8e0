//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One department: the contacts it answers for and the people who answer.
package struct DepartmentConfiguration: Hashable, Sendable, Codable, Identifiable {
    package let id: DepartmentID
    /// What customers read ("Support").
    package var name: String
    package var contacts: [ContactAddress]
    package var agents: [AgentID]
    /// Conversations of this department an agent has at once; the agent's own capacity counts beside it.
    package var capacity: Int
    /// How long an agent has to answer an offer.
    package var offerTimeout: Duration
    package var hours: OpeningHours
    package var rules: DepartmentRules

    package init(
        id: DepartmentID, name: String, contacts: [ContactAddress], agents: [AgentID], capacity: Int = 3,
        offerTimeout: Duration = .seconds(30), hours: OpeningHours = .always,
        rules: DepartmentRules = DepartmentRules()
    ) {
        self.id = id
        self.name = name
        self.contacts = contacts
        self.agents = agents
        self.capacity = capacity
        self.offerTimeout = offerTimeout
        self.hours = hours
        self.rules = rules
    }
}

/// When a department serves, apart from the question whether anybody is on duty.
package enum OpeningHours: Hashable, Sendable, Codable {
    /// Open whenever an agent is on duty.
    case always
    /// Shut by hand, with the moment it is said to open again if that is known; messages wait.
    case closed(reopens: Instant?)
    case weekly(WeeklyHours)

    /// Where moments are told to customers.
    package var zone: ZoneOffsets {
        if case .weekly(let hours) = self { hours.zone } else { .utc }
    }
}
