//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What an agent typed, read as a command or as words.
package enum AgentInput: Hashable, Sendable {
    case accept
    case reject
    case note(String)
    case record
    case close(disposition: String?)
    case transfer(to: String, reason: String?)
    /// Who is there.
    case agents
    /// How the departments are doing.
    case board
    case duty(isOn: Bool)
    case status(String)
    case help
    /// A command without what it needs; the text explains it.
    case incomplete(String)
    /// Begins with `/` and is none of ours: explained, never sent to the customer.
    case unknown(String)
    /// For the customer, when said in a conversation.
    case text(String)

    /// Reads a body. `accept` and `reject` count only where an offer is answered, so only at a workgroup's address;
    /// in a conversation they are words like any other.
    package init(_ body: String, atWorkgroup: Bool) {
        let trimmed = Self.trimmed(body[...])
        guard trimmed.first == "/" else {
            switch (atWorkgroup, trimmed.lowercased()) {
            case (true, "accept"): self = .accept
            case (true, "reject"): self = .reject
            default: self = .text(body)
            }
            return
        }
        let words = trimmed.dropFirst()
        let name = words.prefix { !$0.isWhitespace }.lowercased()
        let argument = String(Self.trimmed(words.drop { !$0.isWhitespace }))
        self = Self.command(name, argument)
    }

    private static func command(_ name: String, _ argument: String) -> AgentInput {
        switch name {
        case "accept": .accept
        case "reject": .reject
        case "note": argument.isEmpty ? .incomplete("/note TEXT") : .note(argument)
        case "record": .record
        case "close": .close(disposition: argument.isEmpty ? nil : argument)
        case "transfer": transfer(argument)
        case "agents": .agents
        case "board": .board
        case "duty":
            switch argument.lowercased() {
            case "on": .duty(isOn: true)
            case "off": .duty(isOn: false)
            default: .incomplete("/duty on or /duty off")
            }
        case "status": argument.isEmpty ? .incomplete("/status STATE") : .status(argument)
        case "help": .help
        default: .unknown(name)
        }
    }

    private static func transfer(_ argument: String) -> AgentInput {
        let target = argument.prefix { !$0.isWhitespace }
        guard !target.isEmpty else { return .incomplete("/transfer AGENT-or-DEPARTMENT [REASON]") }
        let reason = trimmed(argument.dropFirst(target.count))
        return .transfer(to: String(target), reason: reason.isEmpty ? nil : String(reason))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0.isWhitespace }
        while text.last?.isWhitespace == true {
            text.removeLast()
        }
        return text
    }
}
