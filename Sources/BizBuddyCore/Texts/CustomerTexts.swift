//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What customers read, in one language and for one contact.
package struct CustomerTexts: Sendable {
    /// `en`; nil if there are no texts of any language.
    package let language: String?
    let templates: [CustomerText: String]
    /// What the company has changed goes before.
    let changes: [CustomerText: String]
    /// What it has changed for every language: nobody knows which one that is.
    private let unmarked: Set<CustomerText>

    /// English, unchanged.
    package init() {
        self.init(language: "en", templates: Self.english, changes: [:])
    }

    init(
        language: String?, templates: [CustomerText: String], changes: [CustomerText: String],
        unmarked: Set<CustomerText> = []
    ) {
        self.language = language
        self.templates = templates
        self.changes = changes
        self.unmarked = unmarked
    }

    /// What a text is written in, for its `xml:lang`; nil if nobody knows.
    package func language(of text: CustomerText) -> String? { unmarked.contains(text) ? nil : language }

    package subscript(text: CustomerText) -> String {
        changes[text] ?? templates[text] ?? Self.english[text] ?? ""
    }

    /// The sentence for a notice; `zone` is where moments are told.
    package func text(of notice: CustomerNotice, department: String, zone: ZoneOffsets = .utc) -> String {
        var values = ["department": department]
        switch notice {
        case .place(let place, let seconds):
            values["place"] = ordinal(place)
            values["wait"] = seconds.map { wait(seconds: $0) }
        case .closed(let place, let reopens):
            values["place"] = ordinal(place)
            values["reopens"] = reopens.map { moment($0, in: zone) }
        case .redirected(let other): values["other"] = other
        case .knownIssue(let text), .alert(let text), .alertConfirm(let text), .alertOn(let text):
            values["text"] = text
        case .answer(let text, _): values["text"] = text
        case .callbackAt(let moment), .callbackSoon(let moment): values["moment"] = self.moment(moment, in: zone)
        case .alertTopics(let topics): values["topics"] = topics
        case .whichDepartment(let options): values["options"] = Self.list(options)
        case .full(let options, let faq), .longWait(let options, let faq):
            values["options"] = Self.list(options)
            values["faq"] = faq.map { "\($0)\n" } ?? ""
        case .yourTurn(let minutes), .silent(let minutes): values["minutes"] = "\(minutes)"
        default: break
        }
        return fill(self[notice.text], values)
    }

    /// A sentence with its places filled in.
    package func text(_ text: CustomerText, _ values: [String: String]) -> String {
        fill(self[text], values)
    }

    /// The line beside a contact in a buddy list.
    package func status(
        _ state: DepartmentStatus.State, wait: WaitBucket?, reopens: Instant? = nil, zone: ZoneOffsets = .utc
    ) -> String {
        fill(
            self[Self.status(state, wait: wait, reopens: reopens)],
            ["bucket": wait?.rawValue, "reopens": reopens.map { moment($0, in: zone) }].compactMapValues { $0 })
    }

    /// Which sentence that is.
    package static func status(
        _ state: DepartmentStatus.State, wait: WaitBucket?, reopens: Instant?
    ) -> CustomerText {
        switch (state, wait) {
        case (.closed, _): reopens == nil ? .statusClosed : .statusClosedUntil
        case (.busy, _?): .statusBusy
        case (.open, let wait?) where wait != .underOne: .statusWait
        case (.open, _), (.busy, nil): .statusOpen
        }
    }

    /// "about 3 minutes": whole minutes up to ten, then steps of five, never more exact than the estimate is.
    package func wait(seconds: Int) -> String {
        let minutes = max(1, (max(0, seconds) + 30) / 60)
        return switch minutes {
        case 1: self[.aboutOneMinute]
        case ...10: fill(self[.aboutMinutes], ["minutes": "\(minutes)"])
        case ...20: fill(self[.aboutMinutes], ["minutes": "\((minutes + 4) / 5 * 5)"])
        default: self[.overTwentyMinutes]
        }
    }

    /// "Mon 11/23 at 09:00", where the department is.
    func moment(_ moment: Instant, in zone: ZoneOffsets) -> String {
        let (date, minutes) = zone.local(moment)
        let names = self[.weekdays].split(separator: " ")
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return fill(
            self[.moment],
            [
                "weekday": names.indices.contains(date.weekday) ? String(names[date.weekday]) : "",
                "day": "\(date.day)", "month": "\(date.month)", "hour": two(minutes / 60), "minute": two(minutes % 60),
            ])
    }

    /// "1 – Sales", a line each.
    private static func list(_ options: [MenuOption]) -> String {
        options.map { "\($0.value) – \($0.label)" }.joined(separator: "\n")
    }

    private func ordinal(_ number: Int) -> String {
        language == "de" ? "\(number)" : Self.ordinal(number)
    }

    /// English ordinals: 1st, 2nd, 3rd, 4th, 11th, 21st.
    package static func ordinal(_ number: Int) -> String {
        switch (number % 10, number % 100) {
        case (_, 11...13): "\(number)th"
        case (1, _): "\(number)st"
        case (2, _): "\(number)nd"
        case (3, _): "\(number)rd"
        default: "\(number)th"
        }
    }

    /// Replaces `{name}`; what is filled in is never read again, so a department called "{wait}" stays so.
    private func fill(_ template: String, _ values: [String: String]) -> String {
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            let name = String(rest[rest.index(after: open)..<close])
            result += values[name] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

extension CustomerNotice {
    /// The sentence that tells it.
    package var text: CustomerText {
        switch self {
        case .greeting: .greeting
        case .place(_, let seconds): seconds == nil ? .placeOnly : .place
        case .closed(_, let reopens): reopens == nil ? .closed : .closedUntil
        case .closedCallback: .closedCallback
        case .redirected: .redirected
        case .accepted: .accepted
        case .agentLost: .agentLost
        case .ended: .ended
        case .left: .left
        case .help: .help
        case .notInLine: .notInLine
        case .tooMany: .tooMany
        case .discontinued: .discontinued
        case .whichDepartment: .whichDepartment
        case .routed: .routed
        case .full: .full
        case .longWait: .longWait
        case .messageKept: .messageKept
        case .callbackKept: .callbackKept
        case .callbackAt: .callbackAt
        case .callbackSoon: .callbackSoon
        case .callbackImpossible: .callbackImpossible
        case .yourTurn: .yourTurn
        case .turnMissed: .turnMissed
        case .transferred: .transferred
        case .silent: .silent
        case .silentClosed: .silentClosed
        case .knownIssue: .knownIssue
        case .alertTopics: .alertTopics
        case .alertConfirm: .alertConfirm
        case .alertOn: .alertOn
        case .alertsOff: .alertsOff
        case .alert: .alert
        case .answer: .answer
        case .answerHelped: .answerHelped
        case .survey: .survey
        case .surveyThanks: .surveyThanks
        case .monitored: .monitored
        case .mayBeMonitored: .mayBeMonitored
        }
    }
}
