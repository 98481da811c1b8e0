//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How a department deals with its line.
package struct DepartmentRules: Hashable, Sendable, Codable, Defaulted {
    /// What happens to customers who come outside of the hours.
    package enum WhenClosed: Hashable, Sendable, Codable {
        /// They leave a message that waits in line.
        case message
        /// They keep a place in line and are written to when it is their turn.
        case callback
        /// Another department answers, while that one is within its hours.
        case department(DepartmentID)
    }

    /// What a customer is offered when too many wait or the wait is too long.
    package enum Step: String, Hashable, Sendable, Codable, CaseIterable {
        /// The answers to frequent questions are told.
        case faq
        /// To be written to when it is the customer's turn.
        case callback
        /// To be answered later.
        case message
    }

    /// Another department that helps out.
    package struct Overflow: Hashable, Sendable, Codable {
        /// How long a customer waits before.
        package let after: Duration
        package let department: DepartmentID

        package init(after: Duration, department: DepartmentID) {
            self.after = after
            self.department = department
        }
    }

    package var whenClosed = WhenClosed.message
    /// Customers in line from which on others are offered something else; nil never.
    package var maximumLength: Int?
    /// Wait from which on a customer is offered something else; nil never.
    package var maximumWait: Duration?
    /// What is offered, in order.
    package var ladder: [Step] = [.faq, .callback, .message]
    /// What `.faq` says.
    package var faq: String?
    package var overflow: [Overflow] = []
    /// Everybody who could take a customer is asked at once, and the first one has him.
    package var offersToAll = false
    /// Goes before customers of other departments of the same agent.
    package var priority = 0
    package var care = CareRules()

    package init() {}

    static var former: Self { Self() }
}

/// How conversations end.
package struct CareRules: Hashable, Sendable, Codable, Defaulted {
    /// How long a customer may leave an agent's words unanswered before a warning; nil for ever.
    package var silenceWarning: Duration?
    /// How long after the warning the conversation is closed.
    package var silenceGrace: Duration = .seconds(300)
    /// How long after the end a word goes straight back to the same agent; nil never.
    package var reopenWindow: Duration?
    /// Of how many in a hundred customers it is asked afterwards what they thought; nil of none.
    package var surveyPercent: Int?
    /// How long an agent is offered nobody after closing a conversation.
    package var wrapUp: Duration = .zero
    /// With any, `/close` needs one of them.
    package var dispositions: [String] = []

    package init() {}

    static var former: Self { Self() }
}

/// How agents are chosen and customers recognised, over all departments.
package struct RoutingRules: Hashable, Sendable, Codable, Defaulted {
    /// 1 is what was in force before there was a number: the fewest conversations, then the longest idle.
    package var version = 2
    /// What agents know.
    package var skills: [AgentID: Set<String>] = [:]
    /// What contacts ask, by address.
    package var contacts: [ContactAddress: ContactSettings] = [:]
    /// How long a customer's last agent is asked first.
    package var stickiness: Duration = .seconds(7 * 86_400)
    /// Time to answer after "it is your turn".
    package var turnPatience: Duration = .seconds(600)
    /// Time to answer which department is meant before the first one is taken.
    package var questionPatience: Duration = .seconds(600)

    package init() {}

    static var former: Self {
        var rules = Self()
        rules.version = 1
        rules.stickiness = .zero
        return rules
    }
}
