//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What a client asks of its block list, and what the server tells of changes (XEP-0191 Blocking Command).
package enum BlockingCommand: Payload, Equatable {
    package static let namespace = "urn:xmpp:blocking"
    package static let errorNamespace = "urn:xmpp:blocking:errors"

    /// The list itself (§3.2); a request for it has none.
    case list([JID])
    /// At least one address (§3.3).
    case block([JID])
    /// At least one address (§3.4).
    case unblock([JID])
    /// §3.5
    case unblockAll

    package init(_ element: XMLElement) throws(PayloadError) {
        guard element.namespace == Self.namespace else {
            throw PayloadError(element.name, "expected in namespace \(Self.namespace)")
        }
        var addresses: [JID] = []
        for child in element.children where child.isNamed("item", Self.namespace) {
            addresses.append(try child.requiredJID("jid"))
        }
        switch element.name {
        case "blocklist": self = .list(addresses)
        case "block":
            guard !addresses.isEmpty else { throw PayloadError("block", "names nobody") }
            self = .block(addresses)
        case "unblock": self = addresses.isEmpty ? .unblockAll : .unblock(addresses)
        default: throw PayloadError(element.name, "no blocking command")
        }
    }

    package var element: XMLElement {
        switch self {
        case .list(let addresses): Self.element("blocklist", addresses)
        case .block(let addresses): Self.element("block", addresses)
        case .unblock(let addresses): Self.element("unblock", addresses)
        case .unblockAll: Self.element("unblock", [])
        }
    }

    private static func element(_ name: String, _ addresses: [JID]) -> XMLElement {
        XMLElement(name, namespace) {
            for address in addresses { XMLElement("item", namespace, ["jid": address.description]) }
        }
    }

    /// What tells an error that comes of one's own block list from others (§3.3).
    package static var blocked: XMLElement { XMLElement("blocked", errorNamespace) }
}
