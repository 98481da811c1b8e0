//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Takes out of texts what must never be kept: card numbers, account numbers, social security numbers, and what the
/// company adds. Linear in the length of the text.
///
/// What stands in its place is read by customers and agents of every language, so it has no words of any.
package struct Redactor: Hashable, Sendable {
    /// What is looked for.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case card
        case iban
        case ssn
    }

    package var kinds: Set<Kind>
    package var patterns: [RedactionPattern]

    package init(kinds: Set<Kind> = Set(Kind.allCases), patterns: [RedactionPattern] = []) {
        self.kinds = kinds
        self.patterns = patterns
    }

    /// What is left of a text, and what was taken out of it, by name and each once.
    package struct Result: Hashable, Sendable {
        package let text: String
        package let names: [String]
    }

    /// Something found.
    struct Match {
        let range: Range<Int>
        let name: String
        let replacement: String
    }

    /// Nil if there is nothing to take out.
    package func redact(_ text: String) -> Result? {
        guard text.utf8.count >= Self.shortest else { return nil }
        let symbols = RedactionSymbol.read(text)
        guard symbols.contains(where: { $0.digit != nil }) else { return nil }
        var matches: [Match] = []
        if kinds.contains(.iban) { matches += AccountNumber.matches(symbols) }
        if kinds.contains(.card) { matches += CardNumber.matches(symbols) }
        if kinds.contains(.ssn) { matches += SocialSecurityNumber.matches(symbols) }
        for pattern in patterns { matches += pattern.matches(symbols) }
        guard !matches.isEmpty else { return nil }
        matches.sort { ($0.range.lowerBound, $1.range.upperBound) < ($1.range.lowerBound, $0.range.upperBound) }
        var result = String.UnicodeScalarView()
        var position = 0
        var names: [String] = []
        for match in matches {
            // What reaches into what has been taken out goes with it.
            guard match.range.lowerBound >= position else {
                position = max(position, match.range.upperBound)
                continue
            }
            result.append(contentsOf: symbols[position..<match.range.lowerBound].lazy.map(\.scalar))
            result.append(contentsOf: match.replacement.unicodeScalars)
            position = match.range.upperBound
            if !names.contains(match.name) { names.append(match.name) }
        }
        result.append(contentsOf: symbols[position...].lazy.map(\.scalar))
        return Result(text: String(result), names: names)
    }

    /// Bytes of the shortest thing looked for.
    private static let shortest = 4
}

/// A character of a text as the detectors see it.
struct RedactionSymbol {
    let scalar: Unicode.Scalar
    /// The value of a decimal digit in any script.
    let digit: Int?
    /// `A` to `Z` of a letter in any case; nil for others.
    let letter: UInt8?
    /// May stand between the digits of one number, and is in none.
    let isSeparator: Bool

    var isAlphanumeric: Bool { digit != nil || letter != nil || scalar.properties.isAlphabetic }

    static func read(_ text: String) -> [RedactionSymbol] {
        text.unicodeScalars.map { scalar in
            let value = scalar.value
            var digit: Int?
            var letter: UInt8?
            if (0x30...0x39).contains(value) {
                digit = Int(value) - 0x30
            } else if value > 0x7F, scalar.properties.numericType == .decimal,
                let number = scalar.properties.numericValue
            {
                digit = Int(number)
            }
            switch value {
            case 0x41...0x5A: letter = UInt8(value)
            case 0x61...0x7A: letter = UInt8(value - 0x20)
            default: break
            }
            let isSeparator =
                switch value {
                case 0x20, 0xA0, 0x2D, 0x2E, 0x2F, 0x5F, 0xAD, 0x2000...0x200F, 0x2010...0x2015, 0x202F, 0x2060, 0xFEFF:
                    true
                default: false
                }
            return RedactionSymbol(scalar: scalar, digit: digit, letter: letter, isSeparator: isSeparator)
        }
    }
}

/// Checksums of numbers that people type.
package enum Checksum: String, Hashable, Sendable, CaseIterable {
    case none
    /// ISO/IEC 7812-1
    case luhn
    /// ISO 7064 MOD 97-10, as in IBANs: the first four characters are moved to the end.
    case mod97

    /// `characters` are 0 to 9 for digits, 10 to 35 for letters.
    func holds(_ characters: [Int]) -> Bool {
        switch self {
        case .none: return true
        case .luhn:
            var sum = 0
            for (index, digit) in characters.reversed().enumerated() {
                guard digit < 10 else { return false }
                let doubled = index.isMultiple(of: 2) ? digit : digit * 2
                sum += doubled > 9 ? doubled - 9 : doubled
            }
            return sum.isMultiple(of: 10)
        case .mod97:
            guard characters.count > 4 else { return false }
            var rest = 0
            for value in characters[4...] + characters[..<4] {
                rest = (rest * (value < 10 ? 10 : 100) + value) % 97
            }
            return rest == 1
        }
    }
}
