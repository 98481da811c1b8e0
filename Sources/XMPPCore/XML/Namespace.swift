//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Namespaces of the core specifications. A payload's own namespace stands with the payload.
package enum Namespace {
    /// RFC 6120 §4.8.2. `jabber:server` and `jabber:component:accept` are read as this one, too: inside the server a
    /// stanza has one content namespace, whatever stream it came from.
    package static let client = "jabber:client"
    package static let server = "jabber:server"
    /// XEP-0114 §3
    package static let component = "jabber:component:accept"
    /// RFC 6120 §4.8.1
    package static let streams = "http://etherx.jabber.org/streams"
    /// RFC 6120 §5
    package static let tls = "urn:ietf:params:xml:ns:xmpp-tls"
    /// RFC 6120 §6
    package static let sasl = "urn:ietf:params:xml:ns:xmpp-sasl"
    /// RFC 6120 §7
    package static let bind = "urn:ietf:params:xml:ns:xmpp-bind"
    /// RFC 3921 §3; kept as an optional no-op for old clients
    package static let session = "urn:ietf:params:xml:ns:xmpp-session"
    /// RFC 6120 §8.3.2
    package static let stanzaErrors = "urn:ietf:params:xml:ns:xmpp-stanzas"
    /// RFC 6120 §4.9.2
    package static let streamErrors = "urn:ietf:params:xml:ns:xmpp-streams"
    /// RFC 6121 §2
    package static let roster = "jabber:iq:roster"
    /// XML 1.0 §2.12, bound by definition
    package static let xml = "http://www.w3.org/XML/1998/namespace"
}
