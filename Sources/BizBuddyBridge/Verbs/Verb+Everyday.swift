//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPPayloads

extension Verb {
    /// What an agent does all day.
    static let everyday: [Verb] = [
        Verb(
            name: "accept", title: "Accept the offered customer", purpose: "takes the offered customer",
            isBareWord: true
        ) { core, use, turn in
            core.apply(.acceptOffer(agent: use.person, conversation: use.conversation), from: use.origin, &turn)
        },
        Verb(
            name: "reject", title: "Reject the offered customer", purpose: "leaves the offered customer to others",
            isBareWord: true
        ) { core, use, turn in core.reject(use.person, use.conversation, from: use.origin, &turn) },
        Verb(
            name: "duty", title: "Set my duty", purpose: "whether customers are offered to you",
            parameters: [Parameter("duty", "Duty", usage: "on|off", .choice(["on", "off"]))]
        ) { core, use, turn in
            core.apply(.duty(agent: use.person, isOn: use["duty"] == "on"), from: use.origin, &turn)
        },
        Verb(
            name: "status", title: "Set my presence state", purpose: "sets your presence state",
            parameters: [Parameter("state", "State", usage: "STATE", .words, options: presenceStates)]
        ) { core, use, turn in
            core.setStatus(use.person, use["state"] ?? "", from: use.origin, &turn)
            return nil
        },
        Verb(name: "agents", title: "Who is there", purpose: "who is there, and how much they have") {
            core, use, turn in
            core.answer(use.origin, core.agentsOverview(for: use.person), &turn)
            return nil
        },
        Verb(name: "board", title: "How the departments are doing", purpose: "how the departments are doing") {
            core, use, turn in
            core.answer(use.origin, AgentTexts.board(core.service.board()), &turn)
            return nil
        },
        Verb(
            name: "list", title: "List conversations",
            purpose: "your conversations; for supervisors everybody's, and who waits"
        ) { core, use, turn in
            core.answer(use.origin, core.conversationList(for: use.person), &turn)
            return nil
        },
        Verb(name: "help", title: "What there is to ask", purpose: "this list") { core, use, turn in
            core.answer(use.origin, core.help(for: use.person, inConversation: use.conversation != nil), &turn)
            return nil
        },
    ]

    /// What is done with a conversation one has.
    static let aboutConversations: [Verb] = [
        Verb(
            name: "note", title: "Write a note", purpose: "for staff only", place: .conversation,
            parameters: [Parameter("text", "Note", usage: "TEXT", .words)], comesBack: true,
            run: inConversation { core, use, id, turn in
                core.apply(
                    .note(
                        agent: use.person, conversation: id, text: use["text"] ?? "", externalID: use.externalID(core)),
                    from: use.origin, &turn)
            }),
        Verb(
            name: "record", title: "Show the customer's record", purpose: "what we know about the customer"
        ) { core, use, turn in
            core.answer(use.origin, core.record(for: use.person, use.conversation), &turn)
            return nil
        },
        Verb(
            name: "transfer", title: "Pass the customer on", purpose: "passes the customer on", place: .conversation,
            parameters: [.target, .reason],
            run: passing { .transfer(agent: $0, conversation: $1, to: $2, reason: $3) }),
        Verb(
            name: "block", title: "Block the customer", purpose: "ends it and takes nothing more from the customer",
            place: .conversation,
            parameters: [.reason],
            run: inConversation { core, use, id, turn in
                core.apply(
                    .block(agent: use.person, conversation: id, reason: use["reason"]), from: use.origin, &turn)
            }),
        Verb(
            name: "close", title: "Close the conversation", purpose: "ends the conversation", place: .conversation,
            parameters: [
                Parameter("disposition", "How it ended", usage: "DISPOSITION", .words, isRequired: false)
            ],
            run: inConversation { core, use, id, turn in
                core.apply(
                    .close(agent: use.person, conversation: id, disposition: use["disposition"]), from: use.origin,
                    &turn)
            }),
    ]

    /// Passes a customer on to whom the form or the words name.
    static func passing(
        _ command: @escaping @Sendable (AgentID, ConversationID, TransferTarget, String?) -> Command
    ) -> @Sendable (inout BridgeCore, Invocation, inout Turn) -> AgentRefusal? {
        inConversation { core, use, id, turn in
            guard let target = use["target"].flatMap({ core.target(named: $0) }) else {
                return core.refuse(.noSuchTarget, use, &turn)
            }
            return core.apply(command(use.person, id, target, use["reason"]), from: use.origin, &turn)
        }
    }

    static let presenceStates: @Sendable (BridgeCore, AgentID) -> [DataForm.Option] = { core, _ in
        core.configuration.presenceStates.states.map { .init($0.id, label: $0.labels.first) }
    }

    static let agentsAndDepartments: @Sendable (BridgeCore, AgentID) -> [DataForm.Option] = { core, person in
        core.service.configuration.departments.map { .init($0.id.rawValue, label: $0.name) } + staff(core, person)
    }

    static let staff: @Sendable (BridgeCore, AgentID) -> [DataForm.Option] = { core, person in
        core.service.configuration.staff.filter { $0 != person }.map { .init($0.rawValue) }
    }
}

/// What several verbs ask for.
extension Verb.Parameter {
    static let reason = Self("reason", "Reason", usage: "REASON", .words, isRequired: false)
    static let colleague = Self("colleague", "Colleague", usage: "AGENT", options: Verb.staff)
    static let target = Self("target", "To whom", usage: "AGENT-or-DEPARTMENT", options: Verb.agentsAndDepartments)
}
