//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// What of a message goes to everybody: its words, how much it presses, and who wrote it. Everything else, such as
/// requests for receipts, is between two.
struct BroadcastMessage {
    /// Without an addressee.
    let stanza: Stanza

    /// Nil if the message says nothing.
    init?(_ message: Stanza, from address: JID, sender: JID) {
        let kept = message.content.children.filter { child in
            child.isNamed("body", Namespace.client) || child.isNamed("subject", Namespace.client)
                || (try? Broadcast.Priority(child)) != nil
        }
        guard kept.contains(where: { $0.namespace == Namespace.client && !$0.text.isEmpty }) else { return nil }
        let type: String? = message.type == .chat ? "chat" : nil
        let element = XMLElement(
            "message", Namespace.client, ["type": type, "id": message.id, "xml:lang": message.content.language]
        ) {
            kept
            Broadcast.Sender(sender).element
        }
        guard var stanza = try? Stanza(element, kind: .message, from: nil, to: nil) else { return nil }
        stanza.from = address
        self.stanza = stanza
    }

    /// The copy of one recipient.
    func copy(to recipient: JID) -> Stanza {
        var copy = stanza
        copy.to = recipient
        return copy
    }
}
