//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// The company state somebody is in, beside `<show/>` and `<status/>` in presence (Switchboard, Presence States).
package struct CompanyPresenceState: Payload, Equatable {
    package static let namespace = "urn:switchboard:presence:1"
    /// The node of the ad-hoc command that sets a state.
    package static let setCommandNode = "urn:switchboard:presence:1#set"

    /// The id of a state of the catalogue, such as `lunch`.
    package var id: String
    /// Since when; clients leave it out.
    package var since: Timestamp?

    package init(_ id: String, since: Timestamp? = nil) {
        self.id = id
        self.since = since
    }

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("state", Self.namespace)
        id = try element.required("id")
        guard !id.isEmpty else { throw PayloadError("state", "empty 'id'") }
        since = try element.timestamp("since")
    }

    package var element: XMLElement {
        XMLElement("state", Self.namespace, ["id": id, "since": since?.description])
    }

    /// On whose behalf the bridge sets a state, in the command's request.
    package struct Principal: Payload, Equatable {
        package var jid: JID

        package init(_ jid: JID) {
            self.jid = jid
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("for", CompanyPresenceState.namespace)
            jid = try element.requiredJID("jid")
        }

        package var element: XMLElement {
            XMLElement("for", CompanyPresenceState.namespace, ["jid": jid.description])
        }
    }
}
