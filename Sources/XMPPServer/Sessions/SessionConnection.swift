//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
package import XMPPCore
internal import XMPPSASL

/// What is known of the connection that a session has at present.
package struct SessionConnection: Sendable, Equatable {
    /// Where the client is, as the network says.
    package let address: String
    /// Whether TLS is in place.
    package let isSecure: Bool
    /// How the client has logged in, as far as it is known: a SASL mechanism.
    package let mechanism: String?
    /// The fingerprint (SHA-256) of the certificate that it has logged in with.
    package let certificate: [UInt8]?
    /// When the connection was made.
    package let since: Timestamp
    /// When the client was last heard of.
    package let lastHeard: Timestamp
}

extension SessionHandle {
    /// The session's connection; nil if it has none.
    package func connection() async -> SessionConnection? {
        await withCheckedContinuation { continuation in
            link.perform { continuation.resume(returning: ($0 as? ClientSession)?.connection) }
        }
    }
}

extension ClientSession {
    /// What is known of this connection; nil before a resource is bound and after its end.
    var connection: SessionConnection? {
        guard handle != nil, handler != nil else { return nil }
        let (now, clock) = (Timestamp.now().milliseconds, NIODeadline.now())
        func time(_ deadline: NIODeadline) -> Timestamp {
            Timestamp(milliseconds: now - (clock - deadline).nanoseconds / 1_000_000)
        }
        return SessionConnection(
            address: address, isSecure: isSecure, mechanism: mechanism,
            certificate: mechanism == SASLMechanism.external.rawValue ? certificate : nil, since: time(started),
            lastHeard: time(lastRead))
    }
}
