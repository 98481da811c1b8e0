//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// The extensible profile of SASL (XEP-0388). Data of mechanisms stays in base64 here.
package enum SASL2 {
    package static let namespace = "urn:xmpp:sasl:2"

    /// The stream feature (XEP-0388 §2.1).
    package struct Feature: Payload, Equatable {
        package var mechanisms: [String]
        /// Features that can be negotiated with the authentication.
        package var inline: [XMLElement]
        /// Names of upgrade tasks (XEP-0480 §2.1).
        package var upgrades: [String]

        package init(mechanisms: [String], inline: [XMLElement] = [], upgrades: [String] = []) {
            self.mechanisms = mechanisms
            self.inline = inline
            self.upgrades = upgrades
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("authentication", namespace)
            mechanisms = element.children("mechanism", namespace).map(\.trimmedText)
            inline = element.child("inline", namespace).map { Array($0.children) } ?? []
            upgrades = SASLUpgrade.names(in: element)
            guard !mechanisms.isEmpty else { throw PayloadError("authentication", "no mechanism") }
        }

        package var element: XMLElement {
            XMLElement("authentication", namespace) {
                mechanisms.map { XMLElement("mechanism", namespace, text: $0) }
                if !inline.isEmpty { XMLElement("inline", namespace) { inline } }
                upgrades.map(SASLUpgrade.element)
            }
        }
    }

    /// A client begins (XEP-0388 §2.3).
    package struct Authenticate: Payload, Equatable {
        package var mechanism: String
        /// Nil if the client waits for a challenge; empty if it sent nothing in it.
        package var initialResponse: String?
        package var userAgent: UserAgent?
        /// Features wanted together with the authentication, in their order.
        package var inline: [XMLElement]

        package init(
            mechanism: String, initialResponse: String? = nil, userAgent: UserAgent? = nil, inline: [XMLElement] = []
        ) {
            self.mechanism = mechanism
            self.initialResponse = initialResponse
            self.userAgent = userAgent
            self.inline = inline
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("authenticate", namespace)
            mechanism = try element.required("mechanism")
            initialResponse = element.child("initial-response", namespace)?.trimmedText
            if let agent = element.child("user-agent", namespace) { userAgent = try UserAgent(agent) }
            inline = element.foreignChildren
        }

        package var element: XMLElement {
            XMLElement("authenticate", namespace, ["mechanism": mechanism]) {
                if let initialResponse { XMLElement("initial-response", namespace, text: initialResponse) }
                if let userAgent { userAgent.element }
                inline
            }
        }
    }

    /// A challenge or the response to one (XEP-0388 §2.4).
    package struct Exchange: Payload, Equatable {
        package enum Kind: String, Sendable, CaseIterable { case challenge, response }

        package var kind: Kind
        package var data: String

        package init(_ kind: Kind, data: String) {
            self.kind = kind
            self.data = data
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            guard element.namespace == namespace, let kind = Kind(rawValue: element.name) else {
                throw PayloadError(element.name, "expected challenge or response")
            }
            self.kind = kind
            data = element.trimmedText
        }

        package var element: XMLElement { XMLElement(kind.rawValue, namespace, text: data) }
    }

    /// The client is authenticated (XEP-0388 §2.6.1).
    package struct Success: Payload, Equatable {
        package var additionalData: String?
        /// Bare, or full if a resource was bound.
        package var authorizationIdentifier: JID
        /// What came of the inline features, in its order.
        package var inline: [XMLElement]

        package init(_ identifier: JID, additionalData: String? = nil, inline: [XMLElement] = []) {
            authorizationIdentifier = identifier
            self.additionalData = additionalData
            self.inline = inline
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("success", namespace)
            guard let identifier = element.child("authorization-identifier", namespace) else {
                throw PayloadError("success", "no authorization-identifier")
            }
            authorizationIdentifier = try identifier.textJID()
            additionalData = element.child("additional-data", namespace)?.trimmedText
            inline = element.foreignChildren
        }

        package var element: XMLElement {
            XMLElement("success", namespace) {
                if let additionalData { XMLElement("additional-data", namespace, text: additionalData) }
                XMLElement("authorization-identifier", namespace, text: authorizationIdentifier.description)
                inline
            }
        }
    }
}
