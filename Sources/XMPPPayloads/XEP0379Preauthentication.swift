//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// The token of an invitation: in a request to become a contact (XEP-0379 Pre-Authenticated Roster Subscription), or
/// before making an account (XEP-0445 Pre-Authenticated In-Band Registration).
package struct Preauthentication: Payload, Equatable {
    package static let namespace = "urn:xmpp:pars:0"
    /// Advertises registration by invitation in stream features (XEP-0445 §3).
    package static let feature = XMLElement("register", "urn:xmpp:ibr-token:0")

    package var token: String

    package init(token: String) {
        self.token = token
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("preauth", Self.namespace)
        token = try element.required("token")
    }

    package var element: XMLElement { XMLElement("preauth", Self.namespace, ["token": token]) }
}
