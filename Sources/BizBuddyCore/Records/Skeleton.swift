//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What is left of a name when everything is the same that looks the same: two names with one skeleton are easily taken
/// for each other (the idea of UTS #39 §4, with a table of our own for letters people mix up in practice).
///
/// Skeletons are compared and never shown. They change only with a new column for them.
package struct Skeleton: Hashable, Sendable {
    package let text: String

    /// Scalars that are looked at; longer names are nobody's.
    private static let maximumLength = 1_100

    package init(of name: String) {
        var letters: [Character] = []
        for scalar in name.unicodeScalars.prefix(Self.maximumLength) {
            guard let letter = Self.letter(scalar) else { continue }
            // Two that look like one.
            switch (letters.last, letter) {
            case ("r", "n"): letters[letters.count - 1] = "m"
            case ("v", "v"): letters[letters.count - 1] = "w"
            default: letters.append(letter)
            }
        }
        text = String(letters)
    }

    /// What a scalar looks like; nil if it is not seen, or not minded.
    private static func letter(_ scalar: Unicode.Scalar) -> Character? {
        if scalar.isASCII { return ascii(scalar) }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control, .spaceSeparator, .dashPunctuation,
            .connectorPunctuation:
            return nil
        default: break
        }
        let words = (scalar.properties.name ?? "").split(separator: " ")
        if let word = words.first, let table = alphabets[String(word)] {
            // "CYRILLIC SMALL LETTER IE", "GREEK CAPITAL LETTER OMICRON WITH TONOS"
            guard let place = words.firstIndex(of: "LETTER"), place + 1 < words.count else { return Character(scalar) }
            let name = words[(place + 1)...].prefix { $0 != "WITH" }.joined(separator: " ")
            return table[name].flatMap { $0.unicodeScalars.first }.flatMap(ascii) ?? lower(scalar)
        }
        // "LATIN SMALL LETTER O WITH STROKE", "FULLWIDTH LATIN SMALL LETTER A", "MATHEMATICAL BOLD CAPITAL A"
        let isLatin = words.contains("LATIN") || words.first == "MATHEMATICAL" || words.first == "CIRCLED"
        let single = words.prefix { $0 != "WITH" }.last { $0.unicodeScalars.count == 1 }
        if isLatin, let letter = single?.unicodeScalars.first { return ascii(letter) }
        if let digit = scalar.properties.numericValue, (0...9).contains(digit), digit == digit.rounded() {
            return Unicode.Scalar(UInt32(48 + Int(digit))).flatMap(ascii)
        }
        return lower(scalar)
    }

    private static func lower(_ scalar: Unicode.Scalar) -> Character {
        scalar.properties.lowercaseMapping.first ?? Character(scalar)
    }

    private static func ascii(_ scalar: Unicode.Scalar) -> Character? {
        switch scalar {
        case "0": "o"
        case "1", "|", "i", "I", "L": "l"
        case "A"..."Z": Character(scalar.properties.lowercaseMapping)
        case ".", "-", "_", " ", "'": nil
        default: Character(scalar)
        }
    }

    /// Letters of other alphabets that look like Latin ones, by what Unicode calls them.
    private static let alphabets: [String: [String: String]] = [
        "CYRILLIC": [
            "A": "a", "VE": "b", "DZE": "s", "IE": "e", "IO": "e", "BYELORUSSIAN-UKRAINIAN I": "l", "YI": "l",
            "JE": "j",
            "KA": "k", "EM": "m", "EN": "h", "SHHA": "h", "O": "o", "ER": "p", "ES": "c", "TE": "t", "U": "y",
            "SHORT U": "y", "STRAIGHT U": "y", "HA": "x", "WE": "w", "KOMI DE": "d", "QA": "q", "PALOCHKA": "l",
            "SOFT SIGN": "b",
        ],
        "GREEK": [
            "ALPHA": "a", "BETA": "b", "EPSILON": "e", "ZETA": "z", "ETA": "n", "IOTA": "l", "KAPPA": "k", "MU": "u",
            "NU": "v", "OMICRON": "o", "RHO": "p", "SIGMA": "o", "FINAL SIGMA": "c", "LUNATE SIGMA SYMBOL": "c",
            "TAU": "t", "UPSILON": "u", "CHI": "x", "OMEGA": "w", "GAMMA": "y", "YOT": "j",
        ],
        "ARMENIAN": ["OH": "o", "SEH": "u", "VO": "n", "HO": "h", "CO": "g", "YIWN": "l", "FEH": "f"],
    ]
}
