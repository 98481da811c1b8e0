//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension Conversation {
    /// Staff in a conversation beside the agent who has it.
    package struct Companion: Hashable, Sendable, Codable {
        /// What somebody is there for.
        package enum Part: String, Hashable, Sendable, Codable, CaseIterable {
            /// Speaks with the customer as the agent does.
            case guest
            /// Is asked by the agent; what is said stays among staff.
            case consultant
            /// Follows as a supervisor; what is said stays among staff.
            case monitor
        }

        package let agent: AgentID
        package let part: Part
        package let since: Instant
        /// Has come into the room or written; before that, nothing is passed on.
        package internal(set) var hasAnswered: Bool
        /// Whether the companion is in the conversation's room.
        package internal(set) var hasJoined = false
    }

    /// Who is there beside the agent.
    package struct Company: Hashable, Sendable, Codable, Defaulted {
        package internal(set) var companions: [Companion] = []

        static var former: Self { Self() }

        package subscript(_ agent: AgentID) -> Companion? {
            companions.first { $0.agent == agent }
        }
    }

    /// Everybody who may see the conversation: the agent, then companions in the order in which they came.
    package var staff: [AgentID] {
        (agent.map { [$0] } ?? []) + company.companions.map(\.agent)
    }

    /// Whether somebody may see the conversation.
    package func admits(_ person: AgentID) -> Bool {
        agent == person || company[person] != nil
    }

    /// Staff who get what is said as chat: they have answered, and are not in the room.
    package func staffOutside(but author: AgentID? = nil) -> [AgentID] {
        var outside = company.companions.filter { $0.hasAnswered && !$0.hasJoined }.map(\.agent)
        if let assignment, !assignment.hasJoined { outside.insert(assignment.agent, at: 0) }
        return outside.filter { $0 != author }
    }
}
