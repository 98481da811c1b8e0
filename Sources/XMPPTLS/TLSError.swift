//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What went wrong with a certificate, a key or a TLS session.
///
/// `description` is one line for an operator: the file, the reason and how to mend it. None of it is sent to a peer.
package struct TLSError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        // Loading
        /// The file cannot be opened or read.
        case unreadable
        /// The file holds no PEM of the kind that is needed.
        case notPEM
        /// The private key is protected by a passphrase.
        case encryptedKey
        /// The private key does not belong to the first certificate of the chain.
        case keyMismatch
        /// OpenSSL refuses the certificate, for example because its key is too short.
        case unusableCertificate
        /// The certificates of trusted authorities cannot be loaded.
        case trustRoots
        /// OpenSSL lacks something we need or is out of memory.
        case library

        // Sessions
        /// The handshake failed: no common version or cipher, bad bytes, an alert of the peer.
        case handshakeFailed
        /// The peer's certificate is not trusted or is for another name.
        case certificateRejected
        /// The connection ended before the handshake did.
        case interrupted
        /// The connection ended without close_notify: what came last may be cut off.
        case uncleanShutdown
        /// The peer broke the protocol after the handshake, or one of our limits.
        case protocolViolation
        /// More was written before the end of the handshake than we hold.
        case queueFull
    }

    package let kind: Kind
    /// The file concerned, if any.
    package let file: String?
    package let reason: String
    /// What an operator can do about it.
    package let remedy: String?

    package init(_ kind: Kind, file: String? = nil, reason: String, remedy: String? = nil) {
        self.kind = kind
        self.file = file
        self.reason = reason
        self.remedy = remedy
    }

    package var description: String {
        var text = file.map { "\($0): " } ?? ""
        text += reason
        if let remedy { text += ". \(remedy)" }
        return text
    }
}
