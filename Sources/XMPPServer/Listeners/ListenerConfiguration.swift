//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A port that is listened on.
package struct ListenerConfiguration: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Clients, with STARTTLS (RFC 6120 §5).
        case client
        /// Clients, TLS from the first byte (XEP-0368).
        case clientTLS
        /// Clients without TLS: only where the operator asks for it, on a network of his own.
        case clientPlain
        /// Other servers, with STARTTLS (RFC 6120 §5).
        case server
        /// Other servers, TLS from the first byte (XEP-0368).
        case serverTLS
        /// Components (XEP-0114).
        case component
        /// Health and metrics over plain HTTP.
        case health
    }

    package var name: String
    package var kind: Kind
    /// An IP address.
    package var address: String
    package var port: Int

    package init(name: String, kind: Kind, address: String, port: Int) {
        self.name = name
        self.kind = kind
        self.address = address
        self.port = port
    }
}

/// A port could not be opened.
package struct ListenerError: Error, Sendable, CustomStringConvertible {
    package let listener: ListenerConfiguration
    package let reason: String

    package var description: String {
        "Listener \(listener.name): \(listener.address):\(listener.port) cannot be opened: \(reason)."
    }
}
