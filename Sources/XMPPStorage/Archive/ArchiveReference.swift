//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What finds a message again by its sender's own id: a hash, kept behind the day the message was archived on.
///
/// Two messages may share a key: whoever finds one must look at it.
struct ArchiveReference {
    /// 40 bits.
    private let hash: Int64

    private static let hashBits: Int64 = 40
    private static let microsecondsPerDay: Int64 = 86_400_000_000
    /// What lies between the keys of two days.
    static let dayLength: Int64 = 1 << hashBits

    init(sender: String, id: String, addressee: String) {
        // FNV-1a of 64 bits (https://www.rfc-editor.org/rfc/rfc9923), folded.
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for part in [sender, id, addressee] {
            for byte in part.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            hash = (hash ^ 0xFF) &* 0x100_0000_01B3
        }
        self.hash = Int64((hash ^ hash >> 24) & (1 << 40 - 1))
    }

    /// The key of a message archived at a clock's value.
    func key(at clock: Int64) -> Int64 { key(day: Self.day(clock)) }

    func key(day: Int64) -> Int64 { Self.floor(day) | hash }

    /// The day of a clock's value, since 1970.
    static func day(_ clock: Int64) -> Int64 { clock / microsecondsPerDay }

    /// The least key of a day.
    static func floor(_ day: Int64) -> Int64 { day << hashBits }
}
