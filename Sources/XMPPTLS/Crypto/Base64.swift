//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Base 64 (RFC 4648 §4, §5).
package enum Base64 {
    /// Standard alphabet, padded.
    package static func encode(_ bytes: some Collection<UInt8>) -> String {
        withContiguousBytes(of: bytes) { encode($0, alphabet: standard, padded: true) }
    }

    /// URL and file name safe alphabet, without padding.
    package static func encodeURL(_ bytes: some Collection<UInt8>) -> String {
        withContiguousBytes(of: bytes) { encode($0, alphabet: urlSafe, padded: false) }
    }

    /// Decodes strictly: standard alphabet only, whole padded quartets, no white space, unused bits zero
    /// (RFC 4648 §3.5), as RFC 6120 §6.4.2 wants of SASL data. nil for anything else.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        decode(utf8: text.utf8)
    }

    /// As `decode(_:)`, of ASCII bytes.
    package static func decode(utf8 text: some Collection<UInt8>) -> [UInt8]? {
        withContiguousBytes(of: text) { decode(bytes: $0) }
    }

    // Not generic: nothing is specialised across modules, and each byte would cost a call.

    private static func decode(bytes text: UnsafeRawBufferPointer) -> [UInt8]? {
        guard text.count.isMultiple(of: 4) else { return nil }
        var result: [UInt8] = []
        result.reserveCapacity(text.count / 4 * 3)
        var bits: UInt32 = 0
        var pending: UInt32 = 0
        var padding: UInt32 = 0
        for character in text {
            if character == UInt8(ascii: "=") {
                padding += 1
                continue
            }
            guard padding == 0, let value = value(of: character) else { return nil }
            bits = (bits << 6) | UInt32(value)
            pending += 6
            if pending >= 8 {
                pending -= 8
                result.append(UInt8(truncatingIfNeeded: bits >> pending))
            }
        }
        // One padding character leaves 2 unused bits, two leave 4; as many as that, and all zero.
        guard padding <= 2, pending == padding * 2, bits & ((1 << pending) - 1) == 0 else { return nil }
        return result
    }

    private static func encode(_ bytes: UnsafeRawBufferPointer, alphabet: StaticString, padded: Bool) -> String {
        let digits = (bytes.count * 8 + 5) / 6
        let capacity = padded ? (bytes.count + 2) / 3 * 4 : digits
        return String(unsafeUninitializedCapacity: capacity) { output in
            alphabet.withUTF8Buffer { alphabet in
                var bits: UInt32 = 0
                var pending: UInt32 = 0
                var index = 0
                for byte in bytes {
                    bits = (bits << 8) | UInt32(byte)
                    pending += 8
                    while pending >= 6 {
                        pending -= 6
                        output[index] = alphabet[Int((bits >> pending) & 63)]
                        index += 1
                    }
                }
                if pending > 0 {
                    output[index] = alphabet[Int((bits << (6 - pending)) & 63)]
                    index += 1
                }
                while index < capacity {
                    output[index] = UInt8(ascii: "=")
                    index += 1
                }
                return index
            }
        }
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"): 62
        case UInt8(ascii: "/"): 63
        default: nil
        }
    }

    private static let standard: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    private static let urlSafe: StaticString = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
}
