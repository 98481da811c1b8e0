//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the service says to agents in text, for clients that know nothing but chat.
package enum AgentTexts {
    /// Fields shown of a record in an offer; the rest comes with `/record`.
    private static let offeredFields = 8
    /// Characters of the customer's question shown in an offer.
    private static let questionLength = 300

    /// The offer as a message; `accept` or `reject` answers it.
    package static func offer(_ offer: Offer, now: Instant) -> String {
        var lines: [String] = []
        if let transfer = offer.transfer {
            let reason = transfer.reason.map { ": \($0)" } ?? "."
            lines.append("\(transfer.from) passes a customer on to you\(reason)")
        }
        lines += ["\(offer.customerName) (\(offer.customer)) for \(offer.departmentName):"]
        if let question = offer.question {
            let cut = question.prefix(questionLength)
            lines.append("\"\(cut)\(cut.count < question.count ? "…" : "")\"")
        }
        if offer.textCount > 1 {
            lines.append("\(offer.textCount) messages so far.")
        }
        lines.append(lookup(offer.lookup, limit: offeredFields))
        let seconds = (offer.until.milliseconds(since: now) + 999) / 1000
        lines.append("Answer \"accept\" or \"reject\" within \(seconds) seconds.")
        return lines.joined(separator: "\n")
    }

    /// A late record for an offer that is out.
    package static func update(_ offer: Offer) -> String {
        "\(offer.customerName): \(lookup(offer.lookup, limit: offeredFields))"
    }

    /// The answer to `/record`.
    package static func record(_ lookup: RecordLookup) -> String {
        self.lookup(lookup, limit: .max)
    }

    package static func revocation(_ reason: OfferRevocation, customerName: String) -> String {
        switch reason {
        case .timedOut: "The offer of \(customerName) was not answered in time and goes on."
        case .customerLeft: "\(customerName) has left the line."
        case .agentNotAvailable: "The offer of \(customerName) was withdrawn: you are not taking customers."
        case .restarted: "The offer of \(customerName) was withdrawn after a restart."
        case .discontinued: "The offer of \(customerName) was withdrawn: the department is gone."
        case .takenByOther: "\(customerName) has been taken by somebody else."
        }
    }

    package static func notice(_ notice: AgentNotice) -> String {
        switch notice {
        case .paused(let missed):
            "You left \(missed) offers unanswered, so no more are made. /duty on takes customers again."
        case .dutyOn: "You are on duty."
        case .dutyOff: "You are off duty: no customer will be offered until /duty on."
        case .dutyOnWhenOnline: "You will be on duty as soon as a client of yours is online."
        case .conversationReturned: "You were away too long: the customer is in line again."
        case .erased: "The conversation is over: everything about this customer is being deleted."
        case .closed: "The conversation is closed."
        case .discontinued: "The department is gone and the conversation with it."
        case .recordArrived(let lookup): record(lookup)
        case .asked(let colleague): "\(colleague) is being asked. Until then the customer stays with you."
        case .takenOver(let colleague): "\(colleague) has taken over."
        case .notTakenOver(let colleague, let reason):
            switch reason {
            case .declined: "\(colleague) does not take over: the customer stays with you."
            case .timedOut: "\(colleague) has not answered: the customer stays with you."
            case .notAvailable, .restarted, .ended:
                "\(colleague) is not available any more: the customer stays with you."
            }
        case .dispositionNeeded(let dispositions):
            "Say how it ended: /close and one of \(dispositions.joined(separator: ", "))."
        case .customerSilent: "The conversation is closed: the customer has not answered."
        case .invited(let colleague, .guest): "\(colleague) is invited, and may speak with the customer."
        case .invited(let colleague, _): "\(colleague) is asked; the answers stay among staff."
        case .companionGone(let companion): "\(companion) has left the conversation."
        case .monitored(let supervisor): "\(supervisor) follows this conversation."
        case .takenFromYou(let supervisor): "\(supervisor) has taken this conversation over."
        case .blocked(let customer, let by, let reason):
            "\(by) has blocked \(customer)\(reason.map { ": \($0)" } ?? ".")"
        case .unblocked(let customer): "\(customer) may write again."
        case .knownIssue(let text?, let by): "\(by): known issue, which every customer is told: \(text)"
        case .knownIssue(nil, let by): "\(by): there is no known issue any more."
        case .alertHeld: "These are quiet hours: the alert goes out when they end."
        case .alertSent(let sent, let left):
            "Told to \(sent)"
                + "\(left > 0 ? "; \(left) have had their alerts for today, or do not want to be disturbed now" : "")."
        case .dutySetBy(let supervisor): "\(supervisor) has set that."
        case .dutyIsSet(let agent, let isOn): "\(agent) is \(isOn ? "on" : "off") duty."
        case .passedOn(let department): "The customer is at the head of the line of \(department)."
        }
    }

    package static func refusal(_ reason: AgentRefusal) -> String {
        switch reason {
        case .noOffer: "There is no open offer for you."
        case .noConversation: "This conversation is closed."
        case .notYours: "This conversation is somebody else's."
        case .notAccepted: "Accept the offer first."
        case .notAnAgent: "You are not an agent here."
        case .isBeingPassedOn: "A colleague is being asked already."
        case .noSuchTarget: "There is no such agent or department."
        case .targetNotAvailable: "This colleague is not on duty."
        case .targetBusy: "This colleague cannot take another customer now."
        case .alreadyThere: "That is so already."
        case .tooManyThere: "There are too many in this conversation already."
        case .notASupervisor: "Only supervisors may do that."
        case .monitoringIsOff: "The company does not want conversations to be followed."
        case .nobodyServes: "Nobody has accepted this conversation yet."
        case .youAreNotOnline: "We do not see you online: add a workgroup to your contacts first."
        case .youAreBusy: "You cannot take another customer now."
        }
    }

    /// What a colleague reads who is wanted in a conversation.
    package static func invitation(_ invitation: CompanionInvitation) -> String {
        let by = invitation.by
        let reason = invitation.reason.map { ": \($0)" } ?? "."
        return switch invitation.part {
        case .guest:
            """
            \(by) asks you to join the conversation with \(invitation.customerName)\(reason)
            What you write here goes to the customer.
            """
        case .consultant:
            """
            \(by) asks you about the conversation with \(invitation.customerName)\(reason)
            What you write here stays among staff.
            """
        case .monitor:
            "The conversation with \(invitation.customerName). What you write here stays among staff."
        }
    }

    /// One conversation in the answer to `/list`.
    package static func line(_ conversation: Conversation, department: String, now: Instant) -> String {
        let state: String
        switch conversation.stage {
        case .choosing: state = "is being asked which department"
        case .queued: state = "in line"
        case .offered(let offer): state = "offered to \(offer.agents.map(\.rawValue).joined(separator: ", "))"
        case .active(let assignment): state = "with \(assignment.agent)"
        case .closed: state = "closed"
        }
        let company = conversation.company.companions.map { "\($0.agent) (\($0.part.rawValue))" }
        let since = Int(clamping: now.milliseconds(since: conversation.startedAt) / 1000)
        return
            ([
                "\(conversation.id): \(conversation.customerName), \(department), \(state)", minutes(since),
                "\(conversation.customerTexts.count) messages",
            ] + company).joined(separator: ", ")
    }

    package static func unknownCommand(_ name: String) -> String {
        "There is no command /\(name); nothing was sent. /help lists what there is."
    }

    /// The answer to `/board`.
    package static func board(_ departments: [DepartmentBoard]) -> String {
        departments.map { department in
            var parts = ["\(department.waiting) in line"]
            if let longest = department.longestWait { parts.append("longest \(minutes(longest))") }
            if let estimate = department.estimate { parts.append("estimate \(minutes(estimate))") }
            if let error = department.estimateError { parts.append("estimates are off by \(minutes(error))") }
            parts.append("\(department.agentsOnDuty) on duty")
            parts.append("\(department.conversations) of \(department.capacity) conversations")
            return "\(department.name): \(department.state.rawValue), \(parts.joined(separator: ", "))"
        }.joined(separator: "\n")
    }

    /// The answer to `/agents`.
    package static func agents(_ agents: [AgentBoard]) -> String {
        agents.map { agent in
            var state = agent.state ?? "offline"
            if agent.isPaused { state += ", paused: offers were left unanswered" }
            if !agent.isOnDuty, !agent.isPaused, agent.state != nil { state += ", off duty" }
            return "\(agent.agent): \(state), \(agent.conversations) of \(agent.capacity) conversations"
        }.joined(separator: "\n")
    }

    /// "40 s", "3 min"
    private static func minutes(_ seconds: Int) -> String {
        seconds < 90 ? "\(seconds) s" : "\((seconds + 30) / 60) min"
    }

    private static func lookup(_ lookup: RecordLookup, limit: Int) -> String {
        switch lookup {
        case .pending, .late: return "The customer's record is still being looked up."
        case .notFound: return "No record of this customer."
        case .failed(let reason): return "The customer's record could not be read: \(reason)"
        case .found(let record):
            var parts: [String] = []
            if record.customerID.isEmpty {
                parts.append("No record of this customer.")
                if !record.displayName.isEmpty { parts.append("Says to be \(record.displayName).") }
            } else {
                parts.append("\(record.displayName), customer \(record.customerID)")
            }
            parts += record.warnings
            parts += record.fields.prefix(limit).map(field)
            parts += record.candidates.map {
                "Could also be \($0.displayName), customer \($0.customerID) (\($0.source))"
            }
            if record.match == .probable, !record.customerID.isEmpty {
                parts.append("(not confirmed)")
            }
            parts += record.history
            parts += record.reports.map(\.text)
            return parts.joined(separator: "\n")
        }
    }

    private static func field(_ field: CustomerRecord.Field) -> String {
        let source = field.source.map { " (\($0))" } ?? ""
        return switch field.fieldClass {
        case .public, .business: "\(field.label): \(field.value)\(source)"
        case .sensitive: "\(field.label): withheld, /reveal \(field.key) shows it\(source)"
        case .secret: "\(field.label): secret, /verify \(field.key) compares it\(source)"
        }
    }
}
