//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// What somebody says to a broadcast address, if it is an acknowledgement.
enum BroadcastReply: Equatable {
    /// A client says that the message with this id was displayed (XEP-0333).
    case displayed(id: String)
    /// Somebody answers `ok`; to the message with this id, if he says so (XEP-0461).
    case ok(id: String?)
    /// Nothing for anybody: typing, receipts.
    case empty

    /// Nil for a message that is to be broadcast.
    init?(_ message: Stanza) {
        for child in message.content.children {
            if case .displayed(let id)? = try? DisplayedMarker(child) {
                self = .displayed(id: id)
                return
            }
        }
        let body = message.child("body", Namespace.client)?.text
        let hasSubject = message.child("subject", Namespace.client) != nil
        guard let body else {
            guard !hasSubject else { return nil }
            self = .empty
            return
        }
        // What is answered to may stand before it (XEP-0461 §3.3).
        let own = body.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix(">") }.joined(separator: "\n")
        guard !hasSubject, own.trimmed.lowercased() == "ok" else { return nil }
        self = .ok(id: message.child("reply", "urn:xmpp:reply:0")?["id"])
    }
}

extension String {
    /// Without white space around it.
    fileprivate var trimmed: Substring {
        let start = drop(while: \.isWhitespace)
        guard let last = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return start[...last]
    }
}
