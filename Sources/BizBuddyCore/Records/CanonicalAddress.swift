//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Where somebody can be written to, in one spelling: `xmpp:tom@home.example`, `aim:awesome54`, `tel:+14155550123`.
package struct CanonicalAddress: Hashable, Sendable, Codable, CustomStringConvertible {
    package let scheme: String
    package let value: String

    /// Bytes of a value.
    static let maximumLength = 1024
    /// Digits of a telephone number (E.164 §6), and the fewest that somebody could mean.
    private static let telephoneDigits = 5...15

    /// Nil if the value is none of the scheme's.
    package init?(scheme: String, value: String) {
        let scheme = scheme.lowercased()
        guard !scheme.isEmpty, scheme.utf8.count <= 32,
            scheme.utf8.allSatisfy({ ("a"..."z").contains(Unicode.Scalar($0)) || $0 == UInt8(ascii: "+") }),
            let value = Self.normalised(value, scheme), !value.isEmpty, value.utf8.count <= Self.maximumLength
        else { return nil }
        self.scheme = scheme
        self.value = value
    }

    /// Reads `scheme:value`.
    package init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        self.init(scheme: String(text[..<colon]), value: String(text[text.index(after: colon)...]))
    }

    /// A customer's bare address.
    package init(_ customer: CustomerAddress) {
        scheme = "xmpp"
        value = customer.rawValue
    }

    package var description: String { "\(scheme):\(value)" }

    /// How the directory spells it: an XMPP address stands without its scheme.
    package var key: String { scheme == "xmpp" ? value : description }

    /// The domain of the value, if it has one.
    package var domain: String {
        value.lastIndex(of: "@").map { String(value[value.index(after: $0)...]) } ?? ""
    }

    private static func normalised(_ value: String, _ scheme: String) -> String? {
        switch scheme {
        case "aim":
            // Screen names count without case and blanks; gateways may add the network's own domain.
            let name = value.lowercased().filter { !$0.isWhitespace }
            let domain = "@aol.com"
            return name.hasSuffix(domain) ? String(name.dropLast(domain.count)) : name
        case "tel", "wa", "sms":
            let isInternational = value.first { !$0.isWhitespace } == "+"
            let digits = value.filter { !$0.isWhitespace && !"+-()./".contains($0) }
            guard isInternational || scheme == "wa", telephoneDigits.contains(digits.utf8.count),
                digits.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
            else { return nil }
            return "+\(digits)"
        case "mailto":
            // The local part is the other server's; people never mean two mailboxes by its case.
            let address = value.lowercased()
            let parts = address.split(separator: "@", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), !address.contains(where: \.isWhitespace) else {
                return nil
            }
            return address
        default: return value.contains(where: \.isNewline) ? nil : value
        }
    }
}
