//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// Which messages belong into archives, by what they are (XEP-0313 §6.1.1, XEP-0334 §4). Whose archives they go into is
/// for the accounts to say.
enum ArchivePolicy {
    /// Conversations, and what changes them later; not what is true for a moment only.
    static func stores(_ stanza: Stanza) -> Bool {
        guard stanza.kind == .message, stanza.type == .normal || stanza.type == .chat else { return false }
        var stores = false
        for child in stanza.content.children {
            switch content(child) {
            case .refused: return false
            case .wanted: stores = true
            case .other: continue
            }
        }
        return stores
    }

    /// Whether the sender asks for it to be kept although it is not of the kind that is (XEP-0334 §4.4).
    static func asks(_ stanza: Stanza) -> Bool {
        stanza.child(ProcessingHint.store.rawValue, ProcessingHint.namespace) != nil
    }

    /// Whether it takes an earlier message back (XEP-0424).
    static func retracts(_ stanza: Stanza) -> Bool {
        stanza.content.children.contains { $0.namespaceToken == .unknown && $0.isNamed("retract", retractions) }
    }

    private static let retractions = "urn:xmpp:message-retract:1"

    private enum Content {
        case wanted
        case refused
        case other
    }

    private static func content(_ element: XMLElement) -> Content {
        switch element.namespaceToken {
        case .clientNamespace: return element.nameToken == .body ? .wanted : .other
        case hints:
            return switch ProcessingHint(rawValue: element.name) {
            case .noStore, .noPermanentStore: .refused
            case .store: .wanted
            case .noCopy, nil: .other
            }
        // To ask for a receipt or a marker means something only beside a body.
        case receipts: return element.name == "received" ? .wanted : .other
        case markers: return element.name == "markable" ? .other : .wanted
        case reactions, corrections, invitations: return .wanted
        case mucUser: return element.child("invite", MUC.userNamespace) == nil ? .other : .wanted
        case .unknown:
            // Retractions; and encrypted content (XEP-0380), which has a body as a rule, but need not.
            return element.namespace == retractions || element.namespace == "urn:xmpp:eme:0"
                ? .wanted : .other
        default: return .other
        }
    }

    private static let hints = XMLToken(ProcessingHint.namespace)
    private static let receipts = XMLToken(DeliveryReceipt.namespace)
    private static let markers = XMLToken("urn:xmpp:chat-markers:0")
    private static let reactions = XMLToken("urn:xmpp:reactions:0")
    private static let corrections = XMLToken("urn:xmpp:message-correct:0")
    private static let invitations = XMLToken(DirectInvitation.namespace)
    private static let mucUser = XMLToken(MUC.userNamespace)
}
