//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@testable import BizBuddyBridge

/// How staff's words are read.
@Suite struct StaffInputTests {
    /// In short: the verb and its values by name, or what else it is.
    private static func summary(_ input: StaffInput) -> String {
        switch input {
        case .verb(let verb, let values):
            ([verb.name] + values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }).joined(separator: "|")
        case .incomplete(let usage): "usage: \(usage)"
        case .unknown(let name): "unknown: \(name)"
        case .text(let text): "text: \(text)"
        }
    }

    @Test(arguments: [
        ("accept", "accept"), (" Reject ", "reject"), ("/accept", "accept"), ("/duty on", "duty|duty=on"),
        ("/duty  OFF ", "duty|duty=off"), ("/duty", "usage: /duty on|off"), ("/duty sometimes", "usage: /duty on|off"),
        ("/status lunch", "status|state=lunch"), ("/status At Lunch", "status|state=At Lunch"),
        ("/status", "usage: /status STATE"), ("/HELP", "help"), ("/frobnicate now", "unknown: frobnicate"),
        ("/agents", "agents"), ("/BOARD", "board"), ("accepted", "text: accepted"), ("", "text: "),
        ("/", "unknown: "), ("help", "text: help"), ("/takeover 4f2a", "takeover|conversation=4f2a"),
        ("/whisper 4f2a be kind", "whisper|conversation=4f2a|text=be kind"),
    ])
    func readsCommandsAtTheWorkgroup(body: String, expected: String) {
        #expect(Self.summary(StaffInput(body, atWorkgroup: true)) == expected)
    }

    @Test(arguments: [
        ("accept", "text: accept"), ("reject", "text: reject"), ("/note  call back ", "note|text=call back"),
        ("/note", "usage: /note TEXT"), ("/record", "record"), ("/close", "close"),
        ("/close solved at once", "close|disposition=solved at once"), ("/transfer bob", "transfer|target=bob"),
        ("  two spaces", "text:   two spaces"), ("1/2", "text: 1/2"), ("/note two\nlines", "note|text=two\nlines"),
        ("/transfer  sales wants a red one ", "transfer|reason=wants a red one|target=sales"),
        ("/transfer", "usage: /transfer AGENT-or-DEPARTMENT [REASON]"), ("/monitor", "monitor"),
        ("/monitor off", "monitor|follow=off"), ("/monitor maybe", "usage: /monitor [on|off]"),
        ("/state bob At Lunch", "state|agent=bob|state=At Lunch"),
    ])
    func readsCommandsInAConversation(body: String, expected: String) {
        #expect(Self.summary(StaffInput(body, atWorkgroup: false)) == expected)
    }

    @Test func everyVerbIsDeclaredOnceAndExplained() {
        #expect(Set(Verb.all.map(\.name)).count == Verb.all.count)
        for verb in Verb.all {
            #expect(!verb.purpose.isEmpty && !verb.title.isEmpty)
            #expect(verb.name == verb.name.lowercased())
            #expect(Verb.at(node: verb.node)?.name == verb.name)
            // Optional values come last, so that what is typed can be read.
            let required = verb.parameters.map(\.isRequired)
            #expect(required == required.sorted { $0 && !$1 })
        }
    }
}
