//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// A moment to the millisecond, and its text as an XEP-0082 DateTime.
///
/// Proleptic Gregorian calendar, years 0001 to 9999, no leap seconds.
package struct Timestamp: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    package let milliseconds: Int64

    /// A moment so many milliseconds after 1970-01-01T00:00:00Z.
    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The system's clock, as it stands now.
    package static func now() -> Timestamp {
        var time = timespec()
        guard clock_gettime(CLOCK_REALTIME, &time) == 0 else { return Timestamp(milliseconds: 0) }
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// `2026-11-22T12:00:00.123Z`, without a fraction when that is zero; moments beyond the years 0001…9999 are
    /// written as the nearest one within.
    package var description: String {
        let inRange = min(max(milliseconds, Self.earliest), Self.latest)
        let (days, time) = inRange.flooredDivision(by: Self.millisecondsPerDay)
        let date = CivilDate(daysSinceEpoch: days)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        text.append(date.year, digits: 4)
        text.append(UInt8(ascii: "-"))
        text.append(date.month, digits: 2)
        text.append(UInt8(ascii: "-"))
        text.append(date.day, digits: 2)
        text.append(UInt8(ascii: "T"))
        text.append(time / 3_600_000, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(time / 60_000 % 60, digits: 2)
        text.append(UInt8(ascii: ":"))
        text.append(time / 1000 % 60, digits: 2)
        if time % 1000 != 0 {
            text.append(UInt8(ascii: "."))
            text.append(time % 1000, digits: 3)
        }
        text.append(UInt8(ascii: "Z"))
        return String(decoding: text, as: UTF8.self)
    }

    static let millisecondsPerDay: Int64 = 86_400_000
    /// 0001-01-01T00:00:00Z
    static let earliest = CivilDate(year: 1, month: 1, day: 1).daysSinceEpoch * millisecondsPerDay
    /// 9999-12-31T23:59:59.999Z
    static let latest = (CivilDate(year: 9999, month: 12, day: 31).daysSinceEpoch + 1) * millisecondsPerDay - 1
}

extension Int64 {
    /// Quotient rounded down, and the remainder that then is never negative.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension [UInt8] {
    /// Appends a number of at most so many digits, with leading zeros.
    fileprivate mutating func append(_ number: Int64, digits: Int) {
        var divisor: Int64 = 1
        for _ in 1..<digits { divisor *= 10 }
        for _ in 0..<digits {
            append(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }
}
