//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What came with a text, beside its words.
package struct MessageContext: Hashable, Sendable, Codable {
    /// The text's language (`xml:lang`).
    package var language: String?
    /// The name that the author's client gave the message.
    package var messageID: String?
    /// The message in whose place this one stands, as the author's client knows it.
    package var replaces: String?
    /// The message that this one answers, as the author's client knows it.
    package var repliesTo: String?
    /// Characters of the text that repeat what is answered: the first, and the one behind the last.
    package var quotation: [Int]?
    /// A link that came beside the text.
    package var link: String?

    package init(language: String? = nil) {
        self.language = language
    }

    /// Nil if there is nothing in it.
    package var orNil: MessageContext? { self == MessageContext() ? nil : self }
}

extension TranscriptEntry {
    /// What an entry has beside its words; entries are named by their numbers.
    package struct Details: Hashable, Sendable, Codable {
        /// The name that the author's client gave the message.
        package var messageID: String?
        package var replaces: Int?
        package var repliesTo: Int?
        package var quotation: [Int]?
        package var link: String?

        package init() {}
    }
}

extension Conversation {
    /// Behind the name of an entry that goes as chat where others go to the room.
    package static let chatSuffix = "-chat"

    /// The name under which the others know an entry.
    package func name(of entry: TranscriptEntry) -> String { "\(id)-\(entry.number)" }

    /// The entry that somebody means: by the name everybody knows it by, or by the one its author's client gave it.
    package func entry(named name: String, by author: TranscriptEntry.Author? = nil) -> TranscriptEntry? {
        let name = name.hasSuffix(Self.chatSuffix) ? String(name.dropLast(Self.chatSuffix.count)) : name
        return transcript.last { entry in
            (author == nil || entry.author == author)
                && (entry.details?.messageID == name || self.name(of: entry) == name)
        }
    }

    /// The name under which the customer's client knows an entry.
    package func customerName(of entry: TranscriptEntry) -> String {
        entry.author == .customer ? entry.details?.messageID ?? name(of: entry) : name(of: entry)
    }

    /// The name under which staff know an entry: rooms show what is said under the name that its author gave it.
    package func staffName(of entry: TranscriptEntry) -> String {
        entry.author == .customer ? name(of: entry) : entry.details?.messageID ?? name(of: entry)
    }
}
