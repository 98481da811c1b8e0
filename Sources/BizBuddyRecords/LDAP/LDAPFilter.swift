//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A filter with a place for what is looked for (RFC 4515).
package struct LDAPFilter: Hashable, Sendable {
    /// Finds people by mail, telephone number or XMPP address.
    package static let standard = "(|(mail={value})(telephoneNumber={value})(jabberID={value}))"

    private let template: String

    /// Nil without `{value}`, or with parentheses that do not match.
    package init?(_ template: String) {
        var depth = 0
        for character in template {
            depth += character == "(" ? 1 : character == ")" ? -1 : 0
            guard depth >= 0 else { return nil }
        }
        guard depth == 0, template.first == "(", template.contains("{value}"), template.utf8.count <= 4096,
            !template.utf8.contains(0)
        else { return nil }
        self.template = template
    }

    /// The filter that looks for a value, whatever characters it has.
    package func text(_ value: String) -> String {
        template.replacing("{value}", with: Self.escaped(value))
    }

    /// RFC 4515 §3: everything that means something, and everything that is not ASCII.
    static func escaped(_ value: String) -> String {
        var result = ""
        for byte in value.utf8 {
            switch byte {
            case UInt8(ascii: "*"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\"), 0..<0x20, 0x7F...:
                let digits = String(byte, radix: 16)
                result += digits.count == 1 ? "\\0\(digits)" : "\\\(digits)"
            default: result.unicodeScalars.append(Unicode.Scalar(byte))
            }
        }
        return result
    }
}
