//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Binding a resource to a stream (RFC 6120 §7).
package enum ResourceBinding: Payload, Equatable {
    /// The client asks; nil leaves the name to the server. The name is not prepared yet.
    case request(resource: String?)
    /// The server answers with the full address.
    case result(JID)

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("bind", Namespace.bind)
        if let jid = element.child("jid", Namespace.bind) {
            let jid = try jid.textJID()
            guard !jid.isBare else { throw PayloadError("jid", "no resource") }
            self = .result(jid)
        } else {
            let resource = element.childText("resource")
            self = .request(resource: resource?.isEmpty == true ? nil : resource)
        }
    }

    package var element: XMLElement {
        XMLElement("bind", Namespace.bind) {
            switch self {
            case .request(let resource):
                if let resource { XMLElement("resource", Namespace.bind, text: resource) }
            case .result(let jid): XMLElement("jid", Namespace.bind, text: jid.description)
            }
        }
    }
}

/// The session of RFC 3921, which does nothing any more; old clients still ask for it.
package struct SessionEstablishment: Payload, Equatable {
    /// Advertises that it does nothing.
    package static let feature = XMLElement("session", Namespace.session) {
        XMLElement("optional", Namespace.session)
    }

    package init() {}

    package init(_ element: XMLElement) throws(PayloadError) {
        try element.expect("session", Namespace.session)
    }

    package var element: XMLElement { XMLElement("session", Namespace.session) }
}
