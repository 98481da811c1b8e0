//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Customers who want to be written to at a time of their own choosing: they keep a place, and nobody is asked before.
extension ServiceState {
    /// How long before the time the customer is reminded.
    private static let reminder: Duration = .seconds(300)
    /// How far ahead a time may lie.
    private static let horizon: Duration = .seconds(90 * 86_400)

    /// Obeys "callback 15:30" and "callback 2026-11-24 9:00"; false if the text is nothing of the kind.
    mutating func takesCallback(
        _ words: [String], _ key: CustomerKey, _ newcomer: Newcomer, _ effects: inout [Effect]
    ) -> Bool {
        guard (2...3).contains(words.count), derived.words(at: key.contact).keywords[words[0]] == .callback,
            let minute = Self.minute(words[words.count - 1])
        else { return false }
        let department =
            conversation(of: key.customer, with: key.contact)?.department
            ?? derived.contacts[key.contact]?.first ?? DepartmentID("")
        let zone = configuration[department: department]?.hours.zone ?? .utc
        let today = zone.local(now).date
        let moment: Instant
        if words.count == 3 {
            guard let date = Self.date(words[1]) else { return false }
            moment = zone.moment(date, minutes: minute)
        } else {
            let tomorrow = CivilDate(daysSinceEpoch: today.daysSinceEpoch + 1)
            let sameDay = zone.moment(today, minutes: minute)
            moment = sameDay > now ? sameDay : zone.moment(tomorrow, minutes: minute)
        }
        guard moment > now, moment <= now + Self.horizon else {
            notify(key, nil, department: department, language: newcomer.language, .callbackImpossible, &effects)
            return true
        }
        guard let id = openConversations[key] ?? begin(key, nil, newcomer, &effects) else { return true }
        schedule(id, at: moment, &effects)
        return true
    }

    private mutating func schedule(_ id: ConversationID, at moment: Instant, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], conversation.isUnanswered else { return }
        if let offer = conversation.offer {
            withdraw(offer, of: conversation, reason: .customerLeft, &effects)
        }
        cancelWaiting(id, &effects)
        let hold: (inout Conversation) -> Void = { conversation in
            conversation.routing.hold = .until(moment)
            conversation.routing.question = nil
        }
        if conversations[id]?.stage == .choosing {
            join(id, &effects, hold)
            cancelWaiting(id, &effects)
        } else {
            rearrange(id, hold)
        }
        // Reminded before, if there is a before.
        set(.callback(id), at: now + Self.reminder < moment ? moment + .seconds(-300) : moment, &effects)
        notify(conversation, .callbackAt(moment), &effects)
    }

    /// Five minutes before the time, and then the time itself.
    mutating func callbackIsDue(_ id: ConversationID, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], case .until(let moment) = conversation.routing.hold else { return }
        guard moment <= now else {
            set(.callback(id), at: moment, &effects)
            return notify(conversation, .callbackSoon(moment), &effects)
        }
        // Before all who came later, as one who has waited since.
        rearrange(id) { $0.routing.hold = .waiting }
    }

    /// `9:05` or `15:30`, in minutes.
    private static func minute(_ text: String) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let hour = Int(parts[0]), let minute = Int(parts[1]), (0...23).contains(hour),
            (0...59).contains(minute), parts[1].count == 2
        else { return nil }
        return hour * 60 + minute
    }

    /// `2026-11-24`
    private static func date(_ text: String) -> CivilDate? {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).compactMap { Int($0) }
        return parts.count == 3 ? CivilDate(year: parts[0], month: parts[1], day: parts[2]) : nil
    }
}
