//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Proof of a domain by asking the domain itself (XEP-0220 Server Dialback).
package enum Dialback {
    package static let namespace = "jabber:server:dialback"
    package static let featureNamespace = "urn:xmpp:features:dialback"

    /// Says in the stream's features that errors are understood (XEP-0220 §2.4).
    package static let feature = XMLElement("dialback", featureNamespace) { XMLElement("errors", featureNamespace) }

    /// What an element of dialback says.
    package enum Content: Sendable, Equatable {
        /// It asks: the key.
        case key(String)
        case valid
        case invalid
        /// It could not be found out (XEP-0220 §2.4).
        case error(StanzaError)
    }

    /// `<db:result/>`: may I send from this domain to that one?
    package struct Result: Payload, Equatable {
        package var from: JID
        package var to: JID
        package var content: Content

        package init(from: JID, to: JID, _ content: Content) {
            self.from = from
            self.to = to
            self.content = content
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("result", namespace)
            from = try domain("from", of: element)
            to = try domain("to", of: element)
            content = try Dialback.content(of: element)
        }

        package var element: XMLElement { Dialback.element("result", from, to, id: nil, content) }

        /// The element with the prefix `db:`, which a stream header has to bind: some servers know no other.
        package var text: String { Dialback.text("result", from, to, id: nil, content) }
    }

    /// `<db:verify/>`: is this key yours?
    package struct Verification: Payload, Equatable {
        package var from: JID
        package var to: JID
        /// Of the stream on which the key was given.
        package var id: String
        package var content: Content

        package init(from: JID, to: JID, id: String, _ content: Content) {
            self.from = from
            self.to = to
            self.id = id
            self.content = content
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("verify", namespace)
            from = try domain("from", of: element)
            to = try domain("to", of: element)
            id = try element.required("id")
            content = try Dialback.content(of: element)
        }

        package var element: XMLElement { Dialback.element("verify", from, to, id: id, content) }

        /// The element with the prefix `db:`, which a stream header has to bind.
        package var text: String { Dialback.text("verify", from, to, id: id, content) }
    }

    private static func domain(_ attribute: String, of element: XMLElement) throws(PayloadError) -> JID {
        let jid = try element.requiredJID(attribute)
        guard jid.isDomain else { throw PayloadError(element.name, "'\(attribute)' is no domain") }
        return jid
    }

    private static func content(of element: XMLElement) throws(PayloadError) -> Content {
        switch element["type"] {
        case nil: return .key(element.trimmedText)
        case "valid": return .valid
        case "invalid": return .invalid
        case "error":
            let error = element.child("error", Namespace.client).flatMap { StanzaError($0) }
            return .error(error ?? StanzaError(.undefinedCondition))
        default: throw PayloadError(element.name, "'type' has an unknown value")
        }
    }

    private static func type(_ content: Content) -> String? {
        switch content {
        case .key: nil
        case .valid: "valid"
        case .invalid: "invalid"
        case .error: "error"
        }
    }

    private static func element(
        _ name: String, in namespace: String = namespace, _ from: JID, _ to: JID, id: String?, _ content: Content
    ) -> XMLElement {
        XMLElement(
            name, namespace, ["from": from.description, "to": to.description, "id": id, "type": type(content)]
        ) {
            switch content {
            case .key(let key): key
            case .error(let error): error.element
            case .valid, .invalid: [] as [XMLElement]
            }
        }
    }

    /// Written as an element of the stream's content namespace, with the prefix put in and its declaration taken out.
    private static func text(_ name: String, _ from: JID, _ to: JID, id: String?, _ content: Content) -> String {
        let plain = element(name, in: Namespace.client, from, to, id: id, content).xmlString
        let opening = "<\(name) xmlns='\(Namespace.client)'"
        let end = "</\(name)>"
        var rest = plain.dropFirst(opening.count)
        guard rest.hasSuffix(end) else { return "<db:\(name)" + rest }
        rest = rest.dropLast(end.count)
        return "<db:\(name)" + rest + "</db:\(name)>"
    }
}
