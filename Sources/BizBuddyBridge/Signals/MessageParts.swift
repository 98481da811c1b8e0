//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// What a message carries beside its body, as far as it passes from one end to the other.
enum MessageParts {
    /// Characters of a name of a message, of a link and of a reaction that are kept; what is longer is left out.
    private static let idLength = 256
    private static let linkLength = 2_048
    private static let reactionLength = 64
    private static let reactions = 16
    /// Links that open something else than a page or a file stay outside.
    private static let schemes: Set<String> = [
        "http", "https", "xmpp", "mailto", "tel", "geo", "ftp", "ftps", "aesgcm",
    ]

    /// Of a customer's or an agent's text.
    static func context(of message: Stanza, language: String? = nil) -> MessageContext {
        var context = MessageContext(language: language)
        context.messageID = short(message.id)
        context.replaces = short(message.child("replace", MessageCorrection.namespace)?["id"])
        if let reply = message.child("reply", MessageReply.namespace).flatMap({ try? MessageReply($0) }) {
            context.repliesTo = short(reply.id)
            let fallback = message.content.children("fallback", FallbackIndication.namespace)
                .compactMap { try? FallbackIndication($0) }.first { $0.purpose == MessageReply.namespace }
            context.quotation = fallback?.body.map { [$0.lowerBound, $0.upperBound] }
        }
        context.link = link(in: message)
        return context
    }

    /// A file or a page beside the text, or instead of it (XEP-0066 §3).
    static func link(in message: Stanza) -> String? {
        guard let url = message.child("x", OutOfBandLink.namespace).flatMap({ try? OutOfBandLink($0) })?.url,
            url.count <= linkLength, !url.contains(where: \.isWhitespace)
        else { return nil }
        return schemes.contains(url.prefix { $0 != ":" }.lowercased()) ? url : nil
    }

    /// What somebody feels about a message; nil if there is nothing of the kind in it.
    static func reactions(in message: Stanza) -> MessageReactions? {
        guard let element = message.child("reactions", MessageReactions.namespace),
            var reactions = try? MessageReactions(element), short(reactions.id) != nil
        else { return nil }
        reactions.reactions = Array(
            reactions.reactions.filter { $0.count <= reactionLength }.prefix(Self.reactions))
        return reactions
    }

    private static func short(_ id: String?) -> String? {
        id.flatMap { $0.isEmpty || $0.utf8.count > idLength ? nil : $0 }
    }

    /// What goes with an entry to somebody who knows the others by these names.
    static func payloads(
        of entry: TranscriptEntry, in conversation: Conversation, author: (TranscriptEntry) -> JID?,
        name: (TranscriptEntry) -> String
    ) -> [XMLElement] {
        guard let details = entry.details else { return [] }
        var payloads: [XMLElement] = []
        // A correction names what the other end has got: our name for it.
        if let number = details.replaces, let original = conversation.transcript.first(where: { $0.number == number }) {
            payloads.append(MessageCorrection(conversation.name(of: original)).element)
        }
        if let number = details.repliesTo, let answered = conversation.transcript.first(where: { $0.number == number })
        {
            payloads.append(MessageReply(name(answered), to: author(answered)).element)
            if let quotation = details.quotation, quotation.count == 2, quotation[0] <= quotation[1] {
                payloads.append(
                    FallbackIndication(for: MessageReply.namespace, body: quotation[0]..<quotation[1]).element)
            }
        }
        if let link = details.link { payloads.append(OutOfBandLink(link).element) }
        return payloads
    }
}
