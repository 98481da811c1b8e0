//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// User inbound events of `TLSHandler`.
package enum TLSEvent: Sendable, Equatable {
    /// Everything read from here on came through the session described.
    case handshakeCompleted(TLSSessionInfo)
    /// The peer sent close_notify: nothing more will be read. What is written and flushed while this event is handled
    /// still goes out before our own close_notify.
    case closed
}

/// What was negotiated, read once after the handshake.
package struct TLSSessionInfo: Sendable, Equatable {
    package enum Version: String, Sendable, Comparable {
        case tls12 = "TLSv1.2"
        case tls13 = "TLSv1.3"

        package static func < (left: Version, right: Version) -> Bool { left.rawValue < right.rawValue }
    }

    package let version: Version
    /// OpenSSL's name of the cipher suite, for example `TLS_AES_256_GCM_SHA384`.
    package let cipher: String
    /// The protocol chosen by ALPN (RFC 7301).
    package let applicationProtocol: String?
    /// The name the client asked for (RFC 6066 §3), lower case.
    package let serverName: String?
    /// Whether an earlier session was resumed.
    package let isResumed: Bool
    /// The certificate the peer showed, if any.
    package let peerCertificate: TLSPeerCertificate?
}

/// Types of channel binding (IANA registry) that we can give. Raw values are the registered names.
package enum ChannelBindingType: String, Sendable, Hashable, CaseIterable {
    /// RFC 9266: keying material exported from the session. On TLS 1.2 only with the extended master secret.
    case tlsExporter = "tls-exporter"
    /// RFC 5929 §4: hash of the server's certificate. Works across a TLS terminator with the same certificate.
    case tlsServerEndPoint = "tls-server-end-point"
}
