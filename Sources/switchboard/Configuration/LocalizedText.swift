//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A text in one or more languages, by lower-case language tag (RFC 5646); the tag `""` is for every language not named.
struct LocalizedText: Sendable, Equatable {
    var values: [String: String] = [:]

    init(_ values: [String: String] = [:]) {
        self.values = values
    }

    init(_ text: String) {
        values = ["": text]
    }

    /// The text for a language: exact tag, then its primary subtag, then the general text, then English, then the first by tag.
    subscript(language: String?) -> String? {
        let tag = language?.lowercased() ?? ""
        let primary = String(tag.prefix { $0 != "-" })
        return values[tag] ?? values[primary] ?? values[""] ?? values["en"]
            ?? values.min { $0.key < $1.key }?.value
    }
}
