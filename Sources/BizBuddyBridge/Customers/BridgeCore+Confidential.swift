//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import XMPPCore
import XMPPPayloads
import XMPPTLS

/// A question to a customer whose answer is compared and shown to nobody.
struct Verification: Hashable, Sendable {
    let conversation: ConversationID
    let agent: AgentID
    /// The field of the record that the answer is compared with.
    let key: String
    let label: String
    let until: Instant
    var tries = 0

    /// Wrong answers before the question is closed.
    static let maximumTries = 3
    static let patience: Duration = .seconds(600)
    /// Characters of an answer.
    static let answerLength = 200
}

/// What must not be kept: taken out of what people write, and compared without being shown.
extension BridgeCore {
    /// A text without what must not be kept.
    func redacted(_ text: String) -> String {
        configuration.privacy.redactor.redact(text)?.text ?? text
    }

    /// The text of a customer without what must not be kept; the customer is told what has become of it, and so is the agent.
    mutating func redactCustomerText(
        _ text: String, in message: Stanza, _ customer: CustomerAddress, _ contact: ContactAddress,
        _ language: String?, _ turn: inout Turn
    ) -> String {
        let own = configuration.privacy.redactor.redact(text)
        // Our own server has done it already, and says so.
        let told = message.child("redacted", BizBuddyRedacted.namespace).flatMap { try? BizBuddyRedacted($0) }
        let names = own?.names ?? (trustsStanzaIDs ? told?.names : nil) ?? []
        guard !names.isEmpty else { return text }
        turn.count(.redactions)
        let key = CustomerKey(customer: customer, contact: contact)
        let conversation = service.conversation(of: customer, with: contact)
        if lastRedaction[key].map({ turn.now.milliseconds(since: $0) > Self.redactionPause }) ?? true {
            if lastRedaction.count >= Self.maximumRedactions { lastRedaction.removeAll() }
            lastRedaction[key] = turn.now
            say(
                .redacted, to: customer, from: contact, language: conversation?.routing.language ?? language, &turn)
        }
        if let conversation, let agent = conversation.agent {
            let what = names.joined(separator: ", ")
            tell(
                agent, conversation.id,
                "Something confidential (\(what)) has been taken out of what the customer writes. /verify FIELD compares it unseen.",
                &turn)
        }
        return own?.text ?? text
    }

    /// Least milliseconds between two notices to one customer, and customers of whom that is remembered.
    private static let redactionPause: Int64 = 10_000
    private static let maximumRedactions = 10_000

    // MARK: Comparing unseen

    mutating func beginVerification(
        _ key: String, _ agent: AgentID, _ conversation: Conversation, from origin: Origin, _ turn: inout Turn
    ) {
        guard let field = conversation.lookup.record?.comparable.first(where: { $0.key.lowercased() == key }) else {
            answer(origin, "The record has no field \(key).", &turn)
            return
        }
        verifications[conversation.key] = Verification(
            conversation: conversation.id, agent: agent, key: key, label: field.label,
            until: turn.now + Verification.patience)
        let form = DataForm(
            .form, formType: BizBuddyVerification.namespace,
            fields: [
                DataForm.Field(BizBuddyVerification.field, kind: .textPrivate, label: field.label, isRequired: true)
            ])
        say(
            .verifyAsk, ["field": field.label], to: conversation.customer, from: conversation.contact,
            language: conversation.routing.language, payloads: [form.element], &turn)
        answer(origin, "The customer is asked for \(field.label). You will see ✓ or ✗.", &turn)
    }

    /// The answer in a message: alone, as our own server hands it on, or in a form that was filled in.
    func verificationAnswer(in message: Stanza) -> String? {
        if let element = message.child("answer", BizBuddyVerification.namespace) { return element.text }
        return message.child("x", DataForm.namespace).flatMap { BizBuddyVerification.answer(in: $0) }
    }

    mutating func takeAnswer(
        _ text: String, _ key: CustomerKey, _ language: String?, from origin: Origin, _ turn: inout Turn
    ) {
        guard let verification = verifications[key], verification.until > turn.now,
            let conversation = service.conversations[verification.conversation],
            conversation.agent == verification.agent
        else {
            verifications[key] = nil
            if turn.answers != nil {
                let texts = service.configuration.catalogue.texts(language: language, contact: key.contact)
                turn.answers?.append(texts[.verifyNothing])
                return
            }
            return say(.verifyNothing, to: key.customer, from: key.contact, language: language, &turn)
        }
        verifications[key]?.tries += 1
        let isLast = verification.tries + 1 >= Verification.maximumTries
        if isLast { verifications[key] = nil }
        turn.errands.append(
            errand(
                .compare(verification, String(text.prefix(Verification.answerLength)), isLast: isLast),
                verification.agent, conversation, turn.later(origin).onlyCommand, &turn))
    }

    /// An answer has been compared; `isRight` is nil if there was nothing to compare it with.
    mutating func compared(
        _ verification: Verification, isRight: Bool?, isLast: Bool, _ errand: Errand, _ turn: inout Turn
    ) {
        let key = CustomerKey(customer: errand.customer, contact: errand.contact)
        if isRight != false, verifications[key]?.conversation == verification.conversation { verifications[key] = nil }
        tell(.verifyThanks, of: errand, &turn)
        let text =
            switch isRight {
            case true?: "✓ \(verification.label): the customer's answer is right."
            case false?:
                "✗ \(verification.label): the customer's answer is not right"
                    + (isLast ? ". There are no more tries." : "; another try is open.")
            case nil:
                "\(verification.label): the answer could not be compared, because the record's source does not answer."
            }
        tell(verification.agent, verification.conversation, text, &turn)
    }
}

extension Clerk {
    /// Compares letters and digits only, in any case, in a time that says nothing about either.
    func compare(_ verification: Verification, _ answer: String, _ errand: Errand) async -> Bool? {
        func plain(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
        let query = await query(errand.conversation, errand.customer, errand.contact)
        let record = await records.wholeRecord(query)
        let values = record?.comparable.filter { $0.key.lowercased() == verification.key }.map { plain($0.value) } ?? []
        guard !values.isEmpty else { return nil }
        let given = plain(answer)
        return values.reduce(false) { $0 || !$1.isEmpty && ConstantTime.equals($1, given) }
    }
}

extension CustomerRecord {
    /// What an answer may be compared with. What agents have noted for each other has names of theirs, and is nothing that
    /// customers know; what customers say on their own cards proves nothing; and what is for agents only has labels of ours.
    fileprivate var comparable: [Field] {
        fields.filter { field in
            ![NoteSource.sourceName, CardSource.sourceName].contains(field.source ?? source)
                && !CustomerRecord.staffKeys.contains(field.key.lowercased())
        }
    }
}
