//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// When a department serves: intervals of the week, days that are otherwise, closures between two moments.
package struct WeeklyHours: Hashable, Sendable, Codable {
    /// Minutes after midnight; the end may lie after the next midnight and is not part of it.
    package struct Interval: Hashable, Comparable, Sendable, Codable {
        package let start: Int
        package let end: Int

        /// Nil if it is empty, or longer than a day.
        package init?(start: Int, end: Int) {
            guard (0..<1440).contains(start), end > start, end - start <= 1440 else { return nil }
            self.start = start
            self.end = end
        }

        package static func < (left: Self, right: Self) -> Bool {
            (left.start, left.end) < (right.start, right.end)
        }
    }

    /// A day with hours of its own: a holiday has none.
    package struct SpecialDay: Hashable, Sendable, Codable {
        /// Nil for every year.
        package let year: Int?
        package let month: Int
        package let day: Int
        package let intervals: [Interval]

        package init(year: Int?, month: Int, day: Int, intervals: [Interval]) {
            self.year = year
            self.month = month
            self.day = day
            self.intervals = intervals
        }
    }

    /// Closed from a moment to another, whatever the hours say.
    package struct Closure: Hashable, Sendable, Codable {
        package let from: Instant
        package let to: Instant

        package init(from: Instant, to: Instant) {
            self.from = from
            self.to = to
        }
    }

    package var zone: ZoneOffsets
    /// Monday first; seven.
    package var week: [[Interval]]
    package var specialDays: [SpecialDay]
    package var closures: [Closure]

    package init(
        zone: ZoneOffsets, week: [[Interval]], specialDays: [SpecialDay] = [], closures: [Closure] = []
    ) {
        self.zone = zone
        self.week = week
        self.specialDays = specialDays
        self.closures = closures
    }

    /// Days looked ahead for the next opening: a year and its holidays.
    private static let horizon = 400

    package func isOpen(at moment: Instant) -> Bool {
        guard !closures.contains(where: { $0.from <= moment && moment < $0.to }) else { return false }
        let today = zone.local(moment).date
        return [-1, 0].contains { shift in
            spans(of: CivilDate(daysSinceEpoch: today.daysSinceEpoch + shift))
                .contains { $0.from <= moment && moment < $0.to }
        }
    }

    /// The next moment at which it opens or closes; nil if it never does within a year.
    package func nextChange(after moment: Instant) -> Instant? {
        let isOpen = isOpen(at: moment)
        return boundaries(after: moment) { self.isOpen(at: $0) != isOpen }
    }

    /// The next moment at which it is open; `moment` itself if it is now.
    package func nextOpening(from moment: Instant) -> Instant? {
        isOpen(at: moment) ? moment : nextChange(after: moment)
    }

    /// The first moment at which something begins or ends and a condition holds.
    private func boundaries(after moment: Instant, where isWanted: (Instant) -> Bool) -> Instant? {
        let today = zone.local(moment).date.daysSinceEpoch
        let closureEdges = closures.flatMap { [$0.from, $0.to] }.filter { $0 > moment }.sorted()
        for shift in -1...Self.horizon {
            let edges = spans(of: CivilDate(daysSinceEpoch: today + shift)).flatMap { [$0.from, $0.to] }
            // Closures begin and end on any day: those before the last edge of this day come with it.
            let last = zone.moment(CivilDate(daysSinceEpoch: today + shift + 1), minutes: 0)
            let here = (edges + closureEdges.filter { $0 <= max(last, edges.last ?? last) }).filter { $0 > moment }
            if let found = here.sorted().first(where: isWanted) { return found }
        }
        return nil
    }

    private func spans(of date: CivilDate) -> [(from: Instant, to: Instant)] {
        intervals(on: date).map { interval in
            let next = CivilDate(daysSinceEpoch: date.daysSinceEpoch + 1)
            let end =
                interval.end >= 1440
                ? zone.moment(next, minutes: interval.end - 1440) : zone.moment(date, minutes: interval.end)
            return (zone.moment(date, minutes: interval.start), end)
        }
    }

    /// A day of one year goes before the same day of every year, and both before the week.
    private func intervals(on date: CivilDate) -> [Interval] {
        let special = specialDays.filter { $0.month == date.month && $0.day == date.day }
        let match = special.first { $0.year == date.year } ?? special.first { $0.year == nil }
        if let match { return match.intervals }
        return week.indices.contains(date.weekday) ? week[date.weekday] : []
    }
}
