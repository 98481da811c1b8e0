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
        uri = "xmpp:\(Self.address(account))?register;preauth=\(token.text)"
    }

    /// To become somebody's contact, and, if `registers`, to make an account first where there is none.
    package init(befriending inviter: JID, token: InvitationToken, registers: Bool) {
        uri = "xmpp:\(Self.address(inviter))?roster;preauth=\(token.text)\(registers ? ";ibr=y" : "")"
    }

    /// The same on a web page, for who has no client yet: what a browser keeps to itself says which (XEP-0379 §3.3).
    package func page(at base: String) -> String {
        base + (base.contains("#") ? "" : "#") + uri.dropFirst("xmpp:".count)
    }

    /// RFC 5122 §2.7.2: all but unreserved characters are escaped.
    private static func address(_ jid: JID) -> String {
        (jid.local.map { escaped($0) + "@" } ?? "") + escaped(jid.domain, keeping: "[]:")
    }

    private static func escaped(_ text: String, keeping extra: String = "") -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case _ where "-._~".utf8.contains(byte) || extra.utf8.contains(byte):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return result
    }
}
