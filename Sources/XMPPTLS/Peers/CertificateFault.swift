//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import COpenSSL

/// One thing OpenSSL found wrong while it verified a chain.
struct CertificateFault: Sendable, Equatable {
    /// Faults kept of one verification.
    private static let maximum = 16

    /// `X509_V_ERR_…`.
    let code: Int32
    /// 0 for the peer's own certificate.
    let depth: Int32
    /// Who signed the certificate at fault.
    let issuer: String
    /// Whom that is for.
    let subject: String
    let notBefore: Int64
    let notAfter: Int64

    /// Adds what a verification has just come upon.
    static func note(_ verification: OpaquePointer?, in faults: inout [CertificateFault]) {
        guard faults.count < maximum else { return }
        let certificate = X509_STORE_CTX_get_current_cert(verification).map { Certificate(pointer: $0) }
        faults.append(
            CertificateFault(
                code: X509_STORE_CTX_get_error(verification), depth: X509_STORE_CTX_get_error_depth(verification),
                issuer: certificate?.issuer ?? "", subject: certificate?.subject ?? "",
                notBefore: certificate?.notBefore ?? 0, notAfter: certificate?.notAfter ?? 0))
    }
}
