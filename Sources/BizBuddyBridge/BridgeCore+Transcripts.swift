//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore

/// A customer's own copy of what was said: without notes, and without names of those who said it.
extension BridgeCore {
    mutating func copy(
        _ conversations: [Conversation], for key: CustomerKey, _ language: String?, _ turn: inout Turn
    ) {
        guard let from = try? JID(key.contact.rawValue), let to = try? JID(key.customer.rawValue) else { return }
        let texts = configuration.serviceConfiguration.catalogue.texts(language: language, contact: key.contact)
        guard let last = conversations.first(where: { $0.contact == key.contact }) else {
            return turn.sendDurably(
                chat(texts[.transcriptNone], from: from, to: to, language: texts.language(of: .transcriptNone)))
        }
        let department = service.configuration[department: last.department]?.name ?? last.department.rawValue
        for part in CustomerCopy.parts(CustomerCopy.lines(of: last, department, texts)) {
            turn.sendDurably(chat(part, from: from, to: to, language: texts.language))
        }
    }
}
