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
        let hints = ProcessingHint.hints(in: stanza.content)
        if hints.contains(.noStore) { return false }
        if hints.contains(.store) { return true }
        // A chat state alone is of no use later; anything else may be. Hints and threads are about a message, not one.
        return stanza.content.children.contains { child in
            child.namespace != ChatState.namespace && child.namespace != ProcessingHint.namespace
                && !child.isNamed("thread", Namespace.client)
        }
    }
}
