//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension JID {
    /// The bare address as it stands in an `xmpp:` URI, without the scheme (RFC 5122 §2.7.2).
    package var uriPath: String {
        (local.map { Self.uriEscaped($0) + "@" } ?? "") + Self.uriEscaped(domain, keeping: "[]:")
    }

    /// All but RFC 3986's unreserved characters as their bytes in hexadecimal.
    package static func uriEscaped(_ text: String, keeping extra: String = "") -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case _ where "-._~".utf8.contains(byte) || extra.utf8.contains(byte):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}
