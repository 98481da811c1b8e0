//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// What is worth keeping for later (XEP-0160 §3, XEP-0334 §4).
enum OfflinePolicy {
    static func keeps(_ stanza: Stanza) -> Bool {
        guard stanza.kind == .message, stanza.type == .normal || stanza.type == .chat else { return false }
        var isAskedFor = false
        // A chat state alone is of no use later; anything else may be. Hints and threads are about a message, not one.
        var isOfUse = false
        for child in stanza.content.children {
            switch child.namespaceToken {
            case hints:
                switch ProcessingHint(rawValue: child.name) {
                case .noStore: return false
                case .store: isAskedFor = true
                case .noPermanentStore, .noCopy, nil: break
                }
            case chatStates: break
            case .clientNamespace where child.nameToken != .body: isOfUse = isOfUse || child.name != "thread"
            default: isOfUse = true
            }
        }
        return isAskedFor || isOfUse
    }

    private static let hints = XMLToken(ProcessingHint.namespace)
    private static let chatStates = XMLToken(ChatState.namespace)
}
