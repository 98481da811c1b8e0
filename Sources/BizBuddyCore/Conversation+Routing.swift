//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension Conversation {
    /// What decides where a conversation stands and who is asked.
    package struct Routing: Hashable, Sendable, Codable, Defaulted {
        /// Whether the customer waits, or will be written to.
        package enum Hold: Hashable, Sendable, Codable {
            case none
            /// Gone for now; written to when it is the customer's turn.
            case waiting
            /// Wants to be written to then, and nobody is asked before.
            case until(Instant)
            /// Has been written to, and may answer until then.
            case calling(until: Instant)
        }

        /// What the customer is being asked.
        package struct Question: Hashable, Sendable, Codable {
            package enum Kind: String, Hashable, Sendable, Codable {
                case department
                case full
                case longWait
                /// Whether an answer helped.
                case answer
            }

            package let kind: Kind
            package let options: [MenuOption]
            /// How often it has been put.
            var asked = 1
        }

        /// What the customer's texts are written in, if known.
        package internal(set) var language: String?
        /// What an agent must know; sorted, each once.
        package internal(set) var skills: [String] = []
        /// More is earlier.
        package internal(set) var priority = 0
        /// Hundredths of a conversation.
        package internal(set) var weight = 100
        package internal(set) var hold = Hold.none
        package internal(set) var question: Question?
        /// To be answered when nobody else waits; the customer does not wait for it.
        package internal(set) var isMessage = false
        /// In another department than its contact's, on purpose.
        package internal(set) var isMoved = false
        /// Departments whose agents are asked as well.
        package internal(set) var helpers: [DepartmentID] = []
        /// Seconds that were told when the line was entered, and when that was.
        package internal(set) var estimate: Int?
        package internal(set) var inLineSince: Instant?
        /// What the routing hook said.
        package internal(set) var advice: RoutingAdvice?
        /// A colleague is being asked to take over.
        package internal(set) var handover: Handover?
        /// When the customer was asked whether anybody is still there.
        var warnedAt: Instant?
        /// The conversation that this one goes on with, at the same agent.
        package internal(set) var reopens: ConversationID?
        /// When an agent first accepted.
        var answeredAt: Instant?
        /// When a place was last told.
        var toldAt: Instant?

        static var former: Self { Self() }
    }

    /// Conversations that want the same of an agent stand in a line of their own within a department's.
    struct Needs: Hashable, Sendable {
        let skills: [String]
        let weight: Int
    }

    var needs: Needs {
        Needs(skills: routing.skills, weight: routing.weight)
    }

    /// The home department first, then those that help out.
    var candidates: [DepartmentID] {
        [department] + routing.helpers.filter { $0 != department }
    }
}

/// One answer to a question, as text menus, forms and quick responses show it.
package struct MenuOption: Hashable, Sendable, Codable {
    package enum Choice: Hashable, Sendable, Codable {
        case department(DepartmentID)
        case callback
        case message
        /// As before.
        case wait
        /// From 1, bad, to 5, good.
        case rating(Int)
        /// The answer was enough, or not.
        case helped
        case notHelped
    }

    /// What is typed: a digit.
    package let value: String
    package let label: String
    package let choice: Choice

    package init(value: String, label: String, choice: Choice) {
        self.value = value
        self.label = label
        self.choice = choice
    }

    /// Whether a text is this answer: the digit, or what it stands for in any case.
    func isMeant(by text: String) -> Bool {
        let word = text.lowercased()
        if word == value || word == label.lowercased() { return true }
        if case .department(let id) = choice { return word == id.rawValue.lowercased() }
        return false
    }
}
