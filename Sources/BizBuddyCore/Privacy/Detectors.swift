//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Numbers of payment cards (ISO/IEC 7812-1): 13 to 19 digits, a known issuer, the checksum.
enum CardNumber {
    private static let lengths = 13...19
    /// Separators in a row that still leave it one number.
    private static let longestGap = 2

    static func matches(_ symbols: [RedactionSymbol]) -> [Redactor.Match] {
        var matches: [Redactor.Match] = []
        var groups: [Range<Int>] = []
        var position = 0
        while position < symbols.count {
            guard symbols[position].digit != nil else {
                position += 1
                continue
            }
            let start = position
            while position < symbols.count, symbols[position].digit != nil { position += 1 }
            if let last = groups.last, !isGap(symbols[last.upperBound..<start]) {
                find(groups, symbols, &matches)
                groups = []
            }
            groups.append(start..<position)
        }
        find(groups, symbols, &matches)
        return matches
    }

    private static func isGap(_ between: ArraySlice<RedactionSymbol>) -> Bool {
        between.count <= longestGap && between.allSatisfy(\.isSeparator)
    }

    /// The longest card that begins with a group, for each group that is in none: a number is never cut out of longer
    /// runs of digits.
    private static func find(
        _ groups: [Range<Int>], _ symbols: [RedactionSymbol], _ matches: inout [Redactor.Match]
    ) {
        var first = 0
        while first < groups.count {
            if isTelephone(groups[first...], symbols) { return }
            var digits: [Int] = []
            var found: (last: Int, digits: [Int])?
            for last in first..<groups.count {
                digits += symbols[groups[last]].compactMap(\.digit)
                guard digits.count <= lengths.upperBound else { break }
                if isCard(digits) { found = (last, digits) }
            }
            guard let found else {
                first += 1
                continue
            }
            let ending = found.digits.suffix(4).map { String($0) }.joined()
            matches.append(
                Redactor.Match(
                    range: groups[first].lowerBound..<groups[found.last].upperBound, name: Redactor.Kind.card.rawValue,
                    replacement: "[•••• \(ending)]"))
            first = found.last + 1
        }
    }

    /// "+49 …": no more than fifteen digits (E.164 §6).
    private static func isTelephone(_ groups: ArraySlice<Range<Int>>, _ symbols: [RedactionSymbol]) -> Bool {
        guard let start = groups.first?.lowerBound, start > 0, symbols[start - 1].scalar == "+" else { return false }
        return groups.prefix(16).reduce(0) { $0 + $1.count } <= 15
    }

    static func isCard(_ digits: [Int]) -> Bool {
        guard lengths.contains(digits.count), Checksum.luhn.holds(digits) else { return false }
        let prefix = digits.prefix(4).reduce(0) { $0 * 10 + $1 }
        let count = digits.count
        return switch prefix {
        case 4000...4999: count == 13 || count == 16 || count == 19  // Visa
        case 5100...5599, 2221...2720: count == 16  // Mastercard
        case 3400...3499, 3700...3799: count == 15  // American Express
        case 6011, 6440...6599: count >= 16  // Discover
        case 3528...3589: count >= 16  // JCB
        case 3000...3059, 3095, 3600...3699, 3800...3999: count >= 14  // Diners Club
        case 6200...6299, 8100...8171: count >= 16  // UnionPay
        case 2200...2204: count >= 16  // Mir
        case 5018, 5020, 5038, 5893, 6304, 6759, 6761...6763: true  // Maestro
        default: false
        }
    }
}

/// International bank account numbers (ISO 13616): the length of the country and the checksum.
enum AccountNumber {
    /// Characters by country, of the registry's.
    private static let lengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BI": 27, "BR": 29,
        "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DJ": 27, "DK": 18, "DO": 28, "EE": 20, "EG": 29,
        "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21,
        "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32,
        "LI": 21, "LT": 20, "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31,
        "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "RU": 33,
        "SA": 24, "SC": 31, "SD": 18, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "SO": 23, "ST": 25, "SV": 28, "TL": 23,
        "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    ]

    static func matches(_ symbols: [RedactionSymbol]) -> [Redactor.Match] {
        var matches: [Redactor.Match] = []
        var position = 0
        while position + 3 < symbols.count {
            guard position == 0 || !symbols[position - 1].isAlphanumeric,
                let first = symbols[position].letter, let second = symbols[position + 1].letter,
                let length = lengths[String(decoding: [first, second], as: UTF8.self)],
                let end = end(of: length, from: position, symbols)
            else {
                position += 1
                continue
            }
            matches.append(
                Redactor.Match(
                    range: position..<end, name: Redactor.Kind.iban.rawValue, replacement: "[IBAN ••••]"))
            position = end
        }
        return matches
    }

    /// Where a number of that many characters ends; nil if there is none.
    private static func end(of length: Int, from start: Int, _ symbols: [RedactionSymbol]) -> Int? {
        var characters: [Int] = []
        var position = start
        while position < symbols.count, characters.count < length {
            let symbol = symbols[position]
            if let digit = symbol.digit {
                characters.append(digit)
            } else if let letter = symbol.letter, !(2..<4).contains(characters.count) {
                characters.append(Int(letter) - 55)
            } else if !symbol.isSeparator || position > start && symbols[position - 1].isSeparator {
                return nil
            }
            position += 1
        }
        guard characters.count == length, position == symbols.count || !symbols[position].isAlphanumeric,
            Checksum.mod97.holds(characters)
        else { return nil }
        return position
    }
}

/// Social security numbers of the United States, as they are written; nine digits in a row only beside the word.
enum SocialSecurityNumber {
    static func matches(_ symbols: [RedactionSymbol]) -> [Redactor.Match] {
        let words = String(decoding: symbols.compactMap(\.letter), as: UTF8.self)
        let isNamed = words.contains("SSN") || words.contains("SOCIALSECURITY")
        var matches: [Redactor.Match] = []
        var position = 0
        while position < symbols.count {
            guard symbols[position].digit != nil, position == 0 || !symbols[position - 1].isAlphanumeric else {
                position += 1
                continue
            }
            guard let end = end(from: position, symbols, isNamed: isNamed) else {
                while position < symbols.count, symbols[position].digit != nil { position += 1 }
                continue
            }
            matches.append(
                Redactor.Match(range: position..<end, name: Redactor.Kind.ssn.rawValue, replacement: "[•••-••-••••]"))
            position = end
        }
        return matches
    }

    private static func end(from start: Int, _ symbols: [RedactionSymbol], isNamed: Bool) -> Int? {
        var digits: [Int] = []
        var gaps: [Int] = []
        var position = start
        while position < symbols.count, digits.count < 9 {
            if let digit = symbols[position].digit {
                digits.append(digit)
            } else if symbols[position].isSeparator, gaps.last != digits.count {
                gaps.append(digits.count)
            } else {
                return nil
            }
            position += 1
        }
        let isWritten = gaps == [3, 5] || gaps.isEmpty && isNamed
        guard digits.count == 9, isWritten else { return nil }
        if position < symbols.count, symbols[position].isAlphanumeric { return nil }
        // Not the middle of something longer, such as 123-45-6789-0.
        if position + 1 < symbols.count, symbols[position].scalar == "-", symbols[position + 1].digit != nil {
            return nil
        }
        let area = digits[0] * 100 + digits[1] * 10 + digits[2]
        let isGiven =
            area != 0 && area != 666 && area < 900 && digits[3...4] != [0, 0] && digits[5...] != [0, 0, 0, 0]
        return isGiven ? position : nil
    }
}
