//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What customers do.
extension ServiceState {
    /// What is known of who writes, should a conversation begin.
    struct Newcomer {
        let conversation: ConversationID
        let nickname: String?
        var language: String?
        var context: MessageContext?
    }

    mutating func customerMessage(
        _ key: CustomerKey, _ text: String, externalID: String?, _ newcomer: Newcomer, _ effects: inout [Effect]
    ) {
        guard derived.contacts[key.contact]?.isEmpty == false else {
            effects.append(.bounceCustomer(customer: key.customer, contact: key.contact))
            return
        }
        if let externalID, !seenMessages.insert("c \(key.customer) \(key.contact) \(externalID)") { return }
        if let reason = objection(to: key, isText: true) {
            effects.append(.refuseCustomer(customer: key.customer, contact: key.contact, reason: reason))
            return
        }

        let existing = openConversations[key].flatMap { conversations[$0] }
        if let existing, let language = newcomer.language {
            conversations[existing.id]?.routing.language = language
        }
        var newcomer = newcomer
        newcomer.language = newcomer.language ?? existing?.routing.language
        if existing?.isUnanswered ?? true {
            if takesOutreach(text, key, newcomer, proof: externalID, &effects) { return }
            if let keyword = keyword(in: text, at: key.contact) {
                return obey(keyword, key, existing?.id, newcomer.language, &effects)
            }
            if let existing, let option = answer(text, to: existing) {
                return choose(option, existing.id, &effects)
            }
        }
        guard let id = existing?.id ?? begin(key, nil, newcomer, &effects), let conversation = conversations[id]
        else { return }

        if conversation.isUnanswered, conversation.waitingTexts >= Limits.waitingTexts {
            notify(conversation, .tooMany, &effects)
            return
        }
        searchAnswers(for: text, conversation, &effects)
        let entry = record(
            .customer, text, externalID: externalID, in: id, details(newcomer.context, by: .customer, in: conversation))
        if let assignment = conversation.assignment {
            customerHasAnswered(id, &effects)
            relay(entry, to: assignment, id, &effects)
            relayToCompanions(entry, id, &effects)
            return
        }
        conversations[id]?.waitingTexts += 1
        if existing?.stage == .choosing { askAgain(id, &effects) }
        if case .calling = conversation.routing.hold { customerIsBack(id, &effects) }
    }

    mutating func customerJoins(
        _ key: CustomerKey, _ department: DepartmentID?, _ newcomer: Newcomer, _ effects: inout [Effect]
    ) {
        guard let choices = derived.contacts[key.contact], !choices.isEmpty else {
            effects.append(.bounceCustomer(customer: key.customer, contact: key.contact))
            return
        }
        if let reason = objection(to: key, isText: false) {
            effects.append(.refuseCustomer(customer: key.customer, contact: key.contact, reason: reason))
            return
        }
        if openConversations[key] == nil {
            let wanted = department.flatMap { choices.contains($0) ? $0 : nil }
            _ = begin(key, wanted, newcomer, &effects)
        }
    }

    mutating func customerLeaves(_ key: CustomerKey, _ effects: inout [Effect]) {
        guard let conversation = openConversations[key].flatMap({ conversations[$0] }), conversation.isUnanswered
        else { return }
        if let offer = conversation.offer {
            withdraw(offer, of: conversation, reason: .customerLeft, &effects)
        }
        notify(conversation, .left, &effects)
        end(conversation.id, Conversation.Closing(by: .customer, disposition: nil, at: now), &effects)
    }

    // MARK: Keywords

    private func keyword(in text: String, at contact: ContactAddress) -> Keyword? {
        let words = text.split(whereSeparator: \.isWhitespace)
        guard words.count == 1, let word = words.first else { return nil }
        return derived.words(at: contact).keywords[word.lowercased()]
    }

    mutating func obey(
        _ keyword: Keyword, _ key: CustomerKey, _ id: ConversationID?, _ language: String?, _ effects: inout [Effect]
    ) {
        if keyword == .transcript {
            effects.append(.sendTranscript(customer: key.customer, contact: key.contact, language: language))
            return
        }
        guard let id, let conversation = conversations[id] else {
            let department = derived.contacts[key.contact]?.first ?? DepartmentID("")
            notify(
                key, nil, department: department, language: language, keyword == .help ? .help : .notInLine, &effects)
            return
        }
        switch keyword {
        case .help: notify(conversation, .help, &effects)
        case .leave: customerLeaves(key, &effects)
        case .transcript: return
        case .callback:
            if conversation.stage == .choosing {
                putQuestion(id, &effects)
            } else {
                holdPlace(id, &effects)
            }
        case .position:
            if conversation.stage == .choosing {
                putQuestion(id, &effects)
            } else {
                tellPlace(of: conversation, &effects)
            }
        }
    }

    private mutating func tellPlace(of conversation: Conversation, _ effects: inout [Effect]) {
        let id = conversation.id
        guard let place = place(of: id) else { return }
        let isServed =
            isServed(conversation.department)
            || conversation.told != .closed && isUncertain(conversation.department)
        guard isServed else {
            conversations[id]?.told = .closed
            notify(conversation, .closed(place: place, reopens: reopens(conversation.department)), &effects)
            return
        }
        conversations[id]?.told = .place(place)
        conversations[id]?.routing.toldAt = now
        notify(conversation, .place(place, seconds: wait(in: conversation.department, place: place)), &effects)
    }

    // MARK: Beginning

    /// Starts a conversation and puts it in line, or asks what is wanted; nil when the line is full altogether.
    mutating func begin(
        _ key: CustomerKey, _ wanted: DepartmentID?, _ newcomer: Newcomer, _ effects: inout [Effect]
    ) -> ConversationID? {
        let choices = derived.contacts[key.contact] ?? []
        guard let department = wanted ?? choices.first, lineLength(of: department) < Limits.lineLength else {
            notify(
                key, nil, department: choices.first ?? DepartmentID(""), language: newcomer.language, .tooMany,
                &effects)
            return nil
        }
        let sequence = nextSequence
        nextSequence += 1
        // Fresh ids are the caller's duty; a used one must still not swallow another customer's conversation.
        let id =
            conversations[newcomer.conversation] == nil
            ? newcomer.conversation : ConversationID("\(newcomer.conversation)-\(sequence)")
        var conversation = Conversation(
            id: id, customer: key.customer, contact: key.contact, department: department, startedAt: now,
            sequence: sequence)
        conversation.nickname = newcomer.nickname
        conversation.stage = .choosing
        conversation.routing.language = newcomer.language
        conversations[id] = conversation
        openConversations[key] = id
        outreach.surveys[key] = nil
        count(.arrived, conversation)
        noteAlert(id, &effects)
        effects.append(.startLookup(conversation: id, customer: key.customer))
        set(.lookupDeadline(id), at: now + configuration.lookupDeadline, &effects)
        if wanted == nil, let (agent, department) = lastAgent(of: key, conversation.routing.weight) {
            conversations[id]?.department = department
            conversations[id]?.routing.reopens = recentCustomers[key]?.conversation
            reroute(id)
            if let conversation = conversations[id] { count(.reopened, conversation, by: agent) }
            begin(id, with: agent, in: department, &effects)
        } else if wanted == nil, choices.count > 1 {
            ask(.department, menu(of: choices), id, &effects)
        } else {
            enter(id, &effects)
        }
        return conversations[id] == nil ? nil : id
    }

    /// Who served the customer until a moment ago and can go on.
    private func lastAgent(of key: CustomerKey, _ weight: Int) -> (AgentID, DepartmentID)? {
        guard let recent = recentCustomers[key] else { return nil }
        let weight = configuration.routing.contacts[key.contact]?.weight ?? weight
        for department in derived.contacts[key.contact] ?? [] {
            guard let window = configuration[department: department]?.rules.care.reopenWindow,
                recent.at + window >= now, isOnDuty(recent.agent, for: department),
                hasRoom(recent.agent, in: department, weight: weight)
            else { continue }
            return (recent.agent, department)
        }
        return nil
    }

    /// What an entry keeps of what came with it, with other entries by their numbers.
    func details(
        _ context: MessageContext?, by author: TranscriptEntry.Author, in conversation: Conversation
    ) -> TranscriptEntry.Details? {
        guard let context else { return nil }
        var details = TranscriptEntry.Details()
        details.messageID = context.messageID
        details.link = context.link
        if let original = context.replaces.flatMap({ conversation.entry(named: $0, by: author) }) {
            details.replaces = original.details?.replaces ?? original.number
        }
        if let answered = context.repliesTo.flatMap({ conversation.entry(named: $0) }), !answered.author.isNote {
            details.repliesTo = answered.number
            details.quotation = context.quotation
        }
        return details == TranscriptEntry.Details() ? nil : details
    }

    /// Puts a conversation in its department's line, if that is open and not too long.
    mutating func enter(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id] else { return }
        let rules = configuration[department: conversation.department]?.rules ?? DepartmentRules()
        if !isOpen(conversation.department) {
            switch rules.whenClosed {
            case .message: break
            case .callback:
                notify(conversation, .closedCallback, &effects)
                return join(id, &effects) { conversation in
                    conversation.routing.hold = .waiting
                    conversation.told = .closed
                }
            case .department(let other):
                if !conversation.routing.isMoved, isOpen(other), let settings = configuration[department: other] {
                    notify(conversation, .redirected(other: settings.name), &effects)
                    conversations[id]?.department = other
                    conversations[id]?.routing.isMoved = true
                    return enter(id, &effects)
                }
            }
        }
        guard let maximum = rules.maximumLength, lineLength(of: conversation.department) >= maximum else {
            return join(id, &effects)
        }
        let options = menu(of: rules.ladder)
        guard !options.isEmpty else {
            notify(conversation, .tooMany, &effects)
            end(id, Conversation.Closing(by: .service, disposition: "full", at: now), &effects)
            return
        }
        ask(.full, options, id, &effects)
    }

    /// Puts a conversation in line, whatever the line is like.
    mutating func join(
        _ id: ConversationID, _ effects: inout [Effect], _ change: (inout Conversation) -> Void = { _ in }
    ) {
        cancel(.question(id), &effects)
        let now = now
        rearrange(id) { conversation in
            conversation.stage = .queued
            conversation.routing.question = nil
            conversation.routing.inLineSince = now
            change(&conversation)
        }
        reroute(id)
        guard let conversation = conversations[id], let place = place(of: id) else { return }
        if let knownIssue { notify(conversation, .knownIssue(knownIssue), &effects) }
        if isServed(conversation.department) {
            let estimate = wait(in: conversation.department, place: place)
            conversations[id]?.routing.estimate = estimate
        }
        let rules = configuration[department: conversation.department]?.rules ?? DepartmentRules()
        if let first = rules.overflow.first {
            set(.overflow(id), at: now + first.after, &effects)
        }
        if let maximum = rules.maximumWait {
            set(.longWait(id), at: now + maximum, &effects)
        }
    }

    // MARK: What is kept

    /// Adds a line to a conversation.
    mutating func record(
        _ author: TranscriptEntry.Author, _ text: String, externalID: String?, in id: ConversationID,
        _ details: TranscriptEntry.Details? = nil
    ) -> TranscriptEntry {
        var entry = TranscriptEntry(
            number: conversations[id]?.nextEntry ?? 0, author: author, text: text, at: now, externalID: externalID)
        entry.details = details
        conversations[id]?.nextEntry += 1
        conversations[id]?.transcript.append(entry)
        if let count = conversations[id]?.transcript.count, count > Limits.transcriptEntries {
            conversations[id]?.transcript.removeFirst()
            conversations[id]?.omittedEntries += 1
        }
        return entry
    }

    func relay(
        _ entry: TranscriptEntry, to assignment: Conversation.Assignment, _ id: ConversationID,
        _ effects: inout [Effect]
    ) {
        effects.append(
            .relayToAgent(
                AgentRelay(
                    agent: assignment.agent, conversation: id,
                    customerName: conversations[id]?.customerName ?? "", entry: entry,
                    toRoom: assignment.hasJoined)))
    }

    /// Takes a conversation out of everything and hands it to the archive.
    mutating func end(_ id: ConversationID, _ closing: Conversation.Closing, _ effects: inout [Effect]) {
        endHandover(id, .ended, &effects)
        guard var conversation = conversations[id] else { return }
        countEnd(of: conversation, closing)
        unlist(conversation)
        if let assignment = conversation.assignment {
            release(assignment.agent, id)
            statistics[conversation.department, default: DepartmentStatistics()]
                .recordEnd(handlingTime: now.milliseconds(since: assignment.since))
            recentCustomers.remember(
                conversation.key,
                RecentCustomers.Entry(agent: assignment.agent, at: now, conversation: id))
        }
        for companion in conversation.company.companions where companion.hasAnswered && !companion.hasJoined {
            effects.append(.tellAgent(agent: companion.agent, conversation: id, notice: .closed))
        }
        cancel(.lookupDeadline(id), &effects)
        cancel(.silence(id), &effects)
        cancelWaiting(id, &effects)
        conversations[id] = nil
        openConversations[conversation.key] = nil
        conversation.stage = .closed(closing)
        effects.append(.conversationClosed(conversation))
    }

    private mutating func countEnd(of conversation: Conversation, _ closing: Conversation.Closing) {
        if let assignment = conversation.assignment {
            let texts = conversation.transcript.count { !$0.author.isNote }
            count(
                .closed(
                    handle: seconds(since: assignment.since), texts: texts, disposition: closing.disposition),
                conversation)
        } else if conversation.routing.answeredAt != nil {
            return  // served before, and counted then
        } else if closing.disposition == "answered" {
            return  // counted as what it is
        } else if closing.by == .customer {
            count(.abandoned(wait: seconds(since: conversation.startedAt)), conversation)
        } else {
            count(.turnedAway, conversation)
        }
    }

    /// Timers of somebody who waits.
    mutating func cancelWaiting(_ id: ConversationID, _ effects: inout [Effect]) {
        for token: TimerToken in [
            .nextRound(id), .overflow(id), .longWait(id), .question(id), .turn(id), .callback(id),
        ] {
            cancel(token, &effects)
        }
    }

    /// The agent no longer has the conversation.
    mutating func release(_ agent: AgentID, _ id: ConversationID) {
        if let conversation = conversations[id] {
            charge(agent, conversation.department, -conversation.routing.weight)
        }
        let now = now
        edit(agent) { agent in
            agent.conversations.removeAll { $0 == id }
            agent.idleSince = now
        }
    }
}

extension Conversation {
    /// Whether it stands before another in line.
    func isAhead(of other: Conversation) -> Bool {
        position < other.position
    }
}
