//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPTLS

/// Why another server could not be reached, or not be spoken to.
struct OutgoingFailure: Error, Sendable, Equatable, CustomStringConvertible {
    enum Kind: String, Sendable {
        /// There is no such server.
        case notFound = "not-found"
        /// No connection, or one that broke.
        case connection
        /// It has no TLS.
        case tls
        /// Its certificate proves nothing, and the rule asks for one that does.
        case certificate
        /// It does not believe that we are who we are.
        case refused
        /// It does not speak as it should.
        case protocolViolation = "protocol"
        /// It has ended the stream with an error.
        case streamError = "stream-error"
        /// It took too long.
        case timeout
        /// The rules or the state of this server do not allow it.
        case policy
    }

    let kind: Kind
    /// For operators: it may name addresses and what answers there, which is nobody else's business.
    let reason: String

    init(_ kind: Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }

    /// Why a connection has failed: TLS is to blame only if both sides could not agree, not if the other server died.
    init(connection error: any Error) {
        let isTLS =
            switch (error as? TLSError)?.kind {
            case .handshakeFailed, .certificateRejected: true
            default: false
            }
        self.init(isTLS ? .tls : .connection, "\(error)")
    }

    /// Why an attempt to reach a server has come to nothing.
    init(attempt error: any Error) {
        switch error {
        case let error as OutgoingFailure: self = error
        case let error as PeerConnectError: self.init(error.isNotFound ? .notFound : .connection, error.description)
        case is JIDError: self.init(.notFound, "This is no domain.")
        case is CancellationError: self.init(.connection, "This server is being shut down.")
        default: self.init(.connection, "\(error)")
        }
    }

    /// Whether waiting would not help: somebody has to change something first, and senders are better told at once.
    var isFinal: Bool {
        switch kind {
        case .notFound, .tls, .certificate, .refused, .policy: true
        case .connection, .protocolViolation, .streamError, .timeout: false
        }
    }

    /// Whether another server of the same domain may do better.
    var isOfOneServer: Bool {
        switch kind {
        case .connection, .tls, .certificate, .protocolViolation, .streamError, .timeout: true
        case .notFound, .refused, .policy: false
        }
    }

    var description: String { "\(kind.rawValue): \(reason)" }

    /// What senders are told (RFC 6120 §10.4).
    var stanzaError: StanzaError {
        switch kind {
        case .notFound: StanzaError(.remoteServerNotFound, text: text)
        case .policy: StanzaError(.notAllowed, text: text)
        default: StanzaError(.remoteServerTimeout, text: text)
        }
    }

    /// For users and strangers.
    private var text: String {
        switch kind {
        case .notFound: "There is no server of this domain."
        case .connection, .timeout: "The server cannot be reached."
        case .tls: "No encrypted connection to the server can be made."
        case .certificate: "The server's certificate does not prove who it is."
        case .refused: "The server does not believe that this one is who it is."
        case .protocolViolation, .streamError: "The server does not speak as it should."
        case .policy: "The rules of this server do not allow it."
        }
    }

    /// What another server is told that wants to be called back (XEP-0220 §2.4).
    var dialbackError: StanzaError {
        switch kind {
        case .connection, .tls, .timeout: StanzaError(.remoteServerTimeout, text: text)
        default: StanzaError(.remoteServerNotFound, text: text)
        }
    }
}
