//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPTLS

/// Whether a certificate proves the domain of another server.
package struct PeerCertificateCheck: Sendable {
    package struct Verdict: Sendable, Equatable {
        package let isProven: Bool
        /// Why not, for people.
        package let reason: String

        package init(isProven: Bool, reason: String) {
            self.isProven = isProven
            self.reason = reason
        }
    }

    /// Looks at the certificate that was shown, if one was; may ask the DNS.
    package let check: @Sendable (_ certificate: TLSPeerCertificate?, _ domain: String) async -> Verdict

    package init(_ check: @escaping @Sendable (TLSPeerCertificate?, String) async -> Verdict) {
        self.check = check
    }

    /// By a trusted authority, for one of the certificate's DNS names (RFC 9525 §6.3).
    package static let byAuthority = PeerCertificateCheck { certificate, domain in
        guard let certificate else { return Verdict(isProven: false, reason: "none was shown") }
        guard certificate.isTrusted else {
            return Verdict(isProven: false, reason: certificate.distrustReason ?? "it is not trusted")
        }
        let name = domain.lowercased()
        let wildcard = name.firstIndex(of: ".").map { "*" + name[$0...] }
        guard certificate.dnsNames.contains(where: { $0 == name || $0 == wildcard }) else {
            return Verdict(isProven: false, reason: "it is for other names")
        }
        return Verdict(isProven: true, reason: "")
    }
}
