//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// What of a message goes to everybody: its words, how much it presses, whether it may be kept, and who wrote it.
/// Everything else, such as requests for receipts, is between two.
struct BroadcastMessage: Sendable {
    /// Without an addressee.
    let stanza: Stanza
    /// The sender wants to know who has read it.
    let wantsAcknowledgement: Bool

    /// Nil if the message says nothing. One that asks for acknowledgement needs an id: `id` if the message has none.
    init?(_ message: Stanza, from address: JID, sender: JID, id: String) {
        let kept = message.content.children.filter { child in
            child.isNamed("body", Namespace.client) || child.isNamed("subject", Namespace.client)
                || (try? Broadcast.Priority(child)) != nil || (try? ProcessingHint(child)) != nil
        }
        guard kept.contains(where: { $0.namespace == Namespace.client && !$0.text.isEmpty }) else { return nil }
        let isAsking = kept.contains { (try? Broadcast.Priority($0))?.wantsAcknowledgement == true }
        let type: String? = message.type == .chat ? "chat" : nil
        let element = XMLElement(
            "message", Namespace.client,
            [
                "type": type, "id": message.id ?? (isAsking ? id : nil),
                "xml:lang": message.content.language,
            ]
        ) {
            kept
            Broadcast.Sender(sender).element
            if isAsking { DisplayedMarker.markable.element }
        }
        guard var stanza = try? Stanza(element, kind: .message, from: nil, to: nil) else { return nil }
        stanza.from = address
        self.init(stanza, wantsAcknowledgement: isAsking)
    }

    private init(_ stanza: Stanza, wantsAcknowledgement: Bool) {
        self.stanza = stanza
        self.wantsAcknowledgement = wantsAcknowledgement
    }

    /// The same message under another id.
    func with(id: String) -> BroadcastMessage {
        BroadcastMessage(
            stanza.replacing(stanza.content.with(attribute: "id", id)), wantsAcknowledgement: wantsAcknowledgement)
    }

    /// The copy of one recipient.
    func copy(to recipient: JID) -> Stanza {
        var copy = stanza
        copy.to = recipient
        return copy
    }

    /// The first words, by which its sender knows it again.
    var summary: String {
        let text = stanza.child("subject", Namespace.client)?.text ?? stanza.child("body", Namespace.client)?.text ?? ""
        let line = text.split(whereSeparator: \.isNewline).first ?? ""
        return line.count <= Self.summaryLength ? String(line) : line.prefix(Self.summaryLength - 1) + "…"
    }

    /// In characters.
    private static let summaryLength = 60
}
