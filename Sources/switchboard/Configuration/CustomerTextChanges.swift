//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore

/// Sentences for customers that differ from the shipped ones: by language, `""` for every language, then by name.
struct CustomerTextChanges: Sendable, Equatable {
    var values: TextCatalogue.Changes = [:]

    static let documentation = """
        Sentences that customers read, in place of the shipped ones: a map of language to a map of names to texts. The names are: \
        \(CustomerText.allCases.map(\.rawValue).joined(separator: ", ")).
        """
}

extension ValueReader where Value == CustomerTextChanges {
    /// A map of languages to a map of names to texts.
    static var customerTexts: ValueReader {
        ValueReader(
            summary: "map of language to map of name to text", isOverridable: false,
            read: { node, path, reading in
                guard let languages = node.pairs(at: path, &reading) else { return nil }
                let names = CustomerText.allCases.map(\.rawValue)
                var changes = CustomerTextChanges()
                for language in languages {
                    let place = path + [language.key]
                    guard let texts = language.value.pairs(at: place, &reading) else { continue }
                    for text in texts {
                        let here = place + [text.key]
                        reading.note(text.keyOrigin, at: here)
                        guard let name = CustomerText(rawValue: text.key) else {
                            reading.report(
                                "there is no text of this name", at: here, origin: text.keyOrigin,
                                suggestion: Spelling.nearest(to: text.key, among: names))
                            continue
                        }
                        guard case .scalar(let words) = text.value.content, !words.isEmpty else {
                            reading.report("expected text, found \(text.value.kindName)", at: here)
                            continue
                        }
                        changes.values[language.key.lowercased(), default: [:]][name] = words
                    }
                }
                return changes
            },
            render: { $0.values.isEmpty ? "{}" : nil },
            changes: { old, new, path in old == new ? [] : [path] })
    }
}
