//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the words of one's own commands have in common.
enum CommandLanguage {
    /// English where the language is another.
    static func choose<Text>(_ language: String?, english: Text, german: Text) -> Text {
        language?.split(separator: "-").first?.lowercased() == "de" ? german : english
    }

    /// The words for a number of things; `#` stands for the number where it is not one.
    static func counted(_ count: Int, one: String, many: String) -> String {
        count == 1
            ? one : many.split(separator: "#", omittingEmptySubsequences: false).joined(separator: String(count))
    }
}
