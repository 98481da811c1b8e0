//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// A certificate and those that were sent with it, in DER, its own first. It can be verified again after the handshake.
package struct CertificateChain: Sendable, Hashable {
    /// Certificates of one chain that are looked at.
    static let maximumLength = PEMFile.maximumChainLength

    package let certificates: [[UInt8]]

    package init(certificates: [[UInt8]]) {
        self.certificates = Array(certificates.prefix(CertificateChain.maximumLength))
    }

    /// The chain in a PEM file.
    package init(file: String) throws(TLSError) {
        let pointers = try PEMFile(path: file).certificates()
        certificates = pointers.map { Certificate(pointer: $0).der }
        for pointer in pointers { X509_free(pointer) }
    }

    /// Verifies the chain against `roots` at `now`, seconds since 1970.
    ///
    /// - Returns: the certificate with what is wrong with it; nil if there is none that can be read.
    package func verified(against roots: TrustRoots, at now: Int64) throws(TLSError) -> TLSPeerCertificate? {
        let store = try TrustStore.of(roots)
        return withPointers { pointers in
            guard !pointers.isEmpty else { return nil }
            let faults = CertificateChain.faults(of: pointers, store: store.pointer, at: now, isPartial: false)
            let first = faults.first.flatMap { X509_verify_cert_error_string(Int($0.code)) }
            return TLSPeerCertificate(
                pointers, isTrusted: faults.isEmpty, distrustReason: first.map { String(cString: $0) }, faults: faults)
        }
    }

    /// Whether the chain ends at the certificate `anchor`, given in DER, and all of it below is in order at `now`.
    func leads(to anchor: [UInt8], at now: Int64) -> Bool {
        guard OpenSSLLibrary.ready, let store = X509_STORE_new() else { return false }
        defer { X509_STORE_free(store) }
        guard let root = CertificateChain.certificate(anchor) else { return false }
        let isAdded = X509_STORE_add_cert(store, root) == 1
        X509_free(root)
        guard isAdded else { return false }
        return withPointers { pointers in
            !pointers.isEmpty && CertificateChain.faults(of: pointers, store: store, at: now, isPartial: true).isEmpty
        }
    }

    /// Calls `body` with OpenSSL's objects for the certificates, up to the first that cannot be read.
    func withPointers<Result>(_ body: ([OpaquePointer]) -> Result) -> Result {
        var pointers: [OpaquePointer] = []
        for certificate in certificates {
            guard let pointer = CertificateChain.certificate(certificate) else { break }
            pointers.append(pointer)
        }
        defer {
            for pointer in pointers { X509_free(pointer) }
            ERR_clear_error()
        }
        return body(pointers)
    }

    static func certificate(_ der: [UInt8]) -> OpaquePointer? {
        der.withUnsafeBufferPointer { bytes in
            var start = bytes.baseAddress
            return d2i_X509(nil, &start, bytes.count)
        }
    }

    private final class Faults {
        var list: [CertificateFault] = []
    }

    /// What is wrong with a chain.
    private static func faults(
        of pointers: [OpaquePointer], store: OpaquePointer, at now: Int64, isPartial: Bool
    ) -> [CertificateFault] {
        let faults = Faults()
        let others = pointers.dropFirst().map { Optional($0) }
        let status = withExtendedLifetime(faults) {
            COpenSSL_verify(
                store, pointers[0], others, Int32(others.count), now, isPartial ? 1 : 0,
                { isValid, verification in
                    guard isValid != 1, let data = COpenSSL_verification_data(verification) else { return 1 }
                    let faults = Unmanaged<Faults>.fromOpaque(data).takeUnretainedValue()
                    CertificateFault.note(verification, in: &faults.list)
                    return 1
                }, Unmanaged.passUnretained(faults).toOpaque())
        }
        ERR_clear_error()
        guard status == 1 || !faults.list.isEmpty else {
            // It could not even be tried.
            return [
                CertificateFault(
                    code: X509_V_ERR_UNSPECIFIED, depth: 0, issuer: "", subject: "", notBefore: 0, notAfter: 0)
            ]
        }
        return faults.list
    }
}
