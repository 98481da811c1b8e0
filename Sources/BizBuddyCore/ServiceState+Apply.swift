//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension ServiceState {
    /// Applies a command as of a moment and says what the world has to do about it, in order.
    ///
    /// A command changes facts; `settle` then draws every conclusion: whom to ask, whom to tell, what to publish. So
    /// no command can forget one.
    package mutating func apply(_ command: Command, at moment: Instant) -> [Effect] {
        now = max(now, moment)
        var effects: [Effect] = []
        lookAtHours(&effects)
        run(command, &effects)
        settle(&effects)
        for fact in derived.facts { effects.append(.fact(fact)) }
        derived.facts = []
        return effects
    }

    private mutating func run(_ command: Command, _ effects: inout [Effect]) {
        switch command {
        case .configure(let configuration): configure(configuration, &effects)
        case .restarted: restart(&effects)
        case .customerMessage(
            let customer, let contact, let text, let externalID, let nickname, let newConversation, let context):
            customerMessage(
                CustomerKey(customer: customer, contact: contact), text, externalID: externalID,
                Newcomer(
                    conversation: newConversation, nickname: nickname, language: context?.language, context: context),
                &effects)
        case .customerJoins(
            let customer, let contact, let nickname, let newConversation, let department, let language):
            customerJoins(
                CustomerKey(customer: customer, contact: contact), department,
                Newcomer(conversation: newConversation, nickname: nickname, language: language), &effects)
        case .customerChooses(let customer, let contact, let department):
            customerChooses(CustomerKey(customer: customer, contact: contact), department, &effects)
        case .customerAsks(let customer, let contact, let ask, let language, let proof, let newConversation):
            customerAsks(
                CustomerKey(customer: customer, contact: contact), ask, proof: proof,
                Newcomer(conversation: newConversation, nickname: nil, language: language), &effects)
        case .customerLeaves(let customer, let contact):
            customerLeaves(CustomerKey(customer: customer, contact: contact), &effects)
        case .agentPresence(let agent, let resource, let state): presence(agent, resource, state, &effects)
        case .workgroupPresence(let agent, let department, let resource, let state):
            workgroupPresence(agent, department, resource, state)
        case .duty(let agent, let isOn): duty(agent, isOn: isOn, &effects)
        case .acceptOffer(let agent, let conversation): accept(agent, conversation, &effects)
        case .rejectOffer(let agent, let conversation): reject(agent, conversation, &effects)
        case .agentJoined(let agent, let conversation): joined(agent, conversation, isInRoom: true, &effects)
        case .agentLeft(let agent, let conversation): joined(agent, conversation, isInRoom: false, &effects)
        case .agentMessage(let agent, let conversation, let text, let externalID, let context):
            agentMessage(agent, conversation, text, externalID: externalID, context, &effects)
        case .block(let agent, let conversation, let reason): block(agent, conversation, reason: reason, &effects)
        case .setBanner(let person, let text): setBanner(person, text, &effects)
        case .publish(let person, let topic, let text): publish(person, topic, text, &effects)
        case .unblock(let person, let customer): unblock(person, customer, &effects)
        case .note(let agent, let conversation, let text, let externalID):
            note(agent, conversation, text, externalID: externalID, &effects)
        case .close(let agent, let conversation, let disposition):
            agentCloses(agent, conversation, disposition, &effects)
        case .transfer(let agent, let conversation, let target, let reason):
            transfer(agent, conversation, target, reason: reason, &effects)
        case .invite(let agent, let conversation, let colleague, let part, let reason):
            invite(agent, conversation, colleague, part, reason: reason, &effects)
        case .dismissCompanion(let agent, let conversation, let companion):
            dismissCompanion(agent, conversation, companion, &effects)
        case .monitor(let person, let conversation, let isOn): monitor(person, conversation, isOn: isOn, &effects)
        case .whisper(let person, let conversation, let text, let externalID):
            whisper(person, conversation, text, externalID: externalID, &effects)
        case .takeOver(let person, let conversation): takeOver(person, conversation, &effects)
        case .reassign(let person, let conversation, let target, let reason):
            reassign(person, conversation, target, reason: reason, &effects)
        case .setDuty(let person, let agent, let isOn): setDuty(person, of: agent, isOn: isOn, &effects)
        case .wish(let customer, let wish): note(wish, of: customer)
        case .eraseCustomer(let customers): erase(Set(customers), &effects)
        case .answerFound(let conversation, let answer): answerFound(conversation, answer, &effects)
        case .advised(let conversation, let advice): advised(conversation, advice, &effects)
        case .lookupFinished(let conversation, let result): lookupFinished(conversation, result, &effects)
        case .timerFired(let token): fire(token, &effects)
        case .tick:
            for token in timers.due(at: now) {
                fire(token, &effects)
            }
        }
    }

    // MARK: Timers

    mutating func set(_ token: TimerToken, at due: Instant, _ effects: inout [Effect]) {
        guard timers[token] != due else { return }
        timers[token] = due
        effects.append(.scheduleTimer(token, at: due))
    }

    mutating func cancel(_ token: TimerToken, _ effects: inout [Effect]) {
        if timers[token] != nil {
            timers[token] = nil
            effects.append(.cancelTimer(token))
        }
    }

    private mutating func fire(_ token: TimerToken, _ effects: inout [Effect]) {
        guard let due = timers[token] else { return }
        guard due <= now else {
            // The runner's clock was ahead of ours: ask again rather than lose the timer.
            effects.append(.scheduleTimer(token, at: due))
            return
        }
        timers[token] = nil
        switch token {
        case .lookupDeadline(let id):
            if conversations[id]?.lookup == .pending {
                conversations[id]?.lookup = .late
            }
        case .offerTimeout(let id, let number): offerTimedOut(id, number: number, &effects)
        case .agentGone(let agent): agentStaysAway(agent, &effects)
        case .restartQuiet: quietUntil = nil
        case .overflow(let id): overflow(id, &effects)
        case .longWait(let id): waitedTooLong(id, &effects)
        case .question(let id): questionUnanswered(id, &effects)
        case .turn(let id): turnMissed(id, &effects)
        case .hours: lookAtHours(&effects)
        case .silence(let id): customerIsSilent(id, &effects)
        case .wrapUp(let agent): edit(agent) { $0.record.wrapUpUntil = nil }
        case .handover(let id, let number): handoverTimedOut(id, number: number, &effects)
        case .alerts: sendHeldAlerts(&effects)
        case .callback(let id): callbackIsDue(id, &effects)
        case .nextRound, .publish: break  // `settle` looks at what has become possible
        }
    }

    // MARK: Customers

    /// Sends a notice of ours in the words of the catalogue.
    func notify(_ conversation: Conversation, _ notice: CustomerNotice, _ effects: inout [Effect]) {
        notify(
            conversation.key, conversation.id, department: conversation.department,
            language: conversation.routing.language, notice, &effects)
    }

    func notify(
        _ key: CustomerKey, _ conversation: ConversationID?, department: DepartmentID, language: String?,
        _ notice: CustomerNotice, _ effects: inout [Effect]
    ) {
        let texts = configuration.catalogue.texts(language: language, contact: key.contact)
        let text = words(of: notice, key, department: department, language: language)
        effects.append(
            .sendToCustomer(
                CustomerDelivery(
                    conversation: conversation, customer: key.customer, contact: key.contact, text: text,
                    kind: .notice(notice), language: texts.language(of: notice.text))))
    }

    /// A notice in the words of the catalogue.
    func words(
        of notice: CustomerNotice, _ key: CustomerKey, department: DepartmentID? = nil, language: String?
    ) -> String {
        let department = department ?? derived.contacts[key.contact]?.first ?? DepartmentID("")
        let settings = configuration[department: department]
        return configuration.catalogue.texts(language: language, contact: key.contact).text(
            of: notice, department: settings?.name ?? department.rawValue, zone: settings?.hours.zone ?? .utc)
    }
}
