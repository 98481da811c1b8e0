//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Every sentence a customer can read from us, with `{department}`, `{place}` and `{wait}` to be filled in.
///
/// One value is one language. No sentence has a place for an agent's address.
package struct CustomerTexts: Hashable, Sendable, Codable {
    package var greeting = "Hello, this is {department}. Someone will be with you in a moment."
    package var place = "You are {place} in line, {wait}."
    package var placeOnly = "You are {place} in line."
    package var closed = """
        You are {place} in line. {department} is closed at the moment. \
        Your message is kept and will be answered when we are back.
        """
    package var accepted = "Someone from {department} is with you now."
    package var agentLost = "The person who helped you was disconnected. You keep your place at the head of the line."
    package var ended = "This conversation is closed. Thank you; write again at any time."
    package var left = "You have left the line. Write again at any time."
    package var help = """
        Write your question, everything is kept for the person who will answer. \
        While you wait, "position" tells your place in line and "leave" gives it up.
        """
    package var notInLine = "You are not in line. Write your question to start."
    package var tooMany = "This message could not be kept: too many are waiting already. Please try later."
    package var discontinued = "{department} is no longer available. This conversation is closed."
    package var aboutOneMinute = "about 1 minute"
    package var aboutMinutes = "about {minutes} minutes"
    package var overTwentyMinutes = "more than 20 minutes"
    package var statusOpen = "Open"
    package var statusWait = "Open, {bucket} min wait"
    package var statusBusy = "Busy, {bucket} min wait"
    package var statusClosed = "Closed, leave a message"

    package init() {}

    /// The sentence for a notice.
    package func text(of notice: CustomerNotice, department: String) -> String {
        switch notice {
        case .greeting: fill(greeting, ["department": department])
        case .place(let place, let seconds):
            if let seconds {
                fill(
                    self.place,
                    ["department": department, "place": Self.ordinal(place), "wait": wait(seconds: seconds)])
            } else {
                fill(placeOnly, ["department": department, "place": Self.ordinal(place)])
            }
        case .closed(let place): fill(closed, ["department": department, "place": Self.ordinal(place)])
        case .accepted: fill(accepted, ["department": department])
        case .agentLost: fill(agentLost, ["department": department])
        case .ended: fill(ended, ["department": department])
        case .left: fill(left, ["department": department])
        case .help: fill(help, ["department": department])
        case .notInLine: fill(notInLine, ["department": department])
        case .tooMany: fill(tooMany, ["department": department])
        case .discontinued: fill(discontinued, ["department": department])
        }
    }

    /// The line beside a contact in a buddy list.
    package func status(_ state: DepartmentStatus.State, wait: WaitBucket?) -> String {
        switch (state, wait) {
        case (.closed, _): statusClosed
        case (.busy, let wait?): fill(statusBusy, ["bucket": wait.rawValue])
        case (.open, let wait?) where wait != .underOne: fill(statusWait, ["bucket": wait.rawValue])
        case (.open, _), (.busy, nil): statusOpen
        }
    }

    /// "about 3 minutes": whole minutes up to ten, then steps of five, never more exact than the estimate is.
    package func wait(seconds: Int) -> String {
        let minutes = max(1, (max(0, seconds) + 30) / 60)
        return switch minutes {
        case 1: aboutOneMinute
        case ...10: fill(aboutMinutes, ["minutes": "\(minutes)"])
        case ...20: fill(aboutMinutes, ["minutes": "\((minutes + 4) / 5 * 5)"])
        default: overTwentyMinutes
        }
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
