//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Which characters cannot stand as they are (XML 1.0 §2.4, §3.3.3), and what stands for them.
enum XMLEscaping {
    /// The longest replacement: `&quot;`.
    static let expansion = 6

    @inline(__always)
    static func isNeeded(inText bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes
        where byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
            || byte == UInt8(ascii: "\r")
        {
            return true
        }
        return false
    }

    /// Tabs and line ends in attributes would come back as spaces.
    @inline(__always)
    static func isNeeded(inAttribute bytes: UnsafeRawBufferPointer) -> Bool {
        for byte in bytes
        where byte < 0x20 || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<")
            || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"")
        {
            return true
        }
        return false
    }

    static func replacement(_ byte: UInt8, inAttribute: Bool) -> StaticString? {
        switch byte {
        case UInt8(ascii: "&"): "&amp;"
        case UInt8(ascii: "<"): "&lt;"
        case UInt8(ascii: ">"): "&gt;"
        case UInt8(ascii: "\r"): "&#xD;"
        case UInt8(ascii: "'") where inAttribute: "&apos;"
        case UInt8(ascii: "\"") where inAttribute: "&quot;"
        case UInt8(ascii: "\n") where inAttribute: "&#xA;"
        case UInt8(ascii: "\t") where inAttribute: "&#x9;"
        default: nil
        }
    }
}
