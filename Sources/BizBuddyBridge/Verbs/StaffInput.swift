//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What staff typed, read as a verb or as words.
enum StaffInput {
    case verb(Verb, [String: String])
    /// A verb without what it needs; the text explains it.
    case incomplete(String)
    /// Begins with `/` and is none of ours: explained, never sent to the customer.
    case unknown(String)
    /// For the customer, when said in a conversation.
    case text(String)

    /// Reads a body. At a workgroup some verbs need no slash, and those about a conversation begin with its name; in a
    /// conversation bare words are words like any other.
    init(_ body: String, atWorkgroup: Bool) {
        let trimmed = Self.trimmed(body[...])
        guard trimmed.first == "/" else {
            let verb = atWorkgroup ? Verb.named(trimmed.lowercased()) : nil
            self = verb.map { $0.isBareWord ? .verb($0, [:]) : .text(body) } ?? .text(body)
            return
        }
        let words = trimmed.dropFirst()
        let name = words.prefix { !$0.isWhitespace }.lowercased()
        guard let verb = Verb.named(name) else {
            self = .unknown(name)
            return
        }
        var rest = Self.trimmed(words.drop { !$0.isWhitespace })
        var values: [String: String] = [:]
        if atWorkgroup, verb.place == .conversation {
            values[Self.conversation] = Self.word(&rest)
        }
        for parameter in verb.parameters {
            let value: String? =
                switch parameter.kind {
                case .word: Self.word(&rest)
                case .choice: Self.word(&rest)?.lowercased()
                case .words: Self.words(&rest)
                }
            if let value, parameter.accepts(value) {
                values[parameter.name] = value
            } else if value != nil || parameter.isRequired {
                self = .incomplete(verb.usage)
                return
            }
        }
        self = .verb(verb, values)
    }

    /// The key under which the conversation's name stands.
    static let conversation = "conversation"

    private static func word(_ rest: inout Substring) -> String? {
        let word = rest.prefix { !$0.isWhitespace }
        rest = trimmed(rest.dropFirst(word.count))
        return word.isEmpty ? nil : String(word)
    }

    private static func words(_ rest: inout Substring) -> String? {
        defer { rest = "" }
        return rest.isEmpty ? nil : String(rest)
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true {
            text.removeLast()
        }
        return text
    }
}

extension Verb.Parameter {
    func accepts(_ value: String) -> Bool {
        if case .choice(let choices) = kind { choices.contains(value) } else { true }
    }
}
