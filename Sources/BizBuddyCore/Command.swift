//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Everything that can happen to the service. A command is applied at a moment, recorded, and never questioned again.
package enum Command: Hashable, Sendable, Codable {
    /// At start and on every reload.
    case configure(ServiceConfiguration)
    /// The first command after a restart: nobody's presence is known any more, open offers have been lost.
    case restarted

    /// A text from a customer to a contact. `newConversation` names the conversation if this text starts one.
    /// `externalID` makes a repetition harmless; it must be unique among the customer's texts.
    case customerMessage(
        customer: CustomerAddress, contact: ContactAddress, text: String, externalID: String?, nickname: String?,
        newConversation: ConversationID, context: MessageContext? = nil)
    /// Asks for a place in line without saying anything yet (XEP-0142 `<join-queue/>`).
    case customerJoins(
        customer: CustomerAddress, contact: ContactAddress, nickname: String?, newConversation: ConversationID,
        department: DepartmentID? = nil, language: String? = nil)
    /// Answers the question which department is meant by a form instead of a digit.
    case customerChooses(customer: CustomerAddress, contact: ContactAddress, department: DepartmentID)
    /// Asks for something by a form: it is never meant for an agent, so it counts at any time. `proof` names the request.
    case customerAsks(
        customer: CustomerAddress, contact: ContactAddress, ask: CustomerAsk, language: String?, proof: String,
        newConversation: ConversationID)
    /// Gives the place in line up (XEP-0142 `<depart-queue/>`); nothing happens once an agent has accepted.
    case customerLeaves(customer: CustomerAddress, contact: ContactAddress)

    /// One client of an agent; nil when it has gone. Unknown agents are ignored.
    case agentPresence(agent: AgentID, resource: String, state: AgentResource?)
    /// Directed presence with `<agent-status/>` to a department's workgroup (XEP-0142 §3.1).
    case workgroupPresence(agent: AgentID, department: DepartmentID, resource: String, state: WorkgroupPresence)
    /// `/duty on`, `/duty off`.
    case duty(agent: AgentID, isOn: Bool)

    /// Without a conversation: the agent's one open offer.
    case acceptOffer(agent: AgentID, conversation: ConversationID?)
    case rejectOffer(agent: AgentID, conversation: ConversationID?)
    /// The agent entered or left the conversation's room.
    case agentJoined(agent: AgentID, conversation: ConversationID)
    case agentLeft(agent: AgentID, conversation: ConversationID)
    case agentMessage(
        agent: AgentID, conversation: ConversationID, text: String, externalID: String?, context: MessageContext? = nil)
    case note(agent: AgentID, conversation: ConversationID, text: String, externalID: String?)
    case close(agent: AgentID, conversation: ConversationID, disposition: String?)
    /// Passes the customer on; a colleague is asked, a department's line is joined at its head.
    case transfer(agent: AgentID, conversation: ConversationID, to: TransferTarget, reason: String?)

    /// Brings a colleague into the conversation, to speak with the customer or to be asked.
    case invite(
        agent: AgentID, conversation: ConversationID, colleague: AgentID, part: Conversation.Companion.Part,
        reason: String?)
    /// Somebody beside the agent goes, or is sent away.
    case dismissCompanion(agent: AgentID, conversation: ConversationID, companion: AgentID)

    /// Supervisors only: follows a conversation, or no longer does.
    case monitor(person: AgentID, conversation: ConversationID, isOn: Bool)
    /// Supervisors only: words for the staff of any conversation.
    case whisper(person: AgentID, conversation: ConversationID, text: String, externalID: String?)
    /// Supervisors only: serves the customer from now on.
    case takeOver(person: AgentID, conversation: ConversationID)
    /// Supervisors only: as `transfer`, of anybody's conversation or of one that waits.
    case reassign(person: AgentID, conversation: ConversationID, to: TransferTarget, reason: String?)
    /// Supervisors only: somebody else's `/duty`.
    case setDuty(person: AgentID, agent: AgentID, isOn: Bool)

    /// Ends the conversation and takes nothing more from the customer.
    case block(agent: AgentID, conversation: ConversationID, reason: String?)
    /// Supervisors only: lets a blocked customer write again.
    case unblock(person: AgentID, customer: CustomerAddress)

    /// When a customer wants to be told something.
    case wish(customer: CustomerAddress, wish: OutreachWish)

    /// Supervisors only: what everybody is told who comes; nil for nothing.
    case setBanner(person: AgentID, text: String?)
    /// Supervisors only: tells all who asked about a topic.
    case publish(person: AgentID, topic: String, text: String)

    /// Forgets customers, by all addresses that are theirs.
    case eraseCustomer([CustomerAddress])

    /// The answer to `Effect.searchAnswers`, if there is one.
    case answerFound(conversation: ConversationID, answer: FAQAnswer)

    /// What the routing hook says about a customer whose lookup was started.
    case advised(conversation: ConversationID, advice: RoutingAdvice)
    /// The answer to `Effect.startLookup`: found, not found or failed.
    case lookupFinished(conversation: ConversationID, result: RecordLookup)
    /// A timer asked for by `Effect.scheduleTimer` is due.
    case timerFired(TimerToken)
    /// Time has passed: whatever is due happens, estimates are looked at again.
    case tick
}

/// One client of an agent as its presence shows it.
package struct AgentResource: Hashable, Sendable, Codable {
    /// Id of the company's presence state (`available`, `lunch`), if known.
    package let state: String?
    /// Whether customers may be offered in that state.
    package let takesCustomers: Bool

    package init(state: String?, takesCustomers: Bool) {
        self.state = state
        self.takesCustomers = takesCustomers
    }
}

/// What an agent's client told one workgroup (XEP-0142 §3.1).
package struct WorkgroupPresence: Hashable, Sendable, Codable {
    package enum Show: String, Hashable, Sendable, Codable {
        /// Also for presence without `<show/>`.
        case chat
        /// Busy, but may get offers.
        case away
        case xa
        case dnd
        /// Unavailable: has left this workgroup while the client stays online.
        case left
    }

    package let show: Show
    /// `<max-chats/>`: a wish that can only lower the capacity.
    package let maxChats: Int?

    package init(show: Show, maxChats: Int? = nil) {
        self.show = show
        self.maxChats = maxChats
    }

    /// Whether offers of this workgroup may be made.
    package var takesOffers: Bool {
        show == .chat || show == .away
    }
}

/// Names a timer. Only the latest due moment of a token counts.
package enum TimerToken: Hashable, Sendable, Codable {
    /// The record's soft deadline is over.
    case lookupDeadline(ConversationID)
    /// An offer has not been answered in time.
    case offerTimeout(ConversationID, number: Int)
    /// Agents who declined may be asked again.
    case nextRound(ConversationID)
    /// An agent without any client has not come back.
    case agentGone(AgentID)
    /// A department's status may be published again.
    case publish(DepartmentID)
    /// After a restart, agents have had their time to come back.
    case restartQuiet
    /// A department's hours begin or end.
    case hours(DepartmentID)
    /// The customer has waited so long that another department helps.
    case overflow(ConversationID)
    /// The customer has waited longer than anybody should.
    case longWait(ConversationID)
    /// The customer has not said which department is meant.
    case question(ConversationID)
    /// The customer has not answered "it is your turn".
    case turn(ConversationID)
    /// A colleague has not answered whether to take over.
    case handover(ConversationID, number: Int)
    /// The customer has not answered.
    case silence(ConversationID)
    /// An agent has had the time after a conversation.
    case wrapUp(AgentID)
    /// The time at which the customer wants to be written to, or five minutes before.
    case callback(ConversationID)
    /// Alerts may be sent again.
    case alerts

    /// Puts timers that are due at the same moment into one order, so that a replay fires them alike.
    var order: String {
        switch self {
        case .lookupDeadline(let id): "1 \(id)"
        case .offerTimeout(let id, let number): "2 \(id) \(number)"
        case .nextRound(let id): "3 \(id)"
        case .agentGone(let agent): "4 \(agent)"
        case .publish(let department): "5 \(department)"
        case .restartQuiet: "6"
        case .hours(let department): "7 \(department)"
        case .overflow(let id): "8 \(id)"
        case .longWait(let id): "9 \(id)"
        case .question(let id): "A \(id)"
        case .turn(let id): "B \(id)"
        case .handover(let id, let number): "C \(id) \(number)"
        case .silence(let id): "D \(id)"
        case .wrapUp(let agent): "E \(agent)"
        case .alerts: "F"
        case .callback(let id): "G \(id)"
        }
    }
}
