//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Asks for notifications of one push service (XEP-0357 Push Notifications §5).
package struct PushEnabling: Payload, Equatable {
    package static let namespace = "urn:xmpp:push:0"
    /// The type of the form that goes with every notification.
    package static let optionsType = "http://jabber.org/protocol/pubsub#publish-options"

    package var service: JID
    package var node: String
    /// What the service wants to be told with every notification.
    package var options: DataForm?

    package init(service: JID, node: String, options: DataForm? = nil) {
        self.service = service
        self.node = node
        self.options = options
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("enable", Self.namespace)
        service = try element.requiredJID("jid")
        node = try element.required("node")
        guard !node.isEmpty else { throw PayloadError("enable", "an empty 'node'") }
        guard let form = element.child("x", DataForm.namespace) else { return }
        let options = try DataForm(form)
        guard options.kind == .submit, options.formType == Self.optionsType else {
            throw PayloadError("enable", "a form that is none of publish options")
        }
        self.options = options
    }

    package var element: XMLElement {
        XMLElement("enable", Self.namespace, ["jid": service.description, "node": node]) {
            if let options { options.element }
        }
    }
}

/// Asks for no more notifications of a push service (XEP-0357 §6).
package struct PushDisabling: Payload, Equatable {
    package var service: JID
    /// Nil: all nodes of the service.
    package var node: String?

    package init(service: JID, node: String? = nil) {
        self.service = service
        self.node = node
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("disable", PushEnabling.namespace)
        service = try element.requiredJID("jid")
        node = element["node"]
    }

    package var element: XMLElement {
        XMLElement("disable", PushEnabling.namespace, ["jid": service.description, "node": node])
    }
}

/// Tells a push service that something has come for a device (XEP-0357 §7): the whole publish request.
package struct PushNotification: Payload, Equatable {
    package static let pubsubNamespace = "http://jabber.org/protocol/pubsub"
    package static let summaryType = "urn:xmpp:push:summary"

    package var node: String
    /// Messages that the device has not got.
    package var messageCount: Int?
    package var lastSender: JID?
    package var lastBody: String?
    /// What was given when the service was enabled.
    package var options: DataForm?

    package init(
        node: String, messageCount: Int? = nil, lastSender: JID? = nil, lastBody: String? = nil,
        options: DataForm? = nil
    ) {
        self.node = node
        self.messageCount = messageCount
        self.lastSender = lastSender
        self.lastBody = lastBody
        self.options = options
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("pubsub", Self.pubsubNamespace)
        guard let publish = element.child("publish", Self.pubsubNamespace),
            let item = publish.child("item", Self.pubsubNamespace),
            let notification = item.child("notification", PushEnabling.namespace)
        else { throw PayloadError("pubsub", "no notification") }
        node = try publish.required("node")
        if let form = notification.child("x", DataForm.namespace) {
            let summary = try DataForm(form)
            guard summary.formType == Self.summaryType else { throw PayloadError("notification", "no summary") }
            if let text = summary["message-count"] {
                guard let count = Int(text), count >= 0 else { throw PayloadError("notification", "no count") }
                messageCount = count
            }
            if let text = summary["last-message-sender"] {
                guard let sender = try? JID(text) else { throw PayloadError("notification", "no address") }
                lastSender = sender
            }
            lastBody = summary["last-message-body"]
        }
        if let form = element.child("publish-options", Self.pubsubNamespace)?.child("x", DataForm.namespace) {
            options = try DataForm(form)
        }
    }

    package var element: XMLElement {
        XMLElement("pubsub", Self.pubsubNamespace) {
            XMLElement("publish", Self.pubsubNamespace, ["node": node]) {
                XMLElement("item", Self.pubsubNamespace) {
                    XMLElement("notification", PushEnabling.namespace) { if let summary { summary.element } }
                }
            }
            if let options {
                XMLElement("publish-options", Self.pubsubNamespace) { options.element }
            }
        }
    }

    /// Nil if there is nothing to tell but that something has come.
    private var summary: DataForm? {
        var fields: [DataForm.Field] = []
        if let messageCount { fields.append(.init("message-count", values: [String(messageCount)])) }
        if let lastSender { fields.append(.init("last-message-sender", values: [lastSender.description])) }
        if let lastBody { fields.append(.init("last-message-body", values: [lastBody])) }
        guard !fields.isEmpty else { return nil }
        return DataForm(
            .submit, fields: [.init(DataForm.formTypeField, values: [Self.summaryType])] + fields)
    }
}
