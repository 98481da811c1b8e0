//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPPayloads

extension Verb {
    /// What agents want to know or note about the customer of a conversation. In the conversation itself the words are
    /// read before redaction, for an address that is linked is none of the conversation's text.
    static let customers: [Verb] = [
        about("history", "Earlier conversations", "earlier conversations of the customer"),
        about(
            "reveal", "Show a withheld field", "shows a withheld field; that is written down",
            [Parameter("field", "Field", usage: "FIELD", options: fields)]),
        about(
            "verify", "Compare a field unseen", "compares a field with what the customer says, unseen",
            [Parameter("field", "Field", usage: "FIELD", options: fields)]),
        about(
            "remember", "Note something about the customer", "a note for all agents and later conversations",
            [Parameter("text", "Text", usage: "TEXT", .words)]),
        about("tag", "Tag the customer", "tags the customer", [Parameter("tag", "Tag", usage: "WORD")]),
        about("untag", "Remove a tag", "removes a tag", [Parameter("tag", "Tag", usage: "WORD")]),
        about(
            "prefer", "What the customer prefers", "notes what the customer prefers; without a value forgets it",
            [
                Parameter(
                    "what", "What", usage: CustomerCommand.preferences.joined(separator: "|"),
                    .choice(CustomerCommand.preferences)),
                Parameter("value", "Value", usage: "VALUE", .words, isRequired: false),
            ]),
        about(
            "link", "The same customer writes from elsewhere",
            "the same customer writes from there too; without an address the customer gets a code",
            [
                Parameter("address", "Address", usage: "ADDRESS", isRequired: false),
                Parameter(
                    "sure", "Although the customer numbers differ", usage: "yes", .choice(["yes"]), isRequired: false),
            ]),
        about(
            "unlink", "Take an address out", "takes an address out again",
            [Parameter("address", "Address", usage: "ADDRESS")]),
        about(
            "consent", "Write a consent down", "writes down what the customer agrees to, or no longer",
            [
                Parameter("purpose", "What to", usage: "PURPOSE"),
                Parameter("given", "Agrees", usage: "yes|no", .choice(["yes", "no"])),
            ]),
        about(
            "shared", "Several people write from there", "several people write from the customer's address",
            [Parameter("shared", "Shared", usage: "yes|no", .choice(["yes", "no"]))]),
        about("consents", "What the customer agreed to", "what the customer agreed to, and what not"),
    ]

    private static func about(
        _ name: String, _ title: String, _ purpose: String, _ parameters: [Parameter] = []
    ) -> Verb {
        Verb(name: name, title: title, purpose: purpose, place: .conversation, parameters: parameters) {
            core, use, turn in
            guard let id = use.conversation else { return .noConversation }
            let words = parameters.compactMap { use[$0.name] }.map { $0.filter { !$0.isNewline } }
            guard let command = CustomerCommand((["/\(name)"] + words).joined(separator: " ")) else {
                return .noSuchTarget
            }
            return core.ask(command, use.person, id, from: use.origin, &turn)
        }
    }

    private static let fields: @Sendable (BridgeCore, AgentID) -> [DataForm.Option] = { core, person in
        var options: [DataForm.Option] = []
        for conversation in core.service.conversations.values.filter({ $0.agent == person }).sorted(by: {
            $0.id < $1.id
        }) {
            for field in conversation.lookup.record?.fields ?? []
            where field.fieldClass > .business && !options.contains(where: { $0.value == field.key.lowercased() }) {
                options.append(.init(field.key.lowercased(), label: field.label))
            }
        }
        return options
    }
}
