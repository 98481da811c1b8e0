//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore

/// What only the server may say and a client must not: ids and delays in the host's name (XEP-0359 §5, XEP-0203 §5).
enum ForgedElements {
    /// Whether the stanza holds any. Most do not, and are not touched.
    static func areIn(_ stanza: Stanza, host: String) -> Bool {
        for child in stanza.content.children where isForged(child, host: host) { return true }
        return false
    }

    static func removed(from stanza: Stanza, host: String) -> Stanza {
        let content = stanza.content.removingChildren { isForged($0, host: host) }
        guard var cleaned = try? Stanza(content, kind: stanza.kind, from: nil, to: stanza.to) else { return stanza }
        cleaned.from = stanza.from
        return cleaned
    }

    private static func isForged(_ element: XMLElement, host: String) -> Bool {
        switch element.namespaceToken {
        case stanzaIDs: element.name == "stanza-id" && speaksFor(host, element["by"])
        case delay: speaksFor(host, element["from"])
        default: false
        }
    }

    private static func speaksFor(_ host: String, _ address: String?) -> Bool {
        guard let address, let jid = try? JID(address) else { return false }
        return jid.domain == host
    }

    private static let stanzaIDs = XMLToken("urn:xmpp:sid:0")
    private static let delay = XMLToken("urn:xmpp:delay")
}
