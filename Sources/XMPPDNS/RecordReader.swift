//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Reads the data of a record, which comes from strangers: nothing in it is believed.
struct RecordReader {
    /// RFC 1035 §2.3.4: octets of a name on the wire.
    private static let maximumNameLength = 255

    private let bytes: [UInt8]
    private var index = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { index == bytes.count }

    mutating func readUInt8() -> UInt8? {
        guard index < bytes.count else { return nil }
        defer { index += 1 }
        return bytes[index]
    }

    mutating func readUInt16() -> UInt16? {
        guard let high = readUInt8(), let low = readUInt8() else { return nil }
        return UInt16(high) << 8 | UInt16(low)
    }

    /// A host name in lower case with dots between its labels; empty for the root. Nil if it is compressed (the
    /// resolver has undone that), cut off, too long, or holds what no host name has.
    mutating func readHostName() -> String? {
        var name: [UInt8] = []
        while let length = readUInt8() {
            guard length > 0 else { return String(decoding: name, as: UTF8.self) }
            // The two high bits mark pointers and extensions; without them no label is longer than 63.
            guard length < 0x40, bytes.count - index >= Int(length),
                name.count + Int(length) + 3 <= RecordReader.maximumNameLength
            else { return nil }
            if !name.isEmpty { name.append(UInt8(ascii: ".")) }
            for byte in bytes[index..<index + Int(length)] {
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "-"), UInt8(ascii: "_"):
                    name.append(byte)
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): name.append(byte | 0x20)
                default: return nil
                }
            }
            index += Int(length)
        }
        return nil
    }
}
