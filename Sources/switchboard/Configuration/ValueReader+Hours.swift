//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore

extension ValueReader where Value == TimeZoneName {
    static var timeZone: ValueReader {
        ValueReader(
            scalar: "time zone", render: { $0.name },
            read: { text, path, reading in
                if let zone = TimeZoneName(text) { return zone }
                reading.report("\"\(text)\" is no time zone of the time zone database, such as Europe/Berlin", at: path)
                return nil
            })
    }
}

extension ValueReader where Value == DailyHours {
    static var dailyHours: ValueReader {
        ValueReader(
            scalar: "days and hours", render: { ConfigurationText.quoted($0.text) },
            read: { text, path, reading in
                let words = text.split(separator: " ")
                guard let first = words.first, words.count > 1 else {
                    reading.report(HoursText.expectedDays(text), at: path)
                    return nil
                }
                var days: [Int] = []
                for part in first.lowercased().split(separator: ",") {
                    guard let range = HoursText.days(part) else {
                        reading.report(
                            "\"\(part)\" is neither a day nor days", at: path,
                            suggestion: Spelling.nearest(to: String(part), among: HoursText.dayNames))
                        return nil
                    }
                    days += range
                }
                guard let intervals = HoursText.intervals(words.dropFirst(), of: text, path, &reading) else {
                    return nil
                }
                return DailyHours(days: days, intervals: intervals, text: text)
            })
    }
}

extension ValueReader where Value == SpecialDay {
    static var specialDay: ValueReader {
        ValueReader(
            scalar: "date and hours", render: { ConfigurationText.quoted($0.text) },
            read: { text, path, reading in
                let words = text.split(separator: " ")
                let numbers = words.first?.split(separator: "-").map { Int($0) } ?? []
                let date: (year: Int?, month: Int, day: Int)? =
                    switch numbers.count {
                    case 2: (nil, numbers[0] ?? 0, numbers[1] ?? 0)
                    case 3: (numbers[0] ?? 0, numbers[1] ?? 0, numbers[2] ?? 0)
                    default: nil
                    }
                // 29 February is a day of some years.
                guard let date, words.count > 1,
                    CivilDate(year: date.year ?? 2024, month: date.month, day: date.day) != nil
                else {
                    reading.report(
                        "\"\(text)\" is no date with hours: write \"12-25 closed\" or \"2026-12-24 09:00-12:00\"",
                        at: path)
                    return nil
                }
                var intervals: [WeeklyHours.Interval] = []
                if words.dropFirst().map({ $0.lowercased() }) != ["closed"] {
                    guard let read = HoursText.intervals(words.dropFirst(), of: text, path, &reading) else {
                        return nil
                    }
                    intervals = read
                }
                return SpecialDay(
                    day: .init(year: date.year, month: date.month, day: date.day, intervals: intervals), text: text)
            })
    }
}

extension ValueReader where Value == LocalClosure {
    static var closure: ValueReader {
        ValueReader(
            scalar: "two moments", render: { ConfigurationText.quoted($0.text) },
            read: { text, path, reading in
                let moments = text.split(separator: " ").map(HoursText.moment)
                guard moments.count == 2, let from = moments[0], let to = moments[1] else {
                    reading.report(
                        "\"\(text)\" is no closure: write \"2026-12-01T10:00 2026-12-01T12:00\"", at: path)
                    return nil
                }
                guard (from.date, from.minutes) < (to.date, to.minutes) else {
                    reading.report("the closure ends before it begins", at: path)
                    return nil
                }
                return LocalClosure(from: from, to: to, text: text)
            })
    }
}

/// How hours are written.
enum HoursText {
    static let dayNames = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

    static func expectedDays(_ text: String) -> String {
        "\"\(text)\" are no hours: write days and intervals, such as \"mon-fri 09:00-12:00 13:00-18:00\""
    }

    /// `mon`, `mon-fri`, `sat-mon`
    static func days(_ text: Substring) -> [Int]? {
        let ends = text.split(separator: "-", omittingEmptySubsequences: false)
            .map { name in dayNames.firstIndex { $0 == name } }
        switch ends.count {
        case 1: return ends[0].map { [$0] }
        case 2:
            guard let first = ends[0], let last = ends[1] else { return nil }
            return (0...((last - first + 7) % 7)).map { (first + $0) % 7 }
        default: return nil
        }
    }

    /// `09:00-12:00`, each; an end that is not after its start lies on the next day.
    static func intervals(
        _ words: some Collection<Substring>, of text: String, _ path: [String], _ reading: inout ConfigurationReading
    ) -> [WeeklyHours.Interval]? {
        var intervals: [WeeklyHours.Interval] = []
        for word in words {
            let ends = word.split(separator: "-", omittingEmptySubsequences: false).map { minutes($0) }
            guard ends.count == 2, let start = ends[0], let end = ends[1],
                let interval = WeeklyHours.Interval(start: start, end: end > start ? end : end + 1440)
            else {
                reading.report("\"\(word)\" in \"\(text)\" is no interval such as 09:00-12:00", at: path)
                return nil
            }
            if let other = intervals.first(where: { $0.start < interval.end && interval.start < $0.end }) {
                reading.report(
                    "\"\(word)\" in \"\(text)\" overlaps another interval from \(other.start / 60) o'clock on", at: path
                )
                return nil
            }
            intervals.append(interval)
        }
        return intervals
    }

    /// `2026-12-01T10:00`
    static func moment(_ text: Substring) -> LocalClosure.Moment? {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, let minutes = minutes(parts[1]) else { return nil }
        let numbers = parts[0].split(separator: "-").compactMap { Int($0) }
        guard numbers.count == 3, let date = CivilDate(year: numbers[0], month: numbers[1], day: numbers[2]) else {
            return nil
        }
        return LocalClosure.Moment(date: date, minutes: minutes)
    }

    /// `09:00`, up to `24:00`.
    private static func minutes(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ (1...2).contains($0.count) && $0.allSatisfy(\.isNumber) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), (0...59).contains(minute),
            hour < 24 || (hour == 24 && minute == 0)
        else { return nil }
        return hour * 60 + minute
    }
}
