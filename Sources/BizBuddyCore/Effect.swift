//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the world has to do after a command. The state never acts; whoever runs it does.
package enum Effect: Hashable, Sendable, Codable {
    /// Plain IM from the contact to the customer: an agent's words or a notice of ours.
    case sendToCustomer(CustomerDelivery)
    /// A text for a contact nobody answers for: to be returned with an error.
    case bounceCustomer(customer: CustomerAddress, contact: ContactAddress)
    /// A text, or a wish to join, that is not taken: to be returned with an error.
    case refuseCustomer(customer: CustomerAddress, contact: ContactAddress, reason: CustomerRefusal)
    /// A customer wants the last conversation with a contact in writing.
    case sendTranscript(customer: CustomerAddress, contact: ContactAddress, language: String?)
    /// Look among the answers to frequent questions, and say `Command.answerFound`.
    case searchAnswers(conversation: ConversationID, text: String, language: String?)
    /// Something that counts.
    case fact(Fact)
    /// For the consent ledger.
    case consent(Consent)
    /// Ask the agent.
    case offer(Offer)
    /// The record arrived after the offer had gone out.
    case updateOffer(Offer)
    /// The question is withdrawn; the agent may have seen it.
    case revokeOffer(agent: AgentID, conversation: ConversationID, customer: CustomerAddress, reason: OfferRevocation)
    /// The agent has accepted (or is back) and is to be invited to the conversation's room.
    case inviteToRoom(agent: AgentID, conversation: ConversationID)
    /// A customer's text for the agent: to the room if the agent is in it, else as chat from the room's address.
    case relayToAgent(AgentRelay)
    /// A staff-only note was written; shown to staff in the room.
    case showNote(conversation: ConversationID, entry: TranscriptEntry)
    /// A colleague is wanted in a conversation, or a supervisor wants to follow it.
    case inviteCompanion(CompanionInvitation)
    /// Words to the customer, for staff who share the conversation.
    case showAgentText(conversation: ConversationID, entry: TranscriptEntry)
    /// A line from the service to an agent, in a conversation or from the workgroup.
    case tellAgent(agent: AgentID, conversation: ConversationID?, notice: AgentNotice)
    /// An agent's command could not be carried out.
    case refuse(agent: AgentID, conversation: ConversationID?, reason: AgentRefusal)
    /// The agent no longer has this conversation: out of the room.
    case removeFromRoom(agent: AgentID, conversation: ConversationID)
    /// Over: the room goes, the value is for the archive.
    case conversationClosed(Conversation)
    /// What everybody may know about a department, for the presence of its contacts.
    case publishDepartment(DepartmentStatus)
    /// Find the customer's record and answer with `Command.lookupFinished`.
    case startLookup(conversation: ConversationID, customer: CustomerAddress)
    /// Send `Command.timerFired` at that moment; replaces an earlier moment of the same token.
    case scheduleTimer(TimerToken, at: Instant)
    case cancelTimer(TimerToken)
    /// A customer has been served: how long that was expected to take when the line was entered, and how long it took,
    /// in seconds.
    case waited(department: DepartmentID, expected: Int?, actual: Int)
}

/// One message to a customer.
package struct CustomerDelivery: Hashable, Sendable, Codable {
    package enum Kind: Hashable, Sendable, Codable {
        /// What an agent said.
        case agentText
        case notice(CustomerNotice)
    }

    /// Nil if the customer has none.
    package let conversation: ConversationID?
    package let customer: CustomerAddress
    package let contact: ContactAddress
    package let text: String
    package let kind: Kind
    /// Of a notice, where it is known.
    package let language: String?
    /// An agent's text as the transcript has it.
    package let entry: TranscriptEntry?

    package init(
        conversation: ConversationID?, customer: CustomerAddress, contact: ContactAddress, text: String,
        kind: Kind, language: String? = nil, entry: TranscriptEntry? = nil
    ) {
        self.entry = entry
        self.conversation = conversation
        self.customer = customer
        self.contact = contact
        self.text = text
        self.kind = kind
        self.language = language
    }
}

/// Which notice it is; the words are in `CustomerTexts`.
package enum CustomerNotice: Hashable, Sendable, Codable {
    /// An agent is being asked.
    case greeting
    /// `seconds` is the estimate, nil if there is none.
    case place(Int, seconds: Int?)
    /// Nobody serves now; the message waits at this place in line.
    case closed(place: Int, reopens: Instant?)
    /// Nobody serves now; the customer keeps a place and will be written to.
    case closedCallback
    /// Closed, and another department answers.
    case redirected(other: String)
    case accepted
    /// The agent has gone and the customer is in line again.
    case agentLost
    /// The agent has closed the conversation.
    case ended
    /// The customer has left the line.
    case left
    case help
    /// A keyword from somebody who is not in line.
    case notInLine
    /// Too many texts while waiting: this one was not kept.
    case tooMany
    /// The department has been removed.
    case discontinued
    /// Which department is meant.
    case whichDepartment([MenuOption])
    /// The choice is made.
    case routed
    /// Too many are in line: what else there is.
    case full([MenuOption], faq: String?)
    /// The wait has become long: what else there is.
    case longWait([MenuOption], faq: String?)
    case messageKept
    /// The customer may go and is written to.
    case callbackKept
    /// Is written to at that time.
    case callbackAt(Instant)
    case callbackSoon(Instant)
    case callbackImpossible
    case yourTurn(minutes: Int)
    case turnMissed
    /// Somebody else will help.
    case transferred
    /// Whether anybody is still there.
    case silent(minutes: Int)
    case silentClosed
    /// Something is wrong that everybody should know.
    case knownIssue(String)
    /// What one can ask to be told about.
    case alertTopics(String)
    /// Whether that is really wanted.
    case alertConfirm(String)
    case alertOn(String)
    case alertsOff
    case alert(String)
    /// What has been asked before.
    case answer(String, [MenuOption])
    case answerHelped
    /// What the customer thought of it.
    case survey([MenuOption])
    case surveyThanks
    /// A supervisor follows from now on.
    case monitored
    /// A supervisor may follow at any time.
    case mayBeMonitored

    /// The answers it asks for.
    package var options: [MenuOption] {
        switch self {
        case .whichDepartment(let options), .full(let options, _), .longWait(let options, _), .survey(let options),
            .answer(_, let options):
            options
        default: []
        }
    }
}

/// The question to an agent, with everything to decide on.
package struct Offer: Hashable, Sendable, Codable {
    package let number: Int
    package let agent: AgentID
    package let conversation: ConversationID
    package let department: DepartmentID
    package let departmentName: String
    package let customer: CustomerAddress
    package let customerName: String
    package let contact: ContactAddress
    /// Since when the customer waits.
    package let waitingSince: Instant
    /// The end of the agent's time to answer.
    package let until: Instant
    /// The customer's first text.
    package let question: String?
    /// Texts so far.
    package let textCount: Int
    package let lookup: RecordLookup
    /// Set where a colleague passes the customer on.
    package let transfer: Transfer?

    package struct Transfer: Hashable, Sendable, Codable {
        package let from: AgentID
        /// What the colleague has to say about it.
        package let reason: String?
    }

    package init(
        number: Int, agent: AgentID, conversation: ConversationID, department: DepartmentID,
        departmentName: String, customer: CustomerAddress, customerName: String, contact: ContactAddress,
        waitingSince: Instant, until: Instant, question: String?, textCount: Int, lookup: RecordLookup,
        transfer: Transfer? = nil
    ) {
        self.transfer = transfer
        self.number = number
        self.agent = agent
        self.conversation = conversation
        self.department = department
        self.departmentName = departmentName
        self.customer = customer
        self.customerName = customerName
        self.contact = contact
        self.waitingSince = waitingSince
        self.until = until
        self.question = question
        self.textCount = textCount
        self.lookup = lookup
    }
}

package enum OfferRevocation: String, Hashable, Sendable, Codable {
    case timedOut
    case customerLeft
    /// The agent is no longer on duty, or no longer for this department, or has no room left.
    case agentNotAvailable
    case restarted
    case discontinued
    /// Of several who were asked, another was faster.
    case takenByOther
}

/// One text of the customer on its way to the agent.
package struct AgentRelay: Hashable, Sendable, Codable {
    package let agent: AgentID
    package let conversation: ConversationID
    package let customerName: String
    package let entry: TranscriptEntry
    /// True: groupchat in the room. False: chat from the room's bare address.
    package let toRoom: Bool

    package init(
        agent: AgentID, conversation: ConversationID, customerName: String, entry: TranscriptEntry,
        toRoom: Bool
    ) {
        self.agent = agent
        self.conversation = conversation
        self.customerName = customerName
        self.entry = entry
        self.toRoom = toRoom
    }
}

package enum AgentNotice: Hashable, Sendable, Codable {
    /// Too many offers were left unanswered; `/duty on` or a new presence state ends the pause.
    case paused(missed: Int)
    case dutyOn
    case dutyOff
    /// `/duty on` counts as soon as a client is online.
    case dutyOnWhenOnline
    /// The conversation went back into the line while the agent was away.
    case conversationReturned
    /// Everything about the customer is being deleted, and the conversation with it.
    case erased
    /// The agent's own `/close` is done.
    case closed
    /// The department is gone, and the conversation with it.
    case discontinued
    /// The record came after the agent had accepted.
    case recordArrived(RecordLookup)
    /// A colleague is being asked to take over.
    case asked(AgentID)
    /// The colleague has taken over.
    case takenOver(AgentID)
    case notTakenOver(AgentID, HandoverEnd)
    /// The customer is in another department's line.
    case passedOn(DepartmentID)
    /// `/close` needs one of these.
    case dispositionNeeded([String])
    /// Closed because the customer has not answered.
    case customerSilent
    /// A colleague has been invited.
    case invited(AgentID, Conversation.Companion.Part)
    /// Somebody who was there beside the agent has gone.
    case companionGone(AgentID)
    /// A supervisor follows the conversation.
    case monitored(AgentID)
    /// A supervisor has taken it over.
    case takenFromYou(AgentID)
    /// For supervisors: nothing more is taken from a customer.
    case blocked(CustomerAddress, by: AgentID, reason: String?)
    case unblocked(CustomerAddress)
    /// What everybody is told who comes; nil if nothing any more.
    case knownIssue(String?, by: AgentID)
    case alertHeld(until: Instant)
    case alertSent(Int, leftOut: Int)
    /// A supervisor has set the agent's duty.
    case dutySetBy(AgentID)
    /// The supervisor's own command is done.
    case dutyIsSet(AgentID, isOn: Bool)
}

package enum AgentRefusal: String, Error, Hashable, Sendable, Codable {
    /// There is no open offer for this agent.
    case noOffer
    /// No such conversation, or it is closed.
    case noConversation
    /// Somebody else's.
    case notYours
    /// Not accepted yet.
    case notAccepted
    case notAnAgent
    /// A colleague is being asked already.
    case isBeingPassedOn
    /// No such agent or department.
    case noSuchTarget
    case targetNotAvailable
    /// Has no room, or is being asked about somebody else.
    case targetBusy
    case alreadyThere
    /// No more companions fit.
    case tooManyThere
    case notASupervisor
    /// The company does not want conversations to be followed.
    case monitoringIsOff
    /// Nobody has accepted the conversation yet.
    case nobodyServes
    /// The supervisor's presence is not known here.
    case youAreNotOnline
    case youAreBusy
}
