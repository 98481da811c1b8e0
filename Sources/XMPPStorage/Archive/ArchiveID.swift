//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The name of an archived message, the same in every archive that holds it (XEP-0313 §3, XEP-0359).
///
/// The front is the hybrid clock's value when the message was committed, so that texts sort as the messages stand; the
/// tail is random, so that nobody can guess the name of a message that is not theirs.
package struct ArchiveID: Hashable, Comparable, Sendable {
    /// Microseconds since 1970 by ``ArchiveClock``: unique, and the message's time.
    package let clock: Int64
    /// 40 random bits.
    package let tail: Int64

    /// Characters of the clock's part: 55 bits, which last until the year 3111.
    static let clockLength = 11
    /// Characters of the random part.
    static let tailLength = 8

    init(clock: Int64, tail: Int64) {
        self.clock = clock
        self.tail = tail
    }

    /// A new name for the clock's value.
    init(clock: Int64) {
        self.init(clock: clock, tail: Int64.random(in: 0..<(1 << (5 * Int64(Self.tailLength)))))
    }

    /// Reads the text form; nil for anything that is not one.
    package init?(_ text: String) {
        var clock: Int64 = 0
        var tail: Int64 = 0
        var count = 0
        for byte in text.utf8 {
            guard count < Self.clockLength + Self.tailLength, let digit = Self.digit(byte) else { return nil }
            if count < Self.clockLength { clock = clock << 5 | digit } else { tail = tail << 5 | digit }
            count += 1
        }
        guard count == Self.clockLength + Self.tailLength else { return nil }
        self.init(clock: clock, tail: tail)
    }

    /// When the message was archived, in milliseconds since 1970.
    package var milliseconds: Int64 { clock / 1000 }

    package static func < (first: Self, second: Self) -> Bool {
        (first.clock, first.tail) < (second.clock, second.tail)
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): Int64(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "v"): Int64(byte - UInt8(ascii: "a")) + 10
        default: nil
        }
    }
}

extension ArchiveID: CustomStringConvertible {
    /// Base32hex in lower case (RFC 4648 §7), of fixed width: its order is that of the values.
    package var description: String {
        let length = Self.clockLength + Self.tailLength
        return String(unsafeUninitializedCapacity: length) { bytes in
            Self.write(clock, digits: Self.clockLength, to: bytes, at: 0)
            Self.write(tail, digits: Self.tailLength, to: bytes, at: Self.clockLength)
            return length
        }
    }

    private static func write(
        _ value: Int64, digits: Int, to bytes: UnsafeMutableBufferPointer<UInt8>, at start: Int
    ) {
        for place in 0..<digits {
            let digit = UInt8(truncatingIfNeeded: value >> Int64(5 * (digits - 1 - place)) & 31)
            bytes[start + place] = digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10
        }
    }
}
