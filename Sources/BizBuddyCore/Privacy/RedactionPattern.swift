//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A number of the company's own that must not be kept, by the look of it: `#` is a digit, `@` a letter, `*` one of both,
/// anything else itself. Blanks and hyphens that people put in are passed over.
package struct RedactionPattern: Hashable, Sendable {
    package let name: String
    private let pattern: [Unicode.Scalar]
    private let checksum: Checksum

    /// Characters of a pattern.
    private static let length = 4...64

    /// Nil for a pattern that is too short or too long, or has fewer than three places: it would match everyday words.
    package init?(name: String, pattern: String, checksum: Checksum = .none) {
        let scalars = pattern.unicodeScalars.filter { $0 != " " && $0 != "-" }
        let places = scalars.filter { $0 == "#" || $0 == "@" || $0 == "*" }
        guard Self.length.contains(scalars.count), places.count >= 3, places.contains("#") || places.contains("*")
        else {
            return nil
        }
        self.name = name
        self.pattern = Array(scalars)
        self.checksum = checksum
    }

    func matches(_ symbols: [RedactionSymbol]) -> [Redactor.Match] {
        var matches: [Redactor.Match] = []
        var position = 0
        while position < symbols.count {
            guard position == 0 || !symbols[position - 1].isAlphanumeric, !symbols[position].isSeparator,
                let end = end(from: position, symbols)
            else {
                position += 1
                continue
            }
            matches.append(Redactor.Match(range: position..<end, name: name, replacement: "[••••]"))
            position = end
        }
        return matches
    }

    private func end(from start: Int, _ symbols: [RedactionSymbol]) -> Int? {
        var position = start
        var characters: [Int] = []
        for wanted in pattern {
            if position > start, position < symbols.count, symbols[position].isSeparator { position += 1 }
            guard position < symbols.count else { return nil }
            let symbol = symbols[position]
            let fits =
                switch wanted {
                case "#": symbol.digit != nil
                case "@": symbol.letter != nil
                case "*": symbol.digit != nil || symbol.letter != nil
                default: symbol.scalar.properties.lowercaseMapping == wanted.properties.lowercaseMapping
                }
            guard fits else { return nil }
            if let value = symbol.digit ?? symbol.letter.map({ Int($0) - 55 }) { characters.append(value) }
            position += 1
        }
        guard position == symbols.count || !symbols[position].isAlphanumeric, checksum.holds(characters) else {
            return nil
        }
        return position
    }
}
