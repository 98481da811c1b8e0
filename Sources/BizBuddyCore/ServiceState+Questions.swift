//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What customers are asked before they stand in line, and what else they may do than wait.
extension ServiceState {
    /// Departments as a menu.
    package func menu(of departments: [DepartmentID]) -> [MenuOption] {
        departments.compactMap { configuration[department: $0] }.enumerated().map { index, department in
            MenuOption(value: "\(index + 1)", label: department.name, choice: .department(department.id))
        }
    }

    /// The ladder as a menu; frequent questions stand in the text before it. Labels are written when it is told.
    func menu(of ladder: [DepartmentRules.Step]) -> [MenuOption] {
        let choices = ladder.compactMap { step -> MenuOption.Choice? in
            switch step {
            case .faq: nil
            case .callback: .callback
            case .message: .message
            }
        }
        return choices.enumerated().map { MenuOption(value: "\($0 + 1)", label: "", choice: $1) }
    }

    /// Puts a question to somebody who stands in no line yet, or asks who stands in it what else would do.
    mutating func ask(
        _ kind: Conversation.Routing.Question.Kind, _ options: [MenuOption], _ id: ConversationID,
        _ effects: inout [Effect]
    ) {
        guard let conversation = conversations[id] else { return }
        let texts = configuration.catalogue.texts(
            language: conversation.routing.language, contact: conversation.contact)
        let labelled = options.map { option in
            switch option.choice {
            case .department, .rating, .helped, .notHelped: option
            case .callback: MenuOption(value: option.value, label: texts[.optionCallback], choice: .callback)
            case .message: MenuOption(value: option.value, label: texts[.optionMessage], choice: .message)
            case .wait: MenuOption(value: option.value, label: texts[.optionWait], choice: .wait)
            }
        }
        conversations[id]?.routing.question = Conversation.Routing.Question(kind: kind, options: labelled)
        if conversation.stage == .choosing {
            set(.question(id), at: now + configuration.routing.questionPatience, &effects)
        }
        putQuestion(id, &effects)
    }

    func putQuestion(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], let question = conversation.routing.question else { return }
        let faq = configuration[department: conversation.department]?.rules.offeredFAQ
        switch question.kind {
        case .department: notify(conversation, .whichDepartment(question.options), &effects)
        case .full: notify(conversation, .full(question.options, faq: faq), &effects)
        case .longWait: notify(conversation, .longWait(question.options, faq: faq), &effects)
        case .answer: return
        }
    }

    func answer(_ text: String, to conversation: Conversation) -> MenuOption? {
        var word = text[...]
        while word.first?.isWhitespace == true { word.removeFirst() }
        while word.last?.isWhitespace == true { word.removeLast() }
        return conversation.routing.question?.options.first { $0.isMeant(by: String(word)) }
    }

    /// Something was said that is no answer: the question is put once more, then we decide.
    mutating func askAgain(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let question = conversations[id]?.routing.question else { return }
        guard question.asked < 2 else { return questionUnanswered(id, &effects) }
        conversations[id]?.routing.question?.asked += 1
        putQuestion(id, &effects)
    }

    mutating func choose(_ option: MenuOption, _ id: ConversationID, _ effects: inout [Effect]) {
        switch option.choice {
        case .department(let department):
            conversations[id]?.department = department
            conversations[id]?.routing.question = nil
            if let conversation = conversations[id] { notify(conversation, .routed, &effects) }
            cancel(.question(id), &effects)
            enter(id, &effects)
        case .callback: holdPlace(id, &effects)
        case .message: keepAsMessage(id, .messageKept, &effects)
        case .helped: answerHelped(id, true, &effects)
        case .notHelped: answerHelped(id, false, &effects)
        case .wait, .rating:
            conversations[id]?.routing.question = nil
        }
    }

    /// The answer of somebody whose client fills in forms.
    mutating func customerChooses(_ key: CustomerKey, _ department: DepartmentID, _ effects: inout [Effect]) {
        guard let conversation = openConversations[key].flatMap({ conversations[$0] }),
            let option = conversation.routing.question?.options.first(where: { $0.choice == .department(department) })
        else { return }
        choose(option, conversation.id, &effects)
    }

    mutating func questionUnanswered(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let question = conversations[id]?.routing.question else { return }
        // The first department; of other things to do, the last: it keeps what was said.
        let option = question.kind == .department ? question.options.first : question.options.last
        if let option { choose(option, id, &effects) }
    }

    // MARK: Not to stand in line

    /// "Call me back": the customer goes, the place stays.
    mutating func holdPlace(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id] else { return }
        if let offer = conversation.offer {
            withdraw(offer, of: conversation, reason: .customerLeft, &effects)
        }
        if case .calling = conversation.routing.hold { cancel(.turn(id), &effects) }
        let hold: (inout Conversation) -> Void = { conversation in
            conversation.routing.hold = .waiting
            conversation.routing.question = nil
        }
        if conversation.stage == .choosing {
            join(id, &effects, hold)
        } else {
            rearrange(id, hold)
        }
        cancel(.longWait(id), &effects)
        notify(conversation, .callbackKept, &effects)
    }

    /// It is the turn of somebody who is not there.
    mutating func call(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id] else { return }
        let until = now + configuration.routing.turnPatience
        rearrange(id) { $0.routing.hold = .calling(until: until) }
        set(.turn(id), at: until, &effects)
        let minutes = max(1, Int(clamping: configuration.routing.turnPatience.milliseconds / 60_000))
        notify(conversation, .yourTurn(minutes: minutes), &effects)
    }

    /// Whoever was called has answered, and is next.
    mutating func customerIsBack(_ id: ConversationID, _ effects: inout [Effect]) {
        cancel(.turn(id), &effects)
        rearrange(id) { conversation in
            conversation.routing.hold = .none
            conversation.isReturned = true
            conversation.told = .nothing
        }
    }

    mutating func turnMissed(_ id: ConversationID, _ effects: inout [Effect]) {
        guard case .calling = conversations[id]?.routing.hold else { return }
        keepAsMessage(id, .turnMissed, &effects)
    }

    /// What was said stays, and is answered when nobody else waits.
    mutating func keepAsMessage(_ id: ConversationID, _ notice: CustomerNotice, _ effects: inout [Effect]) {
        guard let conversation = conversations[id] else { return }
        let keep: (inout Conversation) -> Void = { conversation in
            conversation.routing.hold = .none
            conversation.routing.question = nil
            conversation.routing.isMessage = true
        }
        cancelWaiting(id, &effects)
        if conversation.stage == .choosing {
            join(id, &effects, keep)
            cancel(.overflow(id), &effects)
            cancel(.longWait(id), &effects)
        } else {
            rearrange(id, keep)
            reroute(id)
        }
        notify(conversation, notice, &effects)
    }

    // MARK: Waiting long

    mutating func overflow(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], conversation.isWaiting,
            let rules = configuration[department: conversation.department]?.rules
        else { return }
        let due = rules.overflow.filter { entry in
            (conversation.routing.inLineSince ?? conversation.startedAt) + entry.after <= now
        }
        rearrange(id) { conversation in
            for entry in due where !conversation.routing.helpers.contains(entry.department) {
                conversation.routing.helpers.append(entry.department)
            }
        }
        if rules.overflow.count > due.count {
            let next = rules.overflow[due.count]
            set(
                .overflow(id), at: (conversation.routing.inLineSince ?? conversation.startedAt) + next.after,
                &effects)
        }
    }

    mutating func waitedTooLong(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], conversation.stage == .queued,
            conversation.routing.hold == .none, !conversation.routing.isMessage,
            conversation.routing.question == nil,
            let rules = configuration[department: conversation.department]?.rules
        else { return }
        let options = menu(of: rules.ladder)
        guard !options.isEmpty || rules.offeredFAQ != nil else { return }
        let stay = MenuOption(value: "\(options.count + 1)", label: "", choice: .wait)
        ask(.longWait, options + [stay], id, &effects)
    }

    // MARK: What an agent must know

    /// Sets a conversation's place and needs by its contact, its department and the customer's record.
    mutating func reroute(_ id: ConversationID) {
        guard let conversation = conversations[id] else { return }
        let contact = configuration.routing.contacts[conversation.contact] ?? ContactSettings()
        let record = conversation.lookup.record
        // What nobody knows cannot be waited for.
        let skills = Set(contact.skills + (record?.skills ?? []) + (conversation.routing.advice?.skills ?? []))
            .filter { skill in
                derived.members[conversation.department]?
                    .contains { configuration.routing.skills[$0]?.contains(skill) == true } == true
            }.sorted()
        let rules = configuration[department: conversation.department]?.rules
        let priority =
            conversation.routing.isMessage
            ? Limits.messagePriority
            : (rules?.priority ?? 0) + contact.priority + (record?.priority ?? 0)
                + (conversation.routing.advice?.priority ?? 0)
        let language = conversation.routing.language ?? record?.language
        // What an agent has already been charged for stays what it is.
        let weight =
            conversation.isUnanswered && conversation.offer == nil ? contact.weight : conversation.routing.weight
        let routing = conversation.routing
        guard
            routing.skills != skills || routing.priority != priority || routing.weight != weight
                || routing.language != language
        else { return }
        rearrange(id) { conversation in
            conversation.routing.skills = skills
            conversation.routing.priority = priority
            conversation.routing.weight = weight
            conversation.routing.language = language
        }
    }
}

extension DepartmentRules {
    /// What frequent questions are answered with, if the ladder has that step.
    var offeredFAQ: String? {
        ladder.contains(.faq) ? faq : nil
    }
}
