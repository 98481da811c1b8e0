//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPDNS
package import XMPPTLS

/// Whether a certificate proves the domain of another server.
package struct PeerCertificateCheck: Sendable {
    /// What a certificate says of a domain.
    package enum Outcome: Sendable, Equatable {
        case proven
        /// Nothing. Another proof may be taken.
        case unproven
        /// That whoever shows it is somebody else: the configuration or DNS names other certificates. No other proof is
        /// taken.
        case contradicted
        /// What DNS says of it cannot be had for now. No other proof is taken.
        case undecided
    }

    package struct Verdict: Sendable, Equatable {
        package let outcome: Outcome
        /// Why it is not proven, for people.
        package let reason: String

        package init(outcome: Outcome, reason: String) {
            self.outcome = outcome
            self.reason = reason
        }

        package static func proven() -> Verdict { Verdict(outcome: .proven, reason: "") }
        package static func unproven(_ reason: String) -> Verdict { Verdict(outcome: .unproven, reason: reason) }
    }

    /// Looks at the certificate that was shown, if one was; may ask the DNS. `target` is the server that we have connected
    /// to; nil if the other one has connected to us.
    package let check:
        @Sendable (_ certificate: TLSPeerCertificate?, _ domain: String, _ target: ServiceTarget?) async -> Verdict

    package init(_ check: @escaping @Sendable (TLSPeerCertificate?, String, ServiceTarget?) async -> Verdict) {
        self.check = check
    }

    /// By a trusted authority, for one of the certificate's DNS names (RFC 9525 §6.3).
    package static let byAuthority = PeerCertificateCheck { certificate, domain, _ in
        guard let certificate else { return .unproven("none was shown") }
        guard certificate.isTrusted else {
            return .unproven(certificate.distrustReason ?? "it is not trusted")
        }
        let name = domain.lowercased()
        let wildcard = name.firstIndex(of: ".").map { "*" + name[$0...] }
        guard certificate.dnsNames.contains(where: { $0 == name || $0 == wildcard }) else {
            return .unproven("it is for other names")
        }
        return .proven()
    }
}
