//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

extension TLSContext {
    /// Ciphers of TLS 1.2: ephemeral keys and AEAD only (RFC 9325 §4.2).
    private static let ciphers = "ECDHE+AESGCM:ECDHE+CHACHA20"
    /// Ciphers of TLS 1.3: all that RFC 8446 §B.4 has but those with short tags. AES-128 first: X25519 and P-256 are no
    /// stronger, and with SHA-256 instead of SHA-384 a handshake costs 6 % less.
    private static let ciphersuites = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
    /// X25519 first: with P-256 first a handshake costs a third more.
    private static let groups = "X25519:P-256:P-384"
    /// What a server signs with, and what it takes in client certificates. A short list makes handshakes cheaper.
    private static let signatureAlgorithms = """
        ed25519:ecdsa_secp256r1_sha256:ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:\
        rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512
        """
    /// Most bytes of certificates taken from a peer: long chains have about 10 KB; OpenSSL's default is 100 KB.
    private static let maximumPeerCertificateBytes = 64 * 1024
    /// Tickets sent after a full handshake where the key is RSA: OpenSSL's default of two costs 7 % more CPU time.
    private static let sessionTickets = 1

    /// A context with all settings that do not depend on certificates.
    static func make(
        server: Bool, minimumVersion: TLSSessionInfo.Version = .tls12, maximumVersion: TLSSessionInfo.Version = .tls13
    ) throws(TLSError) -> OpaquePointer {
        guard OpenSSLLibrary.ready else { throw TLSError(.library, reason: "OpenSSL cannot be initialised") }
        ERR_clear_error()
        guard let context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method()) else {
            throw TLSError(.library, reason: "no TLS context (\(OpenSSLLibrary.takeErrorText()))")
        }
        COpenSSL_CTX_set_defaults(context)
        COpenSSL_CTX_set_max_certificate_list(context, maximumPeerCertificateBytes)
        var done =
            COpenSSL_CTX_set_protocols(
                context, minimumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION,
                maximumVersion == .tls13 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1
            && SSL_CTX_set_cipher_list(context, ciphers) == 1
            && SSL_CTX_set_ciphersuites(context, ciphersuites) == 1
            && COpenSSL_CTX_set_groups(context, groups) == 1
        if server {
            let identifier = Array("switchboard".utf8)
            done =
                done && COpenSSL_CTX_set_signature_algorithms(context, signatureAlgorithms) == 1
                && SSL_CTX_set_session_id_context(context, identifier, UInt32(identifier.count)) == 1
            // On every context: once the server name has selected one, its callbacks are used.
            COpenSSL_CTX_set_server_name_callback(context, TLSSession.serverNameCallback)
            SSL_CTX_set_alpn_select_cb(context, TLSSession.applicationProtocolCallback, nil)
        }
        guard done else {
            SSL_CTX_free(context)
            throw TLSError(
                .library, reason: "OpenSSL refuses our settings (\(OpenSSLLibrary.takeErrorText()))",
                remedy: "Check the system-wide policy in openssl.cnf")
        }
        return context
    }

    /// Reads a certificate with its intermediates and its key into `context`.
    ///
    /// - Returns: the certificate, which belongs to the context.
    static func load(
        certificateChain: String, privateKey: String, into context: OpaquePointer
    ) throws(TLSError) -> OpaquePointer {
        let chain = try PEMFile(path: certificateChain).certificates()
        defer {
            for certificate in chain { X509_free(certificate) }
        }
        guard let own = chain.first else {
            throw TLSError(.notPEM, file: certificateChain, reason: "holds no certificate in PEM form")
        }
        let key = try PEMFile(path: privateKey).privateKey()
        defer { EVP_PKEY_free(key) }
        guard X509_check_private_key(own, key) == 1 else {
            ERR_clear_error()
            throw TLSError(
                .keyMismatch, file: privateKey,
                reason: "is not the key of the first certificate in \(certificateChain)",
                remedy: "Give the key that was used for the certificate request, "
                    + "and put the server's own certificate first in the chain")
        }
        guard SSL_CTX_use_certificate(context, own) == 1, SSL_CTX_use_PrivateKey(context, key) == 1,
            chain.dropFirst().allSatisfy({ COpenSSL_CTX_add_chain_certificate(context, $0) == 1 })
        else {
            throw TLSError(
                .unusableCertificate, file: certificateChain,
                reason: "OpenSSL refuses this certificate (\(OpenSSLLibrary.takeErrorText()))",
                remedy: "Use an ECDSA P-256 key or RSA of at least 2048 bits, signed with SHA-256 or better")
        }
        if EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA {
            SSL_CTX_set_num_tickets(context, sessionTickets)
        } else {
            // With other keys a whole handshake costs hardly more than a resumed one: all would pay for tickets (3 % of a
            // log-in) that XMPP clients hardly use, and whose key opens what was said under them (RFC 9325 §3.4).
            COpenSSL_CTX_set_no_tickets(context)
        }
        return own
    }

    static func load(_ roots: TrustRoots, into context: OpaquePointer) throws(TLSError) {
        ERR_clear_error()
        switch roots {
        case .system:
            guard SSL_CTX_set_default_verify_paths(context) == 1 else {
                throw TLSError(
                    .trustRoots, reason: "the system's trusted certificates cannot be loaded",
                    remedy: "Install the package ca-certificates")
            }
        case .file(let path):
            guard SSL_CTX_load_verify_file(context, path) == 1 else {
                throw TLSError(
                    .trustRoots, file: path,
                    reason: "holds no trusted certificates (\(OpenSSLLibrary.takeErrorText()))",
                    remedy: "Give a PEM file with the certificates of the authorities to trust")
            }
        }
    }
}
