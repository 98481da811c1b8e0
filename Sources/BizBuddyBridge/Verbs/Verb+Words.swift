//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPPayloads

extension Verb {
    /// Words that are ready, and words for many.
    static let words: [Verb] = [
        Verb(
            name: "canned", title: "Send a ready answer", purpose: "sends a ready answer; without a name lists them",
            place: .conversation,
            parameters: [Parameter("name", "Which", usage: "NAME", isRequired: false, options: cannedNames)]
        ) { core, use, turn in
            guard let name = use["name"]?.lowercased() else {
                core.answer(use.origin, core.cannedList(), &turn)
                return nil
            }
            guard let text = core.configuration.canned[name] else { return core.refuse(.noSuchTarget, use, &turn) }
            return core.say(text, use, part: 0, &turn)
        },
        Verb(
            name: "macro", title: "Run a macro", purpose: "does several things at once; without a name lists them",
            place: .conversation,
            parameters: [Parameter("name", "Which", usage: "NAME", isRequired: false, options: macroNames)]
        ) { core, use, turn in
            guard let name = use["name"]?.lowercased() else {
                core.answer(use.origin, core.macroList(), &turn)
                return nil
            }
            guard let steps = core.configuration.macros[name] else { return core.refuse(.noSuchTarget, use, &turn) }
            return core.runMacro(steps, use, &turn)
        },
    ]

    /// For supervisors.
    static let announcements: [Verb] = [
        Verb(
            name: "banner", title: "Set the known issue", purpose: "tells everybody of a known problem; off no longer",
            role: .supervisor, parameters: [Parameter("text", "Text, or off", usage: "TEXT|off", .words)]
        ) { core, use, turn in
            let text = use["text"].flatMap { $0.lowercased() == "off" ? nil : $0 }
            return core.apply(.setBanner(person: use.person, text: text), from: use.origin, &turn)
        },
        Verb(
            name: "publish", title: "Publish an alert", purpose: "tells all who asked about a topic",
            role: .supervisor,
            parameters: [
                Parameter("topic", "Topic", usage: "TOPIC", options: topics),
                Parameter("text", "Text", usage: "TEXT", .words),
            ]
        ) { core, use, turn in
            core.apply(
                .publish(
                    person: use.person, topic: (use["topic"] ?? "").lowercased(), text: use["text"] ?? ""),
                from: use.origin, &turn)
        },
    ]

    private static let cannedNames: @Sendable (BridgeCore, AgentID) -> [DataForm.Option] = { core, _ in
        core.configuration.canned.keys.sorted().map { .init($0) }
    }

    private static let macroNames: @Sendable (BridgeCore, AgentID) -> [DataForm.Option] = { core, _ in
        core.configuration.macros.keys.sorted().map { .init($0) }
    }

    private static let topics: @Sendable (BridgeCore, AgentID) -> [DataForm.Option] = { core, _ in
        core.configuration.service.outreach.topics.sorted { $0.key < $1.key }.map { .init($0.key, label: $0.value) }
    }
}

extension BridgeCore {
    func cannedList() -> String {
        let lines = configuration.canned.sorted { $0.key < $1.key }.map { "\($0.key) – \($0.value)" }
        return lines.isEmpty ? "There are no ready answers." : lines.joined(separator: "\n")
    }

    func macroList() -> String {
        let lines = configuration.macros.sorted { $0.key < $1.key }
            .map { "\($0.key) – \($0.value.joined(separator: "; "))" }
        return lines.isEmpty ? "There are no macros." : lines.joined(separator: "\n")
    }

    /// Says something ready to the customer, in the agent's name; staff see the words that were sent.
    mutating func say(_ template: String, _ use: Invocation, part: Int, _ turn: inout Turn) -> AgentRefusal? {
        guard let id = use.conversation, let conversation = service.conversations[id] else {
            return refuse(.noConversation, use, &turn)
        }
        guard conversation.admits(use.person) else { return refuse(.notYours, use, &turn) }
        let text = filled(template, conversation, use.person)
        let isShared = !conversation.company.companions.isEmpty
        let count = conversation.transcript.count + conversation.omittedEntries
        let refusal = apply(
            .agentMessage(
                agent: use.person, conversation: id, text: text,
                externalID: use.externalID(self).map { "\($0)-\(part)" }), from: use.withoutWords, &turn)
        guard refusal == nil, let after = service.conversations[id], let entry = after.transcript.last,
            after.transcript.count + after.omittedEntries > count
        else { return refusal }
        guard !isShared else { return nil }
        if rooms[id] != nil {
            showWords(entry, in: id, from: .nobody, &turn)
        } else {
            answer(use.origin, "Sent: \(text)", &turn)
        }
        return nil
    }

    /// Lines as an agent would type them; what is refused ends it.
    mutating func runMacro(_ steps: [String], _ use: Invocation, _ turn: inout Turn) -> AgentRefusal? {
        guard let id = use.conversation else { return .noConversation }
        for (index, step) in steps.enumerated() {
            let refusal: AgentRefusal?
            switch StaffInput(step, atWorkgroup: false) {
            case .text(let text): refusal = say(text, use, part: index, &turn)
            case .verb(let verb, let values) where verb.name != "macro":
                refusal = run(
                    verb, Invocation(person: use.person, conversation: id, values: values, origin: use.withoutWords),
                    &turn)
            case .verb, .incomplete, .unknown:
                answer(use.origin, "The macro's step \(index + 1) cannot be read: \(step)", &turn)
                return nil
            }
            if let refusal { return refusal }
        }
        return nil
    }

    /// `{customer}`, `{agent}` and `{department}`; what is filled in is not read again.
    private func filled(_ template: String, _ conversation: Conversation, _ person: AgentID) -> String {
        let values = [
            "customer": conversation.customerName,
            "agent": String(person.rawValue.prefix { $0 != "@" }),
            "department": service.configuration[department: conversation.department]?.name ?? "",
        ]
        var result = ""
        var rest = template[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            result += rest[..<open]
            result += values[String(rest[rest.index(after: open)..<close])] ?? String(rest[open...close])
            rest = rest[rest.index(after: close)...]
        }
        return result + rest
    }
}

extension Invocation {
    /// Who asks, without what was typed: words that follow from a command are not those of its message.
    var withoutWords: Origin {
        switch origin {
        case .message, .room: origin.client.map { Origin.client($0) } ?? Origin.nobody
        case .nobody, .client, .request, .command, .pendingCommand: origin
        }
    }
}
