//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Contacts that somebody else's contact list is suggested to take (XEP-0144 Roster Item Exchange §3.1).
package struct RosterExchange: Payload, Equatable {
    package static let namespace = "http://jabber.org/protocol/rosterx"

    package struct Item: Hashable, Sendable {
        package enum Action: String, Sendable, CaseIterable {
            case add, delete, modify
        }

        package var jid: JID
        package var name: String?
        package var groups: [String]
        package var action: Action

        package init(_ jid: JID, name: String? = nil, groups: [String] = [], action: Action = .add) {
            self.jid = jid
            self.name = name
            self.groups = groups
            self.action = action
        }
    }

    package var items: [Item]

    package init(items: [Item]) {
        self.items = items
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("x", Self.namespace)
        items = []
        for child in element.children("item", Self.namespace) {
            items.append(
                Item(
                    try child.requiredJID("jid"), name: child["name"],
                    groups: child.children("group", Self.namespace).map(\.text),
                    // Without one it is an addition (§6).
                    action: try child.value("action") ?? .add))
        }
    }

    package var element: XMLElement {
        XMLElement("x", Self.namespace) {
            items.map { item in
                XMLElement(
                    "item", Self.namespace,
                    ["action": item.action.rawValue, "jid": item.jid.description, "name": item.name]
                ) {
                    item.groups.map { XMLElement("group", Self.namespace, text: $0) }
                }
            }
        }
    }
}
