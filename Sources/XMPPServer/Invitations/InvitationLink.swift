//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// The address that an invitation is handed on as (XEP-0401 §3, XEP-0445 §2).
package struct InvitationLink: Sendable, Equatable {
    /// `xmpp:…`, for a client.
    package let uri: String

    /// To make an account: any of the host, or a certain one.
    package init(registering account: JID, token: InvitationToken) {
        uri = "xmpp:\(account.uriPath)?register;preauth=\(token.text)"
    }

    /// To become somebody's contact, and, if `registers`, to make an account first where there is none.
    package init(befriending inviter: JID, token: InvitationToken, registers: Bool) {
        uri = "xmpp:\(inviter.uriPath)?roster;preauth=\(token.text)\(registers ? ";ibr=y" : "")"
    }

    /// The same on a web page, for who has no client yet: what a browser keeps to itself says which (XEP-0379 §3.3).
    package func page(at base: String) -> String {
        base + (base.contains("#") ? "" : "#") + uri.dropFirst("xmpp:".count)
    }
}
