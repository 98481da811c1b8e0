//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The answer to a frequent question.
package struct FAQAnswer: Hashable, Sendable, Codable {
    /// Of the question, for reports.
    package let id: String
    package let title: String
    package let text: String

    package init(id: String, title: String, text: String) {
        self.id = id
        self.title = title
        self.text = text
    }
}

/// Answers while customers wait, and whether they were enough.
extension ServiceState {
    /// The first words of somebody who waits may have been asked before.
    func searchAnswers(for text: String, _ conversation: Conversation, _ effects: inout [Effect]) {
        guard configuration.outreach.offersAnswers, conversation.isUnanswered, conversation.customerTexts.isEmpty
        else { return }
        effects.append(
            .searchAnswers(conversation: conversation.id, text: text, language: conversation.routing.language))
    }

    /// An answer was found; whoever has been accepted meanwhile, or is being asked something else, is left alone.
    mutating func answerFound(_ id: ConversationID, _ answer: FAQAnswer, _ effects: inout [Effect]) {
        guard let conversation = conversations[id], conversation.isWaiting, conversation.routing.question == nil,
            conversation.routing.hold == .none || conversation.told == .closed
        else { return }
        let texts = configuration.catalogue.texts(
            language: conversation.routing.language, contact: conversation.contact)
        let options = [
            MenuOption(value: texts[.keywordYes], label: texts[.keywordYes], choice: .helped),
            MenuOption(value: texts[.keywordNo], label: texts[.keywordNo], choice: .notHelped),
        ]
        conversations[id]?.routing.question = Conversation.Routing.Question(kind: .answer, options: options)
        count(.suggested(answer.id), conversation)
        notify(conversation, .answer("\(answer.title)\n\(answer.text)", options), &effects)
    }

    /// "Did this help?"
    mutating func answerHelped(_ id: ConversationID, _ isEnough: Bool, _ effects: inout [Effect]) {
        guard let conversation = conversations[id] else { return }
        conversations[id]?.routing.question = nil
        guard isEnough, conversation.isUnanswered else { return }
        if conversation.routing.answeredAt == nil { count(.deflected, conversation) }
        if let offer = conversation.offer { withdraw(offer, of: conversation, reason: .customerLeft, &effects) }
        notify(conversation, .answerHelped, &effects)
        end(id, Conversation.Closing(by: .customer, disposition: "answered", at: now), &effects)
    }
}
