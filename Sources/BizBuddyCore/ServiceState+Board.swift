//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How a department is doing, for those who work there.
package struct DepartmentBoard: Hashable, Sendable, Codable {
    package let name: String
    package let state: DepartmentStatus.State
    /// In line, and of them: to be written to when it is their turn, and messages to be answered some time.
    package let waiting: Int
    /// Seconds the first in line has waited.
    package let longestWait: Int?
    /// Seconds somebody who came now would wait.
    package let estimate: Int?
    /// Seconds by which the last customers were told wrong, on average.
    package let estimateError: Int?
    package let agentsOnDuty: Int
    package let conversations: Int
    package let capacity: Int
    package let reopens: Instant?
}

/// What a colleague is doing.
package struct AgentBoard: Hashable, Sendable {
    package let agent: AgentID
    package let isOnDuty: Bool
    /// No offers are made because too many were left unanswered.
    package let isPaused: Bool
    /// The company's presence state; nil if no client is online.
    package let state: String?
    package let conversations: Int
    package let capacity: Int
}

extension ServiceState {
    /// One entry for each department, in the order of the configuration.
    package func board() -> [DepartmentBoard] {
        configuration.departments.map { department in
            let id = department.id
            let staff = staff(of: id)
            let first = firstInLine(of: id)
            return DepartmentBoard(
                name: department.name, state: currentStatus(of: department).state, waiting: lineLength(of: id),
                longestWait: first.map { now.milliseconds(since: $0.startedAt) / 1000 }.map { Int(clamping: $0) },
                estimate: wait(in: id, place: lineLength(of: id) + 1), estimateError: statistics[id]?.meanError,
                agentsOnDuty: staff.available, conversations: staff.current, capacity: staff.maximum,
                reopens: reopens(id))
        }
    }

    /// The colleagues of a department, in the order of the configuration.
    package func agentBoard(of department: DepartmentID) -> [AgentBoard] {
        (configuration[department: department]?.agents ?? []).map { agent in
            let record = agents[agent]
            // Of several clients the one that takes customers says most.
            let clients = (record?.resources ?? [:]).sorted { $0.key < $1.key }.map(\.value)
            let client = clients.first { $0.takesCustomers } ?? clients.first
            return AgentBoard(
                agent: agent, isOnDuty: isOnDuty(agent, for: department), isPaused: record?.isPaused ?? false,
                state: client.map { $0.state ?? "available" }, conversations: record?.conversations.count ?? 0,
                capacity: configuration.capacity(of: agent))
        }
    }
}
