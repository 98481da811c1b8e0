//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// The identity a peer showed in its certificate.
package struct TLSPeerCertificate: Sendable, Equatable {
    /// Whether it chains to a trusted root and is in date. A client that verifies refuses all others in the handshake;
    /// a server that asks for certificates takes them and leaves the decision to SASL EXTERNAL.
    package let isTrusted: Bool
    /// Why it is not trusted, in OpenSSL's words.
    package let distrustReason: String?
    /// Its DNS names (subjectAltName dNSName), lower case, wildcards included.
    package let dnsNames: [String]
    /// Its XMPP addresses (subjectAltName id-on-xmppAddr), as they stand in it.
    package let xmppAddresses: [String]
    /// Its names of services (subjectAltName id-on-dnsSRV), lower case, for example `_xmpp-server.example.org`.
    package let serviceNames: [String]
    /// SHA-256 over the certificate.
    package let fingerprint: [UInt8]
    /// Start and end of its validity in seconds since 1970.
    package let notBefore: Int64
    package let notAfter: Int64
    /// Who signed it, for people to read.
    package let issuer: String
    /// What is wrong with its chain to the trusted roots, worst first; empty if it is trusted. Names are not among it.
    package let problems: [CertificateProblem]
    /// The certificate and what the peer sent with it.
    package let chain: CertificateChain

    /// A certificate in DER, of which nothing has been checked; nil if it is none.
    package init?(der: [UInt8]) {
        guard OpenSSLLibrary.ready, let pointer = CertificateChain.certificate(der) else { return nil }
        defer { X509_free(pointer) }
        self.init([pointer], isTrusted: false, distrustReason: nil, faults: [])
    }

    /// - `certificates`: the peer's own first; they stay the caller's.
    init(_ certificates: [OpaquePointer], isTrusted: Bool, distrustReason: String?, faults: [CertificateFault]) {
        let own = certificates.first.map { Certificate(pointer: $0) }
        self.isTrusted = isTrusted
        self.distrustReason = distrustReason
        dnsNames = own?.dnsNames ?? []
        xmppAddresses = own?.xmppAddresses ?? []
        serviceNames = own?.serviceNames ?? []
        fingerprint = own?.fingerprint ?? []
        notBefore = own?.notBefore ?? 0
        notAfter = own?.notAfter ?? 0
        issuer = own?.issuer ?? ""
        problems = isTrusted ? [] : CertificateProblem.problems(of: faults, chainLength: certificates.count)
        chain = CertificateChain(certificates: certificates.map { Certificate(pointer: $0).der })
    }
}
