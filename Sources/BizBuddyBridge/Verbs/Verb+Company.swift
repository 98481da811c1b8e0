//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPPayloads

extension Verb {
    /// Colleagues in a conversation.
    static let company: [Verb] = [
        Verb(
            name: "invite", title: "Invite a colleague",
            purpose: "brings a colleague in, to speak with the customer too",
            place: .conversation,
            parameters: [.colleague, .reason]
        ) { core, use, turn in core.invite(.guest, use, &turn) },
        Verb(
            name: "consult", title: "Ask a colleague", purpose: "brings a colleague in, for staff only",
            place: .conversation,
            parameters: [
                .colleague, Parameter("reason", "Question", usage: "QUESTION", .words, isRequired: false),
            ]
        ) { core, use, turn in core.invite(.consultant, use, &turn) },
        Verb(
            name: "dismiss", title: "Send a colleague away", purpose: "sends a colleague away that you brought in",
            place: .conversation,
            parameters: [.colleague],
            run: inConversation { core, use, id, turn in
                guard let colleague = use["colleague"].flatMap({ core.person(named: $0) }) else {
                    return core.refuse(.noSuchTarget, use, &turn)
                }
                return core.apply(
                    .dismissCompanion(agent: use.person, conversation: id, companion: colleague), from: use.origin,
                    &turn)
            }),
        Verb(
            name: "leave", title: "Leave a colleague's conversation", purpose: "leaves a colleague's conversation",
            place: .conversation,
            run: inConversation { core, use, id, turn in
                core.apply(
                    .dismissCompanion(agent: use.person, conversation: id, companion: use.person), from: use.origin,
                    &turn)
            }),
    ]

    /// What supervisors do with what is not theirs.
    static let supervision: [Verb] = [
        Verb(
            name: "monitor", title: "Follow a conversation", purpose: "follows a conversation; off no longer",
            role: .supervisor, place: .conversation,
            parameters: [Parameter("follow", "Follow", usage: "on|off", .choice(["on", "off"]), isRequired: false)],
            run: inConversation { core, use, id, turn in
                core.apply(
                    .monitor(person: use.person, conversation: id, isOn: use["follow"] != "off"), from: use.origin,
                    &turn)
            }),
        Verb(
            name: "whisper", title: "Whisper to the agent", purpose: "says something to the agent alone",
            role: .supervisor, place: .conversation,
            parameters: [Parameter("text", "Text", usage: "TEXT", .words)], comesBack: true,
            run: inConversation { core, use, id, turn in
                core.apply(
                    .whisper(
                        person: use.person, conversation: id, text: use["text"] ?? "", externalID: use.externalID(core)),
                    from: use.origin, &turn)
            }),
        Verb(
            name: "takeover", title: "Take a conversation over", purpose: "serves the customer yourself from now on",
            role: .supervisor, place: .conversation,
            run: inConversation { core, use, id, turn in
                core.apply(.takeOver(person: use.person, conversation: id), from: use.origin, &turn)
            }),
        Verb(
            name: "reassign", title: "Give a conversation to somebody else",
            purpose: "asks somebody else to take a conversation", role: .supervisor, place: .conversation,
            parameters: [.target, .reason],
            run: passing { .reassign(person: $0, conversation: $1, to: $2, reason: $3) }),
        Verb(
            name: "blocked", title: "List blocked customers", purpose: "customers who may not write",
            role: .supervisor
        ) { core, use, turn in
            core.answer(use.origin, core.blockList(), &turn)
            return nil
        },
        Verb(
            name: "unblock", title: "Let a blocked customer write", purpose: "lets a blocked customer write again",
            role: .supervisor, parameters: [Parameter("customer", "Customer", usage: "ADDRESS")]
        ) { core, use, turn in
            core.apply(
                .unblock(person: use.person, customer: CustomerAddress((use["customer"] ?? "").lowercased())),
                from: use.origin, &turn)
        },
        Verb(
            name: "state", title: "Set an agent's state", purpose: "sets an agent's duty or presence state",
            role: .supervisor,
            parameters: [
                Parameter("agent", "Agent", usage: "AGENT", options: staff),
                Parameter("state", "State", usage: "on|off|STATE", .words, options: dutyAndStates),
            ]
        ) { core, use, turn in
            guard let agent = use["agent"].flatMap({ core.person(named: $0) }) else {
                return core.refuse(.noSuchTarget, use, &turn)
            }
            switch use["state"]?.lowercased() {
            case "on", "off":
                let isOn = use["state"]?.lowercased() == "on"
                return core.apply(
                    .setDuty(person: use.person, agent: agent, isOn: isOn), from: use.origin, &turn)
            default:
                core.setStatus(agent, use["state"] ?? "", from: use.origin, &turn)
                return nil
            }
        },
    ]

    private static let dutyAndStates: @Sendable (BridgeCore, AgentID) -> [DataForm.Option] = { core, person in
        [.init("on", label: "On duty"), .init("off", label: "Off duty")] + presenceStates(core, person)
    }
}
