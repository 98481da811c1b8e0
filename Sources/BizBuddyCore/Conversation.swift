//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One customer's business with one contact, from the first message until it is closed.
package struct Conversation: Hashable, Sendable, Codable, Identifiable {
    /// Where the conversation stands.
    package enum Stage: Hashable, Sendable, Codable {
        /// The customer is being asked what is wanted, and stands in no line yet.
        case choosing
        /// In line.
        case queued
        /// In line, and an agent is being asked.
        case offered(OpenOffer)
        /// An agent has it.
        case active(Assignment)
        /// Over; such a value only appears in `Effect.conversationClosed`.
        case closed(Closing)
    }

    /// The question put to an agent.
    package struct OpenOffer: Hashable, Sendable, Codable {
        package internal(set) var agent: AgentID
        /// Counts the offers of the whole service; tells an offer from an earlier one to the same agent.
        package let number: Int
        /// The end of the agent's time to answer; nil while the offer waits for the record and the agent has not
        /// seen it.
        package internal(set) var until: Instant?
        /// Asked at the same time; the first who accepts has it.
        var others: [AgentID]?
        /// For which department, if not for the conversation's own.
        var helping: DepartmentID?

        /// Everybody who is asked.
        package var agents: [AgentID] { [agent] + (others ?? []) }
    }

    /// The agent who has accepted.
    package struct Assignment: Hashable, Sendable, Codable {
        package let agent: AgentID
        package let since: Instant
        /// Whether the agent is in the conversation's room.
        package internal(set) var hasJoined = false
    }

    /// How it ended.
    package struct Closing: Hashable, Sendable, Codable {
        /// Who ended it.
        package enum Party: Hashable, Sendable, Codable {
            case agent(AgentID)
            case customer
            /// The department no longer exists.
            case service
        }

        package let by: Party
        /// The agent's word for the outcome, if one was given.
        package let disposition: String?
        package let at: Instant

        package init(by: Party, disposition: String?, at: Instant) {
            self.by = by
            self.disposition = disposition
            self.at = at
        }
    }

    /// What the customer was last told about waiting; says when to speak again.
    enum Told: Hashable, Sendable, Codable {
        case nothing
        case greeted
        case closed
        case place(Int)
    }

    package let id: ConversationID
    package let customer: CustomerAddress
    package let contact: ContactAddress
    package internal(set) var department: DepartmentID
    package let startedAt: Instant
    /// The name the customer's client gave, if any.
    package internal(set) var nickname: String?
    package internal(set) var stage: Stage = .queued
    package internal(set) var lookup: RecordLookup = .pending
    package internal(set) var transcript: [TranscriptEntry] = []
    /// Entries no longer kept in `transcript` because there were too many.
    package internal(set) var omittedEntries = 0

    /// The order of arrival over all departments.
    let sequence: Int
    /// Set when an agent was lost: such conversations stand before all that were never served.
    var isReturned = false
    /// Agents who did not take it in this round, first asked first.
    var asked: [AgentID] = []
    /// Not asked again before this moment, once nobody is left to ask.
    var nextRound: Instant?
    var told: Told = .nothing
    var nextEntry = 1
    var waitingTexts = 0
    package internal(set) var routing = Routing()
    package internal(set) var company = Company()

    init(
        id: ConversationID, customer: CustomerAddress, contact: ContactAddress, department: DepartmentID,
        startedAt: Instant, sequence: Int
    ) {
        self.id = id
        self.customer = customer
        self.contact = contact
        self.department = department
        self.startedAt = startedAt
        self.sequence = sequence
    }

    package var key: CustomerKey {
        CustomerKey(customer: customer, contact: contact)
    }

    /// The agent who has accepted.
    package var agent: AgentID? {
        assignment?.agent
    }

    package var assignment: Assignment? {
        if case .active(let assignment) = stage { assignment } else { nil }
    }

    package var offer: OpenOffer? {
        if case .offered(let offer) = stage { offer } else { nil }
    }

    /// In line: no agent has accepted yet.
    package var isWaiting: Bool {
        switch stage {
        case .queued, .offered: true
        case .choosing, .active, .closed: false
        }
    }

    /// Nobody has accepted yet.
    package var isUnanswered: Bool { isWaiting || stage == .choosing }

    var position: LinePosition {
        LinePosition(isReturned: isReturned, priority: routing.priority, sequence: sequence)
    }

    /// Whether agents may be asked about it.
    var isReady: Bool {
        guard stage == .queued else { return false }
        switch routing.hold {
        case .calling, .until: return false
        case .none, .waiting: return true
        }
    }

    /// What staff call the customer: the record's name, else the client's, else the address's local part.
    package var customerName: String {
        if let name = lookup.record?.displayName, !name.isEmpty { return name }
        if let nickname, !nickname.isEmpty { return nickname }
        return String(customer.rawValue.prefix { $0 != "@" })
    }

    /// Texts the customer has sent that are kept here.
    package var customerTexts: [TranscriptEntry] {
        transcript.filter { $0.author == .customer }
    }
}

/// Keeps conversations apart: the same customer may talk to two contacts at once.
package struct CustomerKey: Hashable, Sendable, Codable {
    package let customer: CustomerAddress
    package let contact: ContactAddress

    package init(customer: CustomerAddress, contact: ContactAddress) {
        self.customer = customer
        self.contact = contact
    }
}

/// One line of a conversation.
package struct TranscriptEntry: Hashable, Sendable, Codable {
    package enum Author: Hashable, Sendable, Codable {
        case customer
        case agent(AgentID)
        /// Staff only, never the customer's to read.
        case note(AgentID)

        /// Staff only.
        package var isNote: Bool {
            if case .note = self { true } else { false }
        }

        /// Who of the staff; nil for the customer.
        package var person: AgentID? {
            switch self {
            case .customer: nil
            case .agent(let person), .note(let person): person
            }
        }
    }

    /// Counts within the conversation, from 1.
    package let number: Int
    package let author: Author
    package let text: String
    package let at: Instant
    /// The sender's or network's name for the message.
    package let externalID: String?
    /// What came with it; nil if nothing did.
    package internal(set) var details: Details?

    package init(number: Int, author: Author, text: String, at: Instant, externalID: String?) {
        self.number = number
        self.author = author
        self.text = text
        self.at = at
        self.externalID = externalID
    }
}
