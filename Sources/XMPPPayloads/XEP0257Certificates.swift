//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// What a client asks about the certificates of its account (XEP-0257 Client Certificate Management for SASL EXTERNAL).
package enum CertificateManagement: Payload, Equatable {
    package static let namespace = "urn:xmpp:saslcert:1"

    /// Adds a certificate: DER in base64. Who logs in with it may change the list unless `manages` is false.
    case append(name: String, certificate: String, manages: Bool)
    case items
    /// It can be used no more.
    case disable(name: String)
    /// The same, and whoever uses it is thrown out.
    case revoke(name: String)

    package init(_ element: XMLElement) throws(PayloadError) {
        guard element.namespace == Self.namespace else {
            throw PayloadError(element.name, "no management of certificates")
        }
        switch element.name {
        case "append":
            guard let certificate = element.child("x509cert", Self.namespace)?.text else {
                throw PayloadError("append", "no certificate")
            }
            self = .append(
                name: try Self.name(in: element), certificate: String(certificate.filter { !$0.isWhitespace }),
                manages: element.child("no-cert-management", Self.namespace) == nil)
        case "items": self = .items
        case "disable": self = .disable(name: try Self.name(in: element))
        case "revoke": self = .revoke(name: try Self.name(in: element))
        default: throw PayloadError(element.name, "unknown")
        }
    }

    private static func name(in element: XMLElement) throws(PayloadError) -> String {
        guard let name = element.child("name", namespace)?.text, !name.isEmpty else {
            throw PayloadError(element.name, "no name")
        }
        return name
    }

    package var element: XMLElement {
        func element(_ name: String, _ text: String) -> XMLElement { XMLElement(name, Self.namespace, text: text) }
        switch self {
        case .append(let name, let certificate, let manages):
            return XMLElement("append", Self.namespace) {
                element("name", name)
                if !manages { XMLElement("no-cert-management", Self.namespace) }
                element("x509cert", certificate)
            }
        case .items: return XMLElement("items", Self.namespace)
        case .disable(let name): return XMLElement("disable", Self.namespace) { element("name", name) }
        case .revoke(let name): return XMLElement("revoke", Self.namespace) { element("name", name) }
        }
    }
}

/// The certificates of an account (XEP-0257 §2.2).
package struct CertificateList: Payload, Equatable {
    package struct Item: Sendable, Equatable {
        package var name: String
        /// DER in base64.
        package var certificate: String
        /// Resources that are logged in with it.
        package var resources: [String]

        package init(name: String, certificate: String, resources: [String] = []) {
            self.name = name
            self.certificate = certificate
            self.resources = resources
        }
    }

    package var items: [Item]

    package init(items: [Item]) {
        self.items = items
    }

    private static let namespace = CertificateManagement.namespace

    package init(_ element: XMLElement) throws(PayloadError) {
        guard element.isNamed("items", Self.namespace) else { throw PayloadError(element.name, "no certificates") }
        var items: [Item] = []
        for item in element.children("item", Self.namespace) {
            guard let name = item.child("name", Self.namespace)?.text,
                let certificate = item.child("x509cert", Self.namespace)?.text
            else { throw PayloadError("item", "no name or no certificate") }
            let users = item.child("users", Self.namespace)?.children("resource", Self.namespace) ?? []
            items.append(
                Item(
                    name: name, certificate: String(certificate.filter { !$0.isWhitespace }),
                    resources: users.map(\.text)))
        }
        self.items = items
    }

    package var element: XMLElement {
        XMLElement("items", Self.namespace) {
            items.map { item in
                XMLElement("item", Self.namespace) {
                    XMLElement("name", Self.namespace, text: item.name)
                    XMLElement("x509cert", Self.namespace, text: item.certificate)
                    if !item.resources.isEmpty {
                        XMLElement("users", Self.namespace) {
                            item.resources.map { XMLElement("resource", Self.namespace, text: $0) }
                        }
                    }
                }
            }
        }
    }
}
