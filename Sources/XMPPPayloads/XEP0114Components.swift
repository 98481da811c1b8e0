//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The names of the Jabber Component Protocol (XEP-0114); the handshake itself is a matter of streams.
package enum ComponentProtocol {
    /// Streams that a component opens to its server.
    package static let acceptNamespace = "jabber:component:accept"
    /// Streams that a server opens to its component.
    package static let connectNamespace = "jabber:component:connect"
    /// The element that proves the shared secret, and confirms it.
    package static let handshakeElement = "handshake"
}
