//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How far a time zone is ahead of UTC, and from when on: what the configuration knew of it when it was read.
package struct ZoneOffsets: Hashable, Sendable, Codable {
    package struct Change: Hashable, Sendable, Codable {
        package let at: Instant
        /// Seconds ahead of UTC from then on.
        package let seconds: Int

        package init(at: Instant, seconds: Int) {
            self.at = at
            self.seconds = seconds
        }
    }

    /// `Europe/Berlin`
    package let name: String
    /// Before the first change.
    package let seconds: Int
    /// In order.
    package let changes: [Change]

    package init(name: String, seconds: Int, changes: [Change] = []) {
        self.name = name
        self.seconds = seconds
        self.changes = changes
    }

    package static let utc = ZoneOffsets(name: "UTC", seconds: 0)

    package func offset(at moment: Instant) -> Int {
        changes.last { $0.at <= moment }?.seconds ?? seconds
    }

    /// The moment at which clocks show a time of a day, in minutes after midnight. A time that is left out when clocks
    /// go forward is the moment of the change; of one that comes twice it is the first.
    package func moment(_ date: CivilDate, minutes: Int) -> Instant {
        let local = (Int64(date.daysSinceEpoch) * 1440 + Int64(minutes)) * 60_000
        let offsets = Set([seconds] + changes.map(\.seconds)).sorted(by: >)
        for offset in offsets {
            let moment = Instant(milliseconds: local - Int64(offset) * 1000)
            if self.offset(at: moment) == offset { return moment }
        }
        // No clock shows it: the change that left it out.
        let guess = Instant(milliseconds: local - Int64(offsets.last ?? 0) * 1000)
        return changes.last { $0.at <= guess }?.at ?? guess
    }

    /// What clocks show at a moment: the day and the minutes after midnight.
    package func local(_ moment: Instant) -> (date: CivilDate, minutes: Int) {
        let minutes = (moment.milliseconds + Int64(offset(at: moment)) * 1000).flooredDivision(by: 60_000)
        let days = minutes.flooredDivision(by: 1440)
        return (CivilDate(daysSinceEpoch: Int(clamping: days)), Int(minutes - days * 1440))
    }
}

extension Int64 {
    fileprivate func flooredDivision(by divisor: Int64) -> Int64 {
        self >= 0 ? self / divisor : -((-self + divisor - 1) / divisor)
    }
}
