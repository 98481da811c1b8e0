//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Tokens in exchange for passwords (XEP-0484 Fast Authentication Streamlining Tokens).
package enum FAST {
    package static let namespace = "urn:xmpp:fast:0"

    /// Within the inline features of XEP-0388 (XEP-0484 §3.1).
    package struct Feature: Payload, Equatable {
        package var mechanisms: [String]
        /// Tokens may come in the early data of TLS.
        package var takesEarlyData: Bool

        package init(mechanisms: [String], takesEarlyData: Bool = false) {
            self.mechanisms = mechanisms
            self.takesEarlyData = takesEarlyData
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("fast", namespace)
            mechanisms = element.children("mechanism", namespace).map(\.trimmedText)
            takesEarlyData = try element.boolean("tls-0rtt")
            guard !mechanisms.isEmpty else { throw PayloadError("fast", "no mechanism") }
        }

        package var element: XMLElement {
            XMLElement("fast", namespace, ["tls-0rtt": takesEarlyData.attribute]) {
                mechanisms.map { XMLElement("mechanism", namespace, text: $0) }
            }
        }
    }

    /// The client wants a token (XEP-0484 §3.2).
    package struct RequestToken: Payload, Equatable {
        package var mechanism: String

        package init(mechanism: String) { self.mechanism = mechanism }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("request-token", namespace)
            mechanism = try element.required("mechanism")
        }

        package var element: XMLElement { XMLElement("request-token", namespace, ["mechanism": mechanism]) }
    }

    /// The server gives one (XEP-0484 §3.3).
    package struct Token: Payload, Equatable {
        package var token: String
        package var expiry: Timestamp

        package init(_ token: String, expiry: Timestamp) {
            self.token = token
            self.expiry = expiry
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("token", namespace)
            token = try element.required("token")
            guard let expiry = try element.timestamp("expiry") else { throw PayloadError("token", "no 'expiry'") }
            self.expiry = expiry
        }

        package var element: XMLElement {
            XMLElement("token", namespace, ["token": token, "expiry": expiry.description])
        }
    }

    /// The client uses one (XEP-0484 §3.4).
    package struct Use: Payload, Equatable {
        /// Goes up with each use of the token.
        package var count: Int64?
        /// It is to be the last use of this token (XEP-0484 §3.6).
        package var invalidates: Bool

        package init(count: Int64? = nil, invalidates: Bool = false) {
            self.count = count
            self.invalidates = invalidates
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("fast", namespace)
            count = try element.number("count", in: 0...Int64.max)
            invalidates = try element.boolean("invalidate")
        }

        package var element: XMLElement {
            XMLElement(
                "fast", namespace, ["count": count.map { String($0) }, "invalidate": invalidates.attribute])
        }
    }
}
