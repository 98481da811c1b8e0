//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore

/// A customer's own copy of what was said: without notes, and without names of those who said it.
extension BridgeCore {
    /// Characters of one message of it; what is longer comes in several.
    private static let copyLength = 8_000

    mutating func copy(
        _ conversations: [Conversation], for key: CustomerKey, _ language: String?, _ turn: inout Turn
    ) {
        guard let from = try? JID(key.contact.rawValue), let to = try? JID(key.customer.rawValue) else { return }
        let texts = configuration.serviceConfiguration.catalogue.texts(language: language, contact: key.contact)
        guard let last = conversations.first(where: { $0.contact == key.contact }) else {
            return turn.sendDurably(chat(texts[.transcriptNone], from: from, to: to, language: language))
        }
        let department = service.configuration[department: last.department]?.name ?? last.department.rawValue
        var part = ""
        for entry in last.transcript where !entry.author.isNote {
            let moment = Timestamp(milliseconds: entry.at.milliseconds).description.prefix { $0 != "." }
            let name = entry.author == .customer ? texts[.transcriptYou] : department
            let line = "\(moment.replacing("T", with: " ")) \(name): \(entry.text)"
            if !part.isEmpty, part.count + line.count > Self.copyLength {
                turn.sendDurably(chat(part, from: from, to: to, language: language))
                part = ""
            }
            part += part.isEmpty ? line : "\n" + line
        }
        if !part.isEmpty { turn.sendDurably(chat(part, from: from, to: to, language: language)) }
    }
}
