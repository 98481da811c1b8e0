//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore
import XMPPPayloads
import XMPPServer

/// Keeps what is confidential out of everything that is stored of messages between customers and contacts: archives, the
/// outbox of the component, offline storage, push.
package struct ConfidentialMessages: Sendable {
    /// A text without what must not be kept, and what that was; nil if there is nothing of the kind in it.
    package typealias Redaction = @Sendable (_ text: String) -> (text: String, names: [String])?

    private let redact: Redaction
    /// What a text answers to a question whose answer is compared unseen; nil if it is any other text.
    private let answer: @Sendable (String) -> String?

    package init(redact: @escaping Redaction, answer: @escaping @Sendable (String) -> String?) {
        self.redact = redact
        self.answer = answer
    }

    enum Verdict {
        case unchanged
        /// This goes on in its place.
        case changed(Stanza)
        /// This goes to the component at once, and nothing is stored.
        case unstored(Stanza)

        var isChange: Bool {
            if case .unchanged = self { false } else { true }
        }
    }

    func look(at message: Stanza) -> Verdict {
        if let text = confidentialAnswer(in: message) {
            let handedOn = Stanza(.message, .normal, id: message.id, from: message.from, to: message.to) {
                XMLElement("answer", BizBuddyVerification.namespace, text: text)
            }
            return .unstored(handedOn)
        }
        var names: [String] = []
        let changed = message.changingTexts { text in
            guard let result = redact(text) else { return nil }
            names += result.names.filter { !names.contains($0) }
            return result.text
        }
        guard let changed else { return .unchanged }
        let nodes = changed.content.removingChildren { $0.isNamed("redacted", BizBuddyRedacted.namespace) }.nodes
        return .changed(changed.withContent(nodes + [.element(BizBuddyRedacted(names).element)]) ?? changed)
    }

    private func confidentialAnswer(in message: Stanza) -> String? {
        if let element = message.child("answer", BizBuddyVerification.namespace) { return element.text }
        for form in message.content.children("x", DataForm.namespace) {
            if let answer = BizBuddyVerification.answer(in: form) { return answer }
        }
        for body in message.content.children("body", Namespace.client) {
            if let answer = answer(body.text) { return answer }
        }
        return nil
    }

    // MARK: Where messages pass

    /// What a client of ours sends, before anything is written of it.
    func hook(_ message: inout Stanza, to component: String, _ server: ServerCore) -> HookVerdict {
        switch look(at: message) {
        case .unchanged: return .pass
        case .changed(let changed):
            message = changed
            return .pass
        case .unstored(let answer):
            return server.forward(answer, toComponent: component) ? .handled(nil) : .reject(Self.notNow)
        }
    }

    /// The service is away, and nothing waits for it. Without words: customers' languages are known to the service only,
    /// and `wait` says to clients what there is to say.
    static let notNow = StanzaError(.serviceUnavailable, kind: .wait)
}
