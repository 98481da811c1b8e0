//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What an agent wants to know or note about a customer, rather than say to one.
package enum CustomerCommand: Hashable, Sendable {
    /// Shows a sensitive field of the record.
    case reveal(String)
    /// Asks the customer for something that is compared, and shown to nobody.
    case verify(String)
    /// Earlier conversations.
    case history
    /// A note for all agents and later conversations.
    case remember(String)
    case tag(String)
    case untag(String)
    /// What the customer prefers; without a value it is forgotten.
    case prefer(String, String?)
    /// Gives the customer a code, or joins the customer with who writes from another address; of two customer numbers
    /// only if the agent is sure.
    case link(String?, isSure: Bool)
    /// Takes an address out again.
    case unlink(String)
    /// Writes down what the customer agrees to, or no longer does.
    case consent(String, isGiven: Bool)
    /// What is written down about that.
    case consents
    /// Several people write from the customer's address, or only one.
    case shared(Bool)
    /// Without what it needs; the text explains it.
    case incomplete(String)

    /// What can be preferred.
    package static let preferences = ["language", "hours", "channel", "dnd"]

    /// Nil if the text is no such command.
    package init?(_ body: String) {
        let trimmed = body.drop { $0.isWhitespace }
        guard trimmed.first == "/" else { return nil }
        let words = trimmed.dropFirst().split(maxSplits: 1, whereSeparator: \.isWhitespace)
        var rest = (words.count > 1 ? words[1] : "").drop { $0.isWhitespace }
        while rest.last?.isWhitespace == true { rest.removeLast() }
        let argument = String(rest)
        func need(_ usage: String, _ command: CustomerCommand) -> CustomerCommand {
            argument.isEmpty ? .incomplete(usage) : command
        }
        switch words.first?.lowercased() {
        case "reveal": self = need("/reveal FIELD", .reveal(argument.lowercased()))
        case "verify": self = need("/verify FIELD", .verify(argument.lowercased()))
        case "history": self = .history
        case "remember": self = need("/remember TEXT", .remember(argument))
        case "tag": self = need("/tag WORD", .tag(Self.word(argument)))
        case "untag": self = need("/untag WORD", .untag(Self.word(argument)))
        case "prefer": self = Self.preference(argument)
        case "link":
            let words = argument.split(whereSeparator: \.isWhitespace)
            let isSure = words.count > 1 && words.last?.lowercased() == "yes"
            let address = isSure ? words.dropLast().joined(separator: " ") : argument
            self = .link(address.isEmpty ? nil : address, isSure: isSure)
        case "unlink": self = need("/unlink ADDRESS", .unlink(argument))
        case "consent": self = Self.consent(argument)
        case "consents": self = .consents
        case "shared" where ["yes", "no"].contains(argument.lowercased()):
            self = .shared(argument.lowercased() == "yes")
        case "shared": self = .incomplete("/shared yes|no")
        default: return nil
        }
    }

    private static func consent(_ argument: String) -> CustomerCommand {
        let words = argument.split(whereSeparator: \.isWhitespace)
        guard words.count == 2, let purpose = words.first?.lowercased(), purpose.count <= Consent.purposeLength,
            let answer = words.last?.lowercased(), ["yes", "no"].contains(answer)
        else { return .incomplete("/consent PURPOSE yes|no") }
        return .consent(purpose, isGiven: answer == "yes")
    }

    private static func preference(_ argument: String) -> CustomerCommand {
        let words = argument.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard let key = words.first?.lowercased(), preferences.contains(key) else {
            return .incomplete("/prefer \(preferences.joined(separator: "|")) VALUE")
        }
        return .prefer(key, words.count > 1 ? String(words[1]) : nil)
    }

    /// Tags are short words in lower case.
    private static func word(_ text: String) -> String {
        String(text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: "-").prefix(40))
    }
}

/// What a customer says that is not for any agent.
package enum CustomerRequest: Hashable, Sendable {
    /// Asks for a code to say from another address.
    case code
    /// Says the code.
    case redeem(String)
    /// Answers a question that is compared, and shown to nobody.
    case answer(String)
    /// Asks for a copy of what is kept.
    case export
    /// Asks that what is kept be deleted.
    case erase

    /// Nil if the text is no such thing.
    package init?(_ body: String) {
        let words = body.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        let argument = words.count > 1 ? words[1].filter { !$0.isNewline } : ""
        switch words.first?.lowercased() {
        case "/link" where words.count == 1: self = .code
        case "/link":
            guard let digits = Self.code(argument) else { return nil }
            self = .redeem(digits)
        case "/export" where words.count == 1: self = .export
        case "/erase" where words.count == 1: self = .erase
        case "/answer" where words.count > 1, "answer:" where words.count > 1: self = .answer(argument)
        default: return nil
        }
    }

    /// The six digits of a code, as people write them; nil if it is none.
    package static func code(_ text: String) -> String? {
        let digits = text.filter { !$0.isWhitespace && $0 != "-" }
        guard digits.utf8.count == 6, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return digits
    }
}
