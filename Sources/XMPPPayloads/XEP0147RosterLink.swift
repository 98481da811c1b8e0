//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// A link that puts a contact into the contact list of whoever opens it (XEP-0147 §4.6, RFC 5122).
package struct RosterLink: Hashable, Sendable, CustomStringConvertible {
    package let jid: JID
    package let name: String
    package let group: String

    package init(_ jid: JID, name: String, group: String) {
        self.jid = jid.bare
        self.name = name
        self.group = group
    }

    package var description: String {
        "xmpp:\(jid.uriPath)?roster;name=\(JID.uriEscaped(name));group=\(JID.uriEscaped(group))"
    }
}
