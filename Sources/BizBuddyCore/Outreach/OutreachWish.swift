//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// When a customer wants to be told something of the company's own accord; nothing of it touches what they ask for themselves.
package struct OutreachWish: Hashable, Sendable, Codable {
    /// Nothing at all.
    package var isUndisturbed: Bool?
    /// Minutes of the day between which it is welcome, first and last; over midnight if the last is smaller.
    package var from: Int?
    package var to: Int?

    package init(isUndisturbed: Bool? = nil, from: Int? = nil, to: Int? = nil) {
        self.isUndisturbed = isUndisturbed
        self.from = from
        self.to = to
    }

    /// Reads what an agent notes (`/prefer dnd yes`, `/prefer hours 9:00-17:30`); without a value the wish is taken back.
    /// Nil if it is another preference, or cannot be read.
    package init?(preference: String, _ value: String?) {
        self.init()
        let word = value?.lowercased() ?? ""
        switch preference {
        case "dnd":
            switch word {
            case "yes", "on": isUndisturbed = true
            case "no", "off", "": isUndisturbed = false
            default: return nil
            }
        case "hours":
            if word.isEmpty {
                (from, to) = (0, 0)
                return
            }
            let ends = word.filter { !$0.isWhitespace }.split(separator: "-", omittingEmptySubsequences: false)
                .map(Self.minute)
            guard ends.count == 2, let first = ends[0], let last = ends[1], first != last else { return nil }
            (from, to) = (first, last)
        default: return nil
        }
    }

    /// How it is written; nil of a preference that is none of these.
    package static func usage(of preference: String) -> String? {
        switch preference {
        case "dnd": "Usage: /prefer dnd yes|no"
        case "hours": "Usage: /prefer hours 9:00-17:30"
        default: nil
        }
    }

    /// `9`, `9:30`, `24:00`
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let hour = Int(parts[0]), (0...24).contains(hour) else { return nil }
        guard let minute = parts.count == 1 ? 0 : Int(parts[1]), (0..<60).contains(minute) else { return nil }
        let total = hour * 60 + minute
        return total <= 1_440 ? total % 1_440 : nil
    }

    /// Whether something may be told at a moment.
    func admits(_ moment: Instant, _ zone: ZoneOffsets) -> Bool {
        if isUndisturbed == true { return false }
        guard let from, let to, from != to else { return true }
        let (_, minute) = zone.local(moment)
        return from < to ? (from..<to).contains(minute) : minute >= from || minute < to
    }

    /// This wish with what another one says.
    func changed(by other: OutreachWish) -> OutreachWish? {
        let isUndisturbed = other.isUndisturbed ?? isUndisturbed
        let (from, to) = other.from == nil ? (from, to) : (other.from, other.to)
        let hasHours = from != to
        guard isUndisturbed == true || hasHours else { return nil }
        return OutreachWish(
            isUndisturbed: isUndisturbed == true ? true : nil, from: hasHours ? from : nil, to: hasHours ? to : nil)
    }
}

extension ServiceState {
    mutating func note(_ wish: OutreachWish, of customer: CustomerAddress) {
        let wishes = outreach.wishes.byCustomer
        guard wishes[customer] != nil || wishes.count < Limits.wishes else { return }
        outreach.wishes.byCustomer[customer] = (wishes[customer] ?? OutreachWish()).changed(by: wish)
    }
}
