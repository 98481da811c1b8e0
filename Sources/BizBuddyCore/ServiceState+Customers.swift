//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What customers do.
extension ServiceState {
    /// Words that act while nobody has accepted, if they are the whole text.
    private enum Keyword: String {
        case position
        case leave
        case help

        init?(text: String) {
            let words = text.split(whereSeparator: \.isWhitespace)
            guard words.count == 1, let word = words.first else { return nil }
            self.init(rawValue: word.lowercased())
        }
    }

    mutating func customerMessage(
        _ key: CustomerKey, _ text: String, externalID: String?, nickname: String?, newConversation: ConversationID,
        _ effects: inout [Effect]
    ) {
        guard let department = configuration.department(of: key.contact)?.id else {
            effects.append(.bounceCustomer(customer: key.customer, contact: key.contact))
            return
        }
        if let externalID, !seenMessages.insert("c \(key.customer) \(key.contact) \(externalID)") { return }

        let existing = openConversations[key]
        if existing.flatMap({ conversations[$0] })?.isWaiting ?? true, let keyword = Keyword(text: text) {
            obey(keyword, key, existing, department, &effects)
            return
        }
        guard let id = existing ?? begin(key, department, nickname: nickname, newConversation, &effects),
            let conversation = conversations[id]
        else { return }

        if conversation.isWaiting, conversation.waitingTexts >= Limits.waitingTexts {
            notify(conversation, .tooMany, &effects)
            return
        }
        let entry = record(.customer, text, externalID: externalID, in: id)
        if let assignment = conversation.assignment {
            relay(entry, to: assignment, id, &effects)
        } else {
            conversations[id]?.waitingTexts += 1
        }
    }

    mutating func customerJoins(
        _ key: CustomerKey, nickname: String?, newConversation: ConversationID, _ effects: inout [Effect]
    ) {
        guard let department = configuration.department(of: key.contact)?.id else {
            effects.append(.bounceCustomer(customer: key.customer, contact: key.contact))
            return
        }
        if openConversations[key] == nil {
            _ = begin(key, department, nickname: nickname, newConversation, &effects)
        }
    }

    mutating func customerLeaves(_ key: CustomerKey, _ effects: inout [Effect]) {
        guard let conversation = openConversations[key].flatMap({ conversations[$0] }), conversation.isWaiting else {
            return
        }
        if let offer = conversation.offer {
            withdraw(offer, of: conversation, reason: .customerLeft, &effects)
        }
        notify(conversation, .left, &effects)
        end(conversation.id, Conversation.Closing(by: .customer, disposition: nil, at: now), &effects)
    }

    private mutating func obey(
        _ keyword: Keyword, _ key: CustomerKey, _ id: ConversationID?, _ department: DepartmentID,
        _ effects: inout [Effect]
    ) {
        switch (keyword, id) {
        case (.help, _): notify(key, id, department: department, .help, &effects)
        case (_, nil): notify(key, nil, department: department, .notInLine, &effects)
        case (.leave, _): customerLeaves(key, &effects)
        case (.position, let id?):
            guard let conversation = conversations[id], let place = place(of: id) else { return }
            let isOpen =
                isServed(conversation.department)
                || conversation.told != .closed && isUncertain(conversation.department)
            guard isOpen else {
                conversations[id]?.told = .closed
                notify(conversation, .closed(place: place), &effects)
                return
            }
            conversations[id]?.told = .place(place)
            let seconds = wait(in: conversation.department, place: place)
            notify(conversation, .place(place, seconds: seconds), &effects)
        }
    }

    /// Puts a new conversation at the end of the line; nil when the line is full.
    private mutating func begin(
        _ key: CustomerKey, _ department: DepartmentID, nickname: String?, _ newConversation: ConversationID,
        _ effects: inout [Effect]
    ) -> ConversationID? {
        guard line(of: department).count < Limits.lineLength else {
            notify(key, nil, department: department, .tooMany, &effects)
            return nil
        }
        let sequence = nextSequence
        nextSequence += 1
        // Fresh ids are the caller's duty; a used one must still not swallow another customer's conversation.
        let id =
            conversations[newConversation] == nil
            ? newConversation : ConversationID("\(newConversation)-\(sequence)")
        var conversation = Conversation(
            id: id, customer: key.customer, contact: key.contact, department: department, startedAt: now,
            sequence: sequence)
        conversation.nickname = nickname
        conversations[id] = conversation
        openConversations[key] = id
        enterLine(id)
        effects.append(.startLookup(conversation: id, customer: key.customer))
        set(.lookupDeadline(id), at: now + configuration.lookupDeadline, &effects)
        return id
    }

    mutating func lookupFinished(_ id: ConversationID, _ result: RecordLookup, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], result != .pending, result != .late else { return }
        let isNews = conversation.lookup != result
        conversations[id]?.lookup = result
        cancel(.lookupDeadline(id), &effects)
        guard isNews else { return }
        switch conversation.stage {
        case .offered(let offer):
            if let update = describe(offer, id) {
                effects.append(.updateOffer(update))
            }
        case .active(let assignment):
            effects.append(
                .tellAgent(agent: assignment.agent, conversation: id, notice: .recordArrived(result)))
        case .queued, .closed: break
        }
    }

    // MARK: What is kept

    /// Adds a line to a conversation.
    mutating func record(
        _ author: TranscriptEntry.Author, _ text: String, externalID: String?, in id: ConversationID
    ) -> TranscriptEntry {
        let entry = TranscriptEntry(
            number: conversations[id]?.nextEntry ?? 0, author: author, text: text, at: now, externalID: externalID)
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

    /// Puts a waiting conversation at its place: returned ones first, then by arrival.
    mutating func enterLine(_ id: ConversationID) {
        guard let conversation = conversations[id] else { return }
        let line = line(of: conversation.department)
        var index = line.endIndex
        while index > 0, let before = conversations[line[index - 1]], conversation.isAhead(of: before) {
            index -= 1
        }
        lines[conversation.department, default: []].insert(id, at: index)
    }

    mutating func leaveLine(_ id: ConversationID) {
        guard let department = conversations[id]?.department,
            let index = lines[department]?.firstIndex(of: id)
        else { return }
        lines[department]?.remove(at: index)
    }

    /// Takes a conversation out of everything and hands it to the archive.
    mutating func end(_ id: ConversationID, _ closing: Conversation.Closing, _ effects: inout [Effect]) {
        guard var conversation = conversations[id] else { return }
        leaveLine(id)
        if let assignment = conversation.assignment {
            release(assignment.agent, id)
            statistics[conversation.department, default: DepartmentStatistics()]
                .recordEnd(handlingTime: now.milliseconds(since: assignment.since))
        }
        cancel(.lookupDeadline(id), &effects)
        cancel(.nextRound(id), &effects)
        conversations[id] = nil
        openConversations[conversation.key] = nil
        conversation.stage = .closed(closing)
        effects.append(.conversationClosed(conversation))
    }

    /// The agent no longer has the conversation.
    mutating func release(_ agent: AgentID, _ id: ConversationID) {
        agents[agent]?.conversations.removeAll { $0 == id }
        agents[agent]?.idleSince = now
    }
}

extension Conversation {
    /// Whether it stands before another in line.
    func isAhead(of other: Conversation) -> Bool {
        isReturned == other.isReturned ? sequence < other.sequence : isReturned
    }
}
