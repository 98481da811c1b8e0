//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What a customer asks of the service by a form. In words it counts only while nobody has accepted; a form is never
/// mistaken for something said to an agent.
package enum CustomerAsk: Hashable, Sendable, Codable {
    case help
    case position
    /// Nil: when it is the customer's turn. Else a time, as it is typed: `15:30`, `2026-11-24 9:00`.
    case callback(String?)
    case leave
    case transcript
    /// A topic that the customer wants to be told about.
    case alert(String)
    /// Says yes to the topic that was asked about last.
    case confirmAlert
    /// Wants to be told about nothing any more.
    case stop
}

extension ServiceState {
    mutating func customerAsks(
        _ key: CustomerKey, _ ask: CustomerAsk, proof: String, _ newcomer: Newcomer, _ effects: inout [Effect]
    ) {
        guard let department = derived.contacts[key.contact]?.first else {
            effects.append(.bounceCustomer(customer: key.customer, contact: key.contact))
            return
        }
        if let reason = objection(to: key, isText: true) {
            effects.append(.refuseCustomer(customer: key.customer, contact: key.contact, reason: reason))
            return
        }
        if let id = openConversations[key], let language = newcomer.language {
            conversations[id]?.routing.language = language
        }
        let conversation = openConversations[key].flatMap { conversations[$0] }
        let language = newcomer.language ?? conversation?.routing.language
        func tell(_ notice: CustomerNotice) {
            notify(
                key, conversation?.id, department: conversation?.department ?? department, language: language, notice,
                &effects)
        }
        func takes(_ words: String) -> Bool {
            takesOutreach(words, key, newcomer, proof: proof, &effects)
        }
        switch ask {
        case .help, .transcript:
            obey(ask == .help ? .help : .transcript, key, conversation?.id, language, &effects)
        case .position, .leave, .callback:
            // Nobody is in line who is being served.
            if let conversation, !conversation.isUnanswered { return tell(.accepted) }
            switch ask {
            case .callback(let time?): if !takes("callback \(time)") { tell(.callbackImpossible) }
            case .callback: obey(.callback, key, conversation?.id, language, &effects)
            case .leave: obey(.leave, key, conversation?.id, language, &effects)
            default: obey(.position, key, conversation?.id, language, &effects)
            }
        case .alert(let topic): if !takes("alert \(topic)") { tell(.alertTopics("")) }
        case .confirmAlert: if !hasPendingTopic(key.customer) || !takes("yes") { _ = takes("alerts") }
        case .stop: if !takes("stop") { tell(.alertsOff) }
        }
    }
}
