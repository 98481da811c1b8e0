//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// JID escaping (XEP-0106): names from elsewhere, such as mail addresses, as local parts.
extension JID {
    /// XEP-0106 §4.2 and §4.3, by octet.
    private static let escapes: [(byte: UInt8, code: String)] = [
        (0x20, "20"), (0x22, "22"), (0x26, "26"), (0x27, "27"), (0x2F, "2f"),
        (0x3A, "3a"), (0x3C, "3c"), (0x3E, "3e"), (0x40, "40"), (0x5C, "5c"),
    ]
    private static let backslash = UInt8(ascii: "\\")

    /// The escaped form of a name. A backslash is escaped only where an escape sequence would appear to be; spaces at
    /// both ends, which cannot be escaped (XEP-0106 §4.2), are dropped.
    package static func escapedLocal(_ name: String) -> String {
        var bytes = Array(name.utf8)[...]
        while bytes.first == 0x20 { bytes.removeFirst() }
        while bytes.last == 0x20 { bytes.removeLast() }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for index in bytes.indices {
            let byte = bytes[index]
            let isLiteral = byte == backslash && escape(in: bytes, at: index) == nil
            if !isLiteral, let escape = escapes.first(where: { $0.byte == byte }) {
                result.append(backslash)
                result += escape.code.utf8
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The name an escaped local part stands for. Sequences that are no escapes stay as they are.
    package static func unescapedLocal(_ local: String) -> String {
        let bytes = Array(local.utf8)[...]
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let atEdge = index == bytes.startIndex || index + 3 == bytes.endIndex
            if let byte = escape(in: bytes, at: index), !(byte == 0x20 && atEdge) {
                result.append(byte)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// The octet the sequence at `index` is the escape of; nil when there is none.
    private static func escape(in bytes: ArraySlice<UInt8>, at index: Int) -> UInt8? {
        guard bytes[index] == backslash, bytes.endIndex - index >= 3 else { return nil }
        let code = bytes[index + 1..<index + 3]
        return escapes.first { $0.code.utf8.elementsEqual(code) }?.byte
    }
}
