//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Foundation

/// `mon-fri 09:00-12:00 13:00-18:00`
struct DailyHours: Sendable, Equatable {
    /// 0 is Monday.
    let days: [Int]
    let intervals: [WeeklyHours.Interval]
    let text: String
}

/// `12-25 closed`, `2026-12-24 09:00-12:00`
struct SpecialDay: Sendable, Equatable {
    let day: WeeklyHours.SpecialDay
    let text: String
}

/// `2026-12-01T10:00 2026-12-01T12:00`, where the department is.
struct LocalClosure: Sendable, Equatable {
    struct Moment: Sendable, Equatable {
        let date: CivilDate
        let minutes: Int
    }

    let from: Moment
    let to: Moment
    let text: String
}

/// A name of the time zone database.
struct TimeZoneName: Sendable, Equatable {
    let name: String

    /// Nil if there is no such zone.
    init?(_ name: String) {
        guard TimeZone(identifier: name) != nil else { return nil }
        self.name = name
    }

    /// What is known of the zone's clocks now, for as long as anybody plans ahead.
    func offsets(from start: Date = Date(), years: Int = 20) -> ZoneOffsets {
        guard let zone = TimeZone(identifier: name) else { return .utc }
        var changes: [ZoneOffsets.Change] = []
        // A year back, so that what was written lately is read as it was.
        let beginning = start.addingTimeInterval(-366 * 86_400)
        var moment = beginning
        let end = start.addingTimeInterval(Double(years) * 366 * 86_400)
        while let next = zone.nextDaylightSavingTimeTransition(after: moment), next > moment, next < end {
            changes.append(
                ZoneOffsets.Change(
                    at: Instant(milliseconds: Int64((next.timeIntervalSince1970 * 1000).rounded())),
                    seconds: zone.secondsFromGMT(for: next.addingTimeInterval(1))))
            moment = next
        }
        return ZoneOffsets(name: name, seconds: zone.secondsFromGMT(for: beginning), changes: changes)
    }
}

extension SwitchboardConfiguration.Department {
    /// When the department serves, as the queue wants it.
    var openingHours: OpeningHours {
        guard !hours.isEmpty else { return .always }
        let zone = timeZone?.offsets() ?? .utc
        var week: [[WeeklyHours.Interval]] = Array(repeating: [], count: 7)
        for entry in hours {
            for day in entry.days { week[day] += entry.intervals }
        }
        return .weekly(
            WeeklyHours(
                zone: zone, week: week.map { $0.sorted() }, specialDays: specialDays.map(\.day),
                closures: closures.map { closure in
                    WeeklyHours.Closure(
                        from: zone.moment(closure.from.date, minutes: closure.from.minutes),
                        to: zone.moment(closure.to.date, minutes: closure.to.minutes))
                }))
    }
}
