//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The two PRECIS profiles XMPP uses (RFC 8264, RFC 8265).
package enum PRECIS {
    /// How often a profile is applied again until its result rests (RFC 8264 §7).
    static let maximumReapplications = 3

    /// UsernameCaseMapped (RFC 8265 §3.3): for local parts of addresses and user names.
    package static func usernameCaseMapped(_ string: String) throws(JIDError) -> String {
        try usernameCaseMapped(string, part: .string)
    }

    /// OpaqueString (RFC 8265 §4.2): for resources and passwords.
    package static func opaqueString(_ string: String) throws(JIDError) -> String {
        try opaqueString(string, part: .string)
    }

    static func usernameCaseMapped(_ string: String, part: JIDError.Part) throws(JIDError) -> String {
        // All of it is valid (RFC 8264 §9.11), in lower case it rests.
        if !string.isEmpty, string.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) {
            return string.utf8.contains(where: { (0x41...0x5A).contains($0) }) ? string.lowercased() : string
        }
        return try stable(string, part) { (string) throws(JIDError) in
            let narrow = WidthMapping.mapped(string)
            try PRECISClass.check(narrow, identifier: true, part)
            var lower = ""
            for scalar in narrow.unicodeScalars { lower += scalar.properties.lowercaseMapping }
            let normal = normalizedNFC(lower)
            try PRECISClass.check(normal, identifier: true, part)
            guard BidiRule.allows(normal.unicodeScalars) else { throw JIDError(part, .bidiRule) }
            return normal
        }
    }

    static func opaqueString(_ string: String, part: JIDError.Part) throws(JIDError) -> String {
        if !string.isEmpty, string.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) { return string }
        return try stable(string, part) { (string) throws(JIDError) in
            var spaced = String.UnicodeScalarView()
            for scalar in string.unicodeScalars {
                spaced.append(scalar.properties.generalCategory == .spaceSeparator ? " " : scalar)
            }
            let normal = normalizedNFC(String(spaced))
            try PRECISClass.check(normal, identifier: false, part)
            return normal
        }
    }

    /// Applies a profile until it changes nothing more, octet by octet: `==` would take canonically equivalent
    /// strings for the same.
    private static func stable(
        _ string: String, _ part: JIDError.Part, _ profile: (String) throws(JIDError) -> String
    ) throws(JIDError) -> String {
        guard !string.isEmpty else { throw JIDError(part, .empty) }
        var current = try profile(string)
        for _ in 0..<maximumReapplications {
            let next = try profile(current)
            if next.utf8.elementsEqual(current.utf8) {
                guard !next.isEmpty else { throw JIDError(part, .empty) }
                return next
            }
            current = next
        }
        throw JIDError(part, .unstable)
    }
}
