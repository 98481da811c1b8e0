//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// Which messages are copied to an account's other clients (XEP-0280 §6.1).
///
/// What somebody says privately in a room goes to all of them: nobody here knows which of them are in it. So the rules
/// are followed as far as they are recommended, and not promised (§6.2).
enum CarbonPolicy {
    /// Errors are not for this to say: they are copied if what they answer was.
    static func copies(_ stanza: Stanza, _ direction: Carbons.Direction) -> Bool {
        guard stanza.type != .groupchat, stanza.type != .error else { return false }
        var isConversation = stanza.type == .chat
        for child in stanza.content.children {
            switch child.namespaceToken {
            case carbons where child.name == "private": return false
            // XEP-0334 §4.3
            case hints where child.name == ProcessingHint.noCopy.rawValue: return false
            case .clientNamespace where child.nameToken == .body && stanza.type == .normal: isConversation = true
            case receipts, chatStates, markers, directInvitations: isConversation = true
            case mucUser:
                if child.child("invite", MUC.userNamespace) != nil {
                    isConversation = true
                } else if direction == .received, stanza.from?.resource != nil {
                    // A room has given it to all of the account's clients that are in it.
                    return false
                }
            default: continue
            }
        }
        return isConversation
    }

    private static let carbons = XMLToken(Carbons.namespace)
    private static let hints = XMLToken(ProcessingHint.namespace)
    private static let receipts = XMLToken(DeliveryReceipt.namespace)
    private static let chatStates = XMLToken(ChatState.namespace)
    private static let markers = XMLToken("urn:xmpp:chat-markers:0")
    private static let directInvitations = XMLToken(DirectInvitation.namespace)
    private static let mucUser = XMLToken(MUC.userNamespace)
}
