//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Binding a resource together with the authentication (XEP-0386).
package enum Bind2 {
    package static let namespace = "urn:xmpp:bind:0"

    /// What can be enabled with the binding: within the inline features of XEP-0388 (XEP-0386 §4.1).
    package struct Feature: Payload, Equatable {
        /// Namespaces.
        package var inline: [String]

        package init(inline: [String] = []) { self.inline = inline }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("bind", namespace)
            inline = []
            for feature in element.child("inline", namespace)?.children("feature", namespace) ?? [] {
                inline.append(try feature.required("var"))
            }
        }

        package var element: XMLElement {
            XMLElement("bind", namespace) {
                if !inline.isEmpty {
                    XMLElement("inline", namespace) { inline.map { XMLElement("feature", namespace, ["var": $0]) } }
                }
            }
        }
    }

    /// The client asks for a resource (XEP-0386 §4.2).
    package struct Request: Payload, Equatable {
        /// Names the client's software; others see it.
        package var tag: String?
        /// What is to be enabled, in its order.
        package var features: [XMLElement]

        package init(tag: String? = nil, features: [XMLElement] = []) {
            self.tag = tag
            self.features = features
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("bind", namespace)
            tag = element.child("tag", namespace)?.trimmedText
            features = element.foreignChildren
        }

        /// The first request in this namespace.
        package func feature(_ namespace: String) -> XMLElement? { features.first { $0.namespace == namespace } }

        package var element: XMLElement {
            XMLElement("bind", namespace) {
                if let tag { XMLElement("tag", namespace, text: tag) }
                features
            }
        }
    }

    /// A resource is bound; what came of the features.
    package struct Bound: Payload, Equatable {
        package var features: [XMLElement]

        package init(features: [XMLElement] = []) { self.features = features }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("bound", namespace)
            features = element.foreignChildren
        }

        package var element: XMLElement { XMLElement("bound", namespace) { features } }
    }
}
