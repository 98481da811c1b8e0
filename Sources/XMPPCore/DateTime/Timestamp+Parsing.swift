//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension Timestamp {
    /// Most fraction digits that are read; further ones must be digits but say nothing at our resolution.
    private static let significantFractionDigits = 3
    /// XML Schema `dateTime`: offsets reach from -14:00 to +14:00.
    private static let maximumOffsetMinutes: Int64 = 14 * 60

    /// Reads an XEP-0082 §3.2 DateTime, `CCYY-MM-DDThh:mm:ss[.sss]TZD`; nil for anything else.
    ///
    /// The zone is mandatory. Fractions may have any number of digits and are cut to milliseconds; `24:00:00` is the
    /// end of the day, as XML Schema has it.
    package init?(_ xep0082: String) {
        var reader = DigitReader(bytes: Array(xep0082.utf8)[...])
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("T"), let hour = reader.number(2), reader.skip(":"),
            let minute = reader.number(2), reader.skip(":"), let second = reader.number(2)
        else { return nil }
        var milliseconds: Int64 = 0
        if reader.skip(".") {
            guard let fraction = reader.fraction(Self.significantFractionDigits) else { return nil }
            milliseconds = fraction
        }
        guard let offset = reader.offsetMinutes(), reader.bytes.isEmpty, abs(offset) <= Self.maximumOffsetMinutes else {
            return nil
        }
        let date = CivilDate(year: year, month: month, day: day)
        let isEndOfDay = hour == 24 && minute == 0 && second == 0 && milliseconds == 0
        guard date.isValid, hour < 24 || isEndOfDay, minute < 60, second < 60 else { return nil }
        milliseconds += ((hour * 60 + minute - offset) * 60 + second) * 1000
        self.init(milliseconds: date.daysSinceEpoch * Self.millisecondsPerDay + milliseconds)
    }
}

/// Takes fixed-width numbers off the front of some octets.
private struct DigitReader {
    var bytes: ArraySlice<UInt8>

    mutating func digit() -> Int64? {
        guard let byte = bytes.first, case let value = byte &- 0x30, value < 10 else { return nil }
        bytes.removeFirst()
        return Int64(value)
    }

    mutating func number(_ digits: Int) -> Int64? {
        var number: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            number = number * 10 + digit
        }
        return number
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let byte = bytes.first, UInt32(byte) == character.value else { return false }
        bytes.removeFirst()
        return true
    }

    /// At least one digit, read to so many places.
    mutating func fraction(_ places: Int) -> Int64? {
        var value: Int64 = 0
        var count = 0
        while let digit = digit() {
            if count < places { value = value * 10 + digit }
            count += 1
        }
        guard count > 0 else { return nil }
        for _ in min(count, places)..<places { value *= 10 }
        return value
    }

    /// `Z` or `±hh:mm`, in minutes ahead of UTC.
    mutating func offsetMinutes() -> Int64? {
        if skip("Z") { return 0 }
        let isBehind = skip("-")
        guard isBehind || skip("+") else { return nil }
        guard let hours = number(2), skip(":"), let minutes = number(2), minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (isBehind ? -1 : 1)
    }
}
