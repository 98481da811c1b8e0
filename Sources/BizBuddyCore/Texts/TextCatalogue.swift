//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The texts of all languages with what the company has changed, for all contacts and for single ones.
package struct TextCatalogue: Hashable, Sendable, Codable, Defaulted {
    /// By language (`""` for every language), then by text.
    package typealias Changes = [String: [CustomerText: String]]

    /// Spoken to who has not said a language.
    package var defaultLanguage = "en"
    package var changes: Changes = [:]
    package var contacts: [ContactAddress: Changes] = [:]

    package init() {}

    static var former: Self { Self() }

    /// Languages that are shipped.
    package static let shipped: [String: [CustomerText: String]] = [
        "en": CustomerTexts.english, "de": CustomerTexts.german,
    ]

    /// The texts for a customer: a language counts if it is shipped or the company has written texts in it.
    package func texts(language wanted: String?, contact: ContactAddress?) -> CustomerTexts {
        let own = contact.flatMap { contacts[$0] } ?? [:]
        let language = [wanted, defaultLanguage].compactMap { $0.map(Self.primary) }
            .first { Self.shipped[$0] != nil || changes[$0] != nil || own[$0] != nil }
        var merged: [CustomerText: String] = [:]
        var unmarked: Set<CustomerText> = []
        for (layer, isOfAll) in [
            (changes[""], true), (changes[language ?? ""], language == nil), (own[""], true),
            (own[language ?? ""], language == nil),
        ] {
            guard let layer else { continue }
            merged.merge(layer) { $1 }
            if isOfAll { unmarked.formUnion(layer.keys) } else { unmarked.subtract(layer.keys) }
        }
        return CustomerTexts(
            language: language, templates: language.flatMap { Self.shipped[$0] } ?? CustomerTexts.english,
            changes: merged, unmarked: unmarked)
    }

    /// Languages that there are texts in for a contact: the one that is spoken first, then the others.
    package func languages(for contact: ContactAddress?) -> [String] {
        let written = Set(changes.keys).union((contact.flatMap { contacts[$0] } ?? [:]).keys)
        let first = texts(language: nil, contact: contact).language
        // What is kept under a longer tag is spoken to nobody.
        let others = written.filter { $0 == Self.primary($0) }.union(Self.shipped.keys).subtracting([first ?? "", ""])
        return Array(([first].compactMap { $0 } + others.sorted()).prefix(Limits.languages))
    }

    /// Words that act as a keyword at a contact, in any shipped or written language and lower case.
    func keywords(_ text: CustomerText, contact: ContactAddress?) -> Set<String> {
        var words = Set(Self.shipped.values.compactMap { $0[text] })
        for layer in Array(changes.values) + Array((contact.flatMap { contacts[$0] } ?? [:]).values) {
            words.formUnion([layer[text]].compactMap { $0 })
        }
        return Set(words.map { $0.lowercased() })
    }

    /// `de` of `de-CH`.
    private static func primary(_ tag: String) -> String {
        String(tag.lowercased().prefix { $0 != "-" && $0 != "_" })
    }
}

// Dictionaries with enumerations for keys are arrays in JSON unless this says otherwise.
extension CustomerText: CodingKeyRepresentable {}
