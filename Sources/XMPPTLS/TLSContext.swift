//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// Where a client (or a server that asks for client certificates) takes its trusted authorities from.
package enum TrustRoots: Sendable, Equatable {
    /// The authorities the operating system trusts.
    case system
    /// A PEM file of certificates.
    case file(String)
}

/// An OpenSSL context: a certificate with its key for servers, trust for clients. Immutable once made.
///
/// TLS 1.2 and later, AEAD ciphers with forward secrecy, X25519 first, no renegotiation, no compression, one session
/// ticket. Sessions hold a reference, so a context may be dropped while connections still use it.
package final class TLSContext: Sendable {
    package enum Role: Sendable, Equatable {
        case server
        /// `verifiesPeer` is false only for tests and for dialback, where the certificate proves nothing.
        case client(verifiesPeer: Bool)
        /// A server that connects to another: the certificate is checked, but nothing is refused in the handshake.
        case peer
    }

    package let role: Role
    /// The DNS names the certificate is for, lower case, wildcards included. Empty for clients.
    package let dnsNames: [String]
    /// Start and end of the certificate's validity in seconds since 1970; 0 for clients.
    package let notBefore: Int64
    package let notAfter: Int64
    /// The file the certificate came from.
    package let file: String?
    /// This certificate's `tls-server-end-point` binding; nil for clients and for certificates that have none.
    let serverEndPoint: [UInt8]?

    // SAFETY: set up completely in init and only read afterwards; SSL_CTX counts its references atomically, and what
    // sessions change in it (ticket keys, statistics) is guarded by OpenSSL's own locks.
    nonisolated(unsafe) let pointer: OpaquePointer

    /// A server's context.
    ///
    /// - `certificateChain`: path of a PEM file: the server's own certificate, then its intermediates.
    /// - `privateKey`: path of a PEM file with its key, without a passphrase.
    /// - `clientRoots`: if set, clients are asked for a certificate, which is checked against these roots but never
    ///   refused (SASL EXTERNAL and dialback decide, XEP-0178). Sessions are then not resumed: each certificate is
    ///   checked anew.
    /// - `asksClients`: asks for certificates also without roots; none is trusted then.
    package init(
        certificateChain: String, privateKey: String, clientRoots: TrustRoots? = nil, asksClients: Bool = false,
        minimumVersion: TLSSessionInfo.Version = .tls12
    ) throws(TLSError) {
        let context = try TLSContext.make(server: true, minimumVersion: minimumVersion)
        let own: OpaquePointer
        do throws(TLSError) {
            own = try TLSContext.load(certificateChain: certificateChain, privateKey: privateKey, into: context)
            if let clientRoots { try TLSContext.load(clientRoots, into: context) }
            if clientRoots != nil || asksClients {
                COpenSSL_CTX_set_no_tickets(context)
                // Servers use their server certificate as client certificate too (XEP-0178).
                SSL_CTX_set_purpose(context, X509_PURPOSE_ANY)
                SSL_CTX_set_verify(
                    context, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, TLSSession.verificationCallback)
            }
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        let certificate = Certificate(pointer: own)
        role = .server
        dnsNames = certificate.dnsNames
        notBefore = certificate.notBefore
        notAfter = certificate.notAfter
        file = certificateChain
        serverEndPoint = certificate.serverEndPoint
        pointer = context
    }

    /// A client's context.
    ///
    /// - `trustRoots`: authorities whose certificates are taken.
    /// - `verifiesPeer`: whether a certificate that is untrusted or for another name ends the handshake.
    /// - `maximumVersion`: lower it to see how a server treats older clients.
    /// - `certificate`: a PEM file with the client's own certificate and its key, shown to servers that ask.
    package init(
        trustRoots: TrustRoots = .system, verifiesPeer: Bool = true,
        maximumVersion: TLSSessionInfo.Version = .tls13, certificate: String? = nil
    ) throws(TLSError) {
        let context = try TLSContext.make(server: false, maximumVersion: maximumVersion)
        do throws(TLSError) {
            if let certificate {
                guard SSL_CTX_use_certificate_chain_file(context, certificate) == 1,
                    SSL_CTX_use_PrivateKey_file(context, certificate, SSL_FILETYPE_PEM) == 1
                else {
                    throw TLSError(
                        .unusableCertificate, file: certificate,
                        reason: "holds no certificate with its key (\(OpenSSLLibrary.takeErrorText()))")
                }
            }
            if verifiesPeer || trustRoots != .system { try TLSContext.load(trustRoots, into: context) }
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        // Unverified clients still let OpenSSL check, so that the result can be reported.
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, verifiesPeer ? nil : TLSSession.verificationCallback)
        role = .client(verifiesPeer: verifiesPeer)
        dnsNames = []
        notBefore = 0
        notAfter = 0
        file = nil
        serverEndPoint = nil
        pointer = context
    }

    /// The context of a server that connects to other servers.
    ///
    /// The peer's certificate is checked against `peerRoots`, and the handshake goes on whatever comes of it: the result
    /// stands in ``TLSPeerCertificate/problems``. Whose certificate it is, is for ``TLSPeerCertificate/match(_:)``.
    ///
    /// - `certificateChain`, `privateKey`: the files of our own certificate, shown to servers that ask for one.
    package init(peerRoots: TrustRoots, certificateChain: String?, privateKey: String?) throws(TLSError) {
        let context = try TLSContext.make(server: false)
        do throws(TLSError) {
            if let certificateChain, let privateKey {
                _ = try TLSContext.load(certificateChain: certificateChain, privateKey: privateKey, into: context)
            }
            try TLSContext.load(peerRoots, into: context)
        } catch {
            SSL_CTX_free(context)
            throw error
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, TLSSession.verificationCallback)
        role = .peer
        dnsNames = []
        notBefore = 0
        notAfter = 0
        file = certificateChain
        serverEndPoint = nil
        pointer = context
    }

    deinit {
        SSL_CTX_free(pointer)
    }

    /// A warning for the operator if the certificate is out of date or about to be; nil if all is well.
    ///
    /// - `now`: seconds since 1970.
    /// - `margin`: seconds before the end from which on to warn; by default two weeks.
    package func validityWarning(at now: Int64, margin: Int64 = 14 * 86400) -> String? {
        guard role == .server else { return nil }
        let name = file ?? "certificate"
        if now < notBefore { return "\(name): not valid yet. Check the clock of this machine" }
        if now >= notAfter { return "\(name): expired \((now - notAfter) / 86400) days ago. Renew it, then reload" }
        if notAfter - now < margin { return "\(name): expires in \((notAfter - now) / 86400) days. Renew it" }
        return nil
    }

    /// Whether the certificate is for `name` (RFC 9525 §6.3): a DNS name equal to it, or a wildcard as its whole first
    /// label. The subject's common name does not count.
    package func covers(_ name: String) -> Bool {
        let name = TLSContextStore.canonical(name)
        return dnsNames.contains(name) || TLSContextStore.wildcard(for: name).map(dnsNames.contains) ?? false
    }
}
