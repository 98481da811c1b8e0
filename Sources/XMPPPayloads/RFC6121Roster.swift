//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A contact list, or a part of it, asked for, changed or pushed (RFC 6121 §2).
package struct RosterQuery: Payload, Equatable {
    /// Advertises roster versioning in stream features (RFC 6121 §2.6.1).
    package static let versioningFeature = XMLElement("ver", "urn:xmpp:features:rosterver")

    /// The version; "" from a client that has none cached but knows versions (RFC 6121 §2.6.2).
    package var version: String?
    package var items: [RosterItem]

    package init(version: String? = nil, items: [RosterItem] = []) {
        self.version = version
        self.items = items
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("query", Namespace.roster)
        version = element["ver"]
        items = []
        for item in element.children("item", Namespace.roster) { items.append(try RosterItem(item)) }
    }

    package var element: XMLElement {
        XMLElement("query", Namespace.roster, ["ver": version]) { items.map(\.element) }
    }
}

/// A contact (RFC 6121 §2.1.2).
package struct RosterItem: Payload, Equatable {
    /// Who sees whose presence (RFC 6121 §2.1.2.5).
    package enum Subscription: String, Sendable, CaseIterable {
        case none
        /// The user sees the contact's.
        case to
        /// The contact sees the user's.
        case from
        case both
        /// Asks to delete the contact, or tells that it was.
        case remove
    }

    package var jid: JID
    /// The user's name for the contact.
    package var name: String?
    /// As sent, repetitions and empty names included: RFC 6121 §2.3.3 has errors for them.
    package var groups: [String]
    package var subscription: Subscription?
    /// The user has asked to see the contact's presence.
    package var isAsking: Bool
    /// The user has allowed a subscription ahead of time.
    package var isApproved: Bool

    package init(
        _ jid: JID, name: String? = nil, groups: [String] = [], subscription: Subscription? = nil,
        isAsking: Bool = false, isApproved: Bool = false
    ) {
        self.jid = jid
        self.name = name
        self.groups = groups
        self.subscription = subscription
        self.isAsking = isAsking
        self.isApproved = isApproved
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("item", Namespace.roster)
        jid = try element.requiredJID("jid")
        name = element["name"]
        groups = element.children("group", Namespace.roster).map(\.text)
        subscription = try element.value("subscription")
        guard element["ask"] == nil || element["ask"] == "subscribe" else {
            throw PayloadError("item", "'ask' has an unknown value")
        }
        isAsking = element["ask"] != nil
        isApproved = try element.boolean("approved")
    }

    package var element: XMLElement {
        XMLElement(
            "item", Namespace.roster,
            [
                "jid": jid.description, "name": name, "subscription": subscription?.rawValue,
                "ask": isAsking ? "subscribe" : nil, "approved": isApproved.attribute,
            ]
        ) {
            groups.map { XMLElement("group", Namespace.roster, text: $0) }
        }
    }
}
