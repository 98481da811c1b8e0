//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// Which messages a device is woken for.
enum PushOccasion {
    /// Words, calls and invitations are; receipts, markers, reactions and what somebody's keyboard does are not.
    static func isWorthTelling(_ message: Stanza, to account: JID) -> Bool {
        guard message.type != .error, let from = message.from, from.bareString != account.bareString else {
            return false
        }
        var isWorth = false
        for child in message.content.children {
            switch child.name {
            case "body" where child.namespace == Namespace.client:
                if !child.text.isEmpty { isWorth = true }
            // Whatever is in it, it was worth the trouble.
            case "encrypted" where encryptions.contains(child.namespace): isWorth = true
            case "propose" where child.namespace == "urn:xmpp:jingle-message:0": isWorth = true
            case "x" where child.namespace == "jabber:x:conference": isWorth = true
            case "x" where child.namespace == mucUser && child.child("invite", mucUser) != nil: isWorth = true
            // It has a body for clients that do not know it, but says nothing new.
            case "retract" where child.namespace == "urn:xmpp:message-retract:1": return false
            default: continue
            }
        }
        return isWorth
    }

    /// Names a message among those of its account; nil if nothing names it.
    static func key(_ message: Stanza, archiveID: String?) -> Int? {
        var hasher = Hasher()
        if let archiveID {
            hasher.combine(archiveID)
        } else {
            guard let id = message.id, let from = message.from else { return nil }
            hasher.combine(id)
            hasher.combine(from)
        }
        return hasher.finalize()
    }

    private static let mucUser = "http://jabber.org/protocol/muc#user"
    private static let encryptions: Set<String> = [
        "eu.siacs.conversations.axolotl", "urn:xmpp:omemo:1", "urn:xmpp:omemo:2",
    ]
}
