//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What an entity is and can do (XEP-0030 Service Discovery §3, with the forms of XEP-0128).
package struct DiscoveryInfo: Payload, Equatable {
    package static let namespace = "http://jabber.org/protocol/disco#info"

    /// What an entity is. Registered categories and types are in the XMPP Registrar's list.
    package struct Identity: Hashable, Sendable {
        package var category: String
        package var type: String
        package var name: String?
        package var language: String?

        package init(category: String, type: String, name: String? = nil, language: String? = nil) {
            self.category = category
            self.type = type
            self.name = name
            self.language = language
        }
    }

    package var node: String?
    package var identities: [Identity]
    package var features: [String]
    /// Extended information (XEP-0128).
    package var forms: [DataForm]

    package init(
        node: String? = nil, identities: [Identity] = [], features: [String] = [], forms: [DataForm] = []
    ) {
        self.node = node
        self.identities = identities
        self.features = features
        self.forms = forms
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("query", Self.namespace)
        node = element["node"]
        identities = []
        features = []
        forms = []
        for child in element.children("identity", Self.namespace) {
            identities.append(
                Identity(
                    category: try child.required("category"), type: try child.required("type"), name: child["name"],
                    language: child.language))
        }
        for child in element.children("feature", Self.namespace) { features.append(try child.required("var")) }
        for child in element.children("x", DataForm.namespace) { forms.append(try DataForm(child)) }
    }

    package var element: XMLElement {
        XMLElement("query", Self.namespace, ["node": node]) {
            identities.map { identity in
                XMLElement(
                    "identity", Self.namespace,
                    [
                        "category": identity.category, "type": identity.type, "name": identity.name,
                        "xml:lang": identity.language,
                    ])
            }
            features.map { XMLElement("feature", Self.namespace, ["var": $0]) }
            forms.map(\.element)
        }
    }
}

/// What is to be found at an entity (XEP-0030 Service Discovery §4).
package struct DiscoveryItems: Payload, Equatable {
    package static let namespace = "http://jabber.org/protocol/disco#items"

    /// An entity, or a node of one.
    package struct Item: Hashable, Sendable {
        package var jid: JID
        package var node: String?
        package var name: String?

        package init(_ jid: JID, node: String? = nil, name: String? = nil) {
            self.jid = jid
            self.node = node
            self.name = name
        }
    }

    package var node: String?
    package var items: [Item]

    package init(node: String? = nil, items: [Item] = []) {
        self.node = node
        self.items = items
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("query", Self.namespace)
        node = element["node"]
        items = []
        for child in element.children("item", Self.namespace) {
            items.append(Item(try child.requiredJID("jid"), node: child["node"], name: child["name"]))
        }
    }

    package var element: XMLElement {
        XMLElement("query", Self.namespace, ["node": node]) {
            items.map { item in
                XMLElement(
                    "item", Self.namespace, ["jid": item.jid.description, "node": item.node, "name": item.name])
            }
        }
    }
}
