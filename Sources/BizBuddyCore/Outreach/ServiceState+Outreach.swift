//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Alerts, the known issue, and the question afterwards.
extension ServiceState {
    private static let day: Duration = .seconds(86_400)

    /// What the company wants everybody to know who comes; nil if nothing.
    package var knownIssue: String? { outreach.banner?.text }

    // MARK: The known issue

    mutating func setBanner(_ person: AgentID, _ text: String?, _ effects: inout [Effect]) {
        guard configuration.isSupervisor(person) else {
            effects.append(.refuse(agent: person, conversation: nil, reason: .notASupervisor))
            return
        }
        guard outreach.banner?.text != text else {
            effects.append(.refuse(agent: person, conversation: nil, reason: .alreadyThere))
            return
        }
        outreach.banner = text.map { Outreach.Banner(text: $0, by: person, at: now) }
        for id in configuration.staff where agents[id]?.isOnline == true || id == person {
            effects.append(.tellAgent(agent: id, conversation: nil, notice: .knownIssue(text, by: person)))
        }
        guard let text else { return }
        for department in configuration.departments {
            for id in line(of: department.id) {
                if let conversation = conversations[id] { notify(conversation, .knownIssue(text), &effects) }
            }
        }
    }

    // MARK: What customers type

    /// Obeys a word about alerts, or takes the answer to the survey; false if the text is nothing of the kind.
    mutating func takesOutreach(
        _ text: String, _ key: CustomerKey, _ newcomer: Newcomer, proof: String?, _ effects: inout [Effect]
    )
        -> Bool
    {
        guard text.utf8.count <= Limits.command else { return false }
        let words = text.lowercased().split(whereSeparator: \.isWhitespace).map(String.init)
        if takesCallback(words, key, newcomer, &effects) { return true }
        guard let first = words.first, words.count <= 2 else { return false }
        let topics = configuration.outreach.topics
        func tell(_ notice: CustomerNotice) {
            let department = derived.contacts[key.contact]?.first ?? DepartmentID("")
            notify(key, nil, department: department, language: newcomer.language, notice, &effects)
        }
        if words.count == 1, openConversations[key] == nil, let value = Int(first), takesRating(value, key, &effects) {
            return true
        }
        if words.count == 1, says(.keywordYes, first, at: key.contact), let topic = pendingTopic(of: key.customer) {
            outreach.subscriptions[key.customer]?[topic]?.isConfirmed = true
            let question = self.words(of: .alertConfirm(topics[topic] ?? topic), key, language: newcomer.language)
            effects.append(.consent(consent(to: topic, key, isGiven: true, question, proof: proof)))
            tell(.alertOn(topics[topic] ?? topic))
            return true
        }
        if words.count == 1, says(.keywordStop, first, at: key.contact), outreach.subscriptions[key.customer] != nil {
            let topics = outreach.subscriptions[key.customer]?.filter(\.value.isConfirmed).keys.sorted() ?? []
            for topic in topics {
                effects.append(.consent(consent(to: topic, key, isGiven: false, text, proof: proof)))
            }
            outreach.subscriptions[key.customer] = nil
            tell(.alertsOff)
            return true
        }
        guard !topics.isEmpty else { return false }
        if words.count == 1, says(.keywordAlerts, first, at: key.contact) {
            tell(.alertTopics(list(of: key.customer)))
            return true
        }
        guard words.count == 2, says(.keywordAlert, first, at: key.contact) else { return false }
        guard let title = topics[words[1]] else {
            tell(.alertTopics(list(of: key.customer)))
            return true
        }
        guard outreach.subscriptions.count < Limits.subscribers || outreach.subscriptions[key.customer] != nil else {
            tell(.tooMany)
            return true
        }
        if outreach.subscriptions[key.customer]?[words[1]]?.isConfirmed == true {
            tell(.alertOn(title))
            return true
        }
        // One question at a time.
        outreach.subscriptions[key.customer, default: [:]] =
            (outreach.subscriptions[key.customer] ?? [:]).filter { $0.value.isConfirmed }
        outreach.subscriptions[key.customer, default: [:]][words[1]] = Outreach.Subscription(
            contact: key.contact, language: newcomer.language, at: now)
        tell(.alertConfirm(title))
        return true
    }

    private func says(_ text: CustomerText, _ word: String, at contact: ContactAddress) -> Bool {
        derived.words(at: contact).others[text]?.contains(word) == true
    }

    private func consent(
        to topic: String, _ key: CustomerKey, isGiven: Bool, _ text: String, proof: String?
    ) -> Consent {
        Consent(
            customer: key.customer, contact: key.contact, purpose: "alerts/\(topic)", isGiven: isGiven, text: text,
            proof: proof ?? "", actor: key.customer.rawValue, at: now)
    }

    /// Whether a topic has been asked for that the customer has not said yes to.
    package func hasPendingTopic(_ customer: CustomerAddress) -> Bool { pendingTopic(of: customer) != nil }

    private func pendingTopic(of customer: CustomerAddress) -> String? {
        outreach.subscriptions[customer]?.first { !$0.value.isConfirmed && $0.value.at + Self.day >= now }?.key
    }

    private func list(of customer: CustomerAddress) -> String {
        configuration.outreach.topics.sorted { $0.key < $1.key }.map { topic, title in
            let isOn = outreach.subscriptions[customer]?[topic]?.isConfirmed == true
            return "\(topic) – \(title)\(isOn ? " ✓" : "")"
        }.joined(separator: "\n")
    }

    // MARK: Publishing

    mutating func publish(_ person: AgentID, _ topic: String, _ text: String, _ effects: inout [Effect]) {
        guard person == .console || configuration.isSupervisor(person) else {
            effects.append(.refuse(agent: person, conversation: nil, reason: .notASupervisor))
            return
        }
        guard configuration.outreach.topics[topic] != nil else {
            effects.append(.refuse(agent: person, conversation: nil, reason: .noSuchTarget))
            return
        }
        let alert = Outreach.Alert(topic: topic, text: text, by: person)
        if let end = configuration.outreach.quietEnd(at: now) {
            guard outreach.held.count < Limits.heldAlerts else {
                effects.append(.refuse(agent: person, conversation: nil, reason: .tooManyThere))
                return
            }
            outreach.held.append(alert)
            set(.alerts, at: end, &effects)
            effects.append(.tellAgent(agent: person, conversation: nil, notice: .alertHeld(until: end)))
            return
        }
        let (sent, left) = send(alert, &effects)
        effects.append(.tellAgent(agent: person, conversation: nil, notice: .alertSent(sent, leftOut: left)))
    }

    /// The quiet hours are over.
    mutating func sendHeldAlerts(_ effects: inout [Effect]) {
        if let end = configuration.outreach.quietEnd(at: now) { return set(.alerts, at: end, &effects) }
        let held = outreach.held
        outreach.held = []
        for alert in held {
            let (sent, left) = send(alert, &effects)
            effects.append(.tellAgent(agent: alert.by, conversation: nil, notice: .alertSent(sent, leftOut: left)))
        }
    }

    private mutating func send(_ alert: Outreach.Alert, _ effects: inout [Effect]) -> (sent: Int, leftOut: Int) {
        var (sent, left) = (0, 0)
        for (customer, topics) in outreach.subscriptions.sorted(by: { $0.key < $1.key }) {
            guard let subscription = topics[alert.topic], subscription.isConfirmed,
                derived.contacts[subscription.contact] != nil, strangers.blocks[customer] == nil
            else { continue }
            var recent = outreach.received[customer] ?? []
            recent.removeAll { $0.at + Self.day < now }
            let isWelcome = outreach.wishes.byCustomer[customer]?.admits(now, configuration.outreach.zone) ?? true
            guard isWelcome, recent.count < configuration.outreach.alertsPerDay else {
                left += 1
                continue
            }
            recent.append(Outreach.Received(alert: alert, at: now))
            outreach.received[customer] = recent
            sent += 1
            let key = CustomerKey(customer: customer, contact: subscription.contact)
            let department = derived.contacts[subscription.contact]?.first ?? DepartmentID("")
            notify(
                key, nil, department: department, language: subscription.language, .alert(alert.text), &effects)
        }
        return (sent, left)
    }

    /// What a customer who writes now may be answering to: a note for whoever will serve.
    mutating func noteAlert(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id],
            let last = outreach.received[conversation.customer]?.last, last.at + Self.day >= now
        else { return }
        _ = record(.note(last.alert.by), "after the alert: \(last.alert.text)", externalID: nil, in: id)
    }

    // MARK: Afterwards

    /// Asks what the customer thought of it, of so many in a hundred; always the same ones for the same names.
    mutating func survey(_ conversation: Conversation, _ effects: inout [Effect]) {
        guard let percent = configuration[department: conversation.department]?.rules.care.surveyPercent,
            let agent = conversation.agent, Self.sample(conversation.id) < percent
        else { return }
        outreach.surveys =
            outreach.surveys.count < Limits.surveys
            ? outreach.surveys : outreach.surveys.filter { $0.value.at + Self.day >= now }
        guard outreach.surveys.count < Limits.surveys else { return }
        outreach.surveys[conversation.key] = Outreach.Survey(
            conversation: conversation.id, department: conversation.department, agent: agent,
            language: conversation.routing.language, at: now)
        notify(
            conversation, .survey((1...5).map { MenuOption(value: "\($0)", label: "\($0)", choice: .rating($0)) }),
            &effects)
    }

    /// From 0 to 99 (FNV-1a).
    private static func sample(_ id: ConversationID) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in id.rawValue.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(hash % 100)
    }

    private mutating func takesRating(_ value: Int, _ key: CustomerKey, _ effects: inout [Effect]) -> Bool {
        guard (1...5).contains(value), let survey = outreach.surveys[key], survey.at + Self.day >= now else {
            return false
        }
        outreach.surveys[key] = nil
        derived.facts.append(
            Fact(
                at: now, kind: .rated(value), contact: key.contact, department: survey.department, agent: survey.agent,
                conversation: survey.conversation))
        notify(key, nil, department: survey.department, language: survey.language, .surveyThanks, &effects)
        return true
    }
}
