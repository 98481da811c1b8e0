//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
package import XMPPTLS

/// Decides whether a certificate proves the domain of another server.
package enum PeerTrust {
    /// What was decided.
    package struct Verdict: Sendable, Equatable {
        /// What proves the domain.
        package enum Basis: Sendable, Equatable {
            /// The configuration names this certificate.
            case fingerprint
            /// The domain's TLSA records do.
            case dane(DANERecord.Usage)
            /// An authority that is trusted, by this name of the certificate.
            case authority(IdentityMatch)
        }

        /// What proves the domain; nil if nothing does.
        package let basis: Basis?
        /// Why not.
        package let problems: [CertificateProblem]
        package let outcome: PeerCertificateCheck.Outcome

        package var isProven: Bool { basis != nil }

        static func proven(_ basis: Basis) -> Verdict { Verdict(basis: basis, problems: [], outcome: .proven) }
        static func unproven(
            _ problems: [CertificateProblem], _ outcome: PeerCertificateCheck.Outcome = .unproven
        ) -> Verdict {
            Verdict(basis: nil, problems: problems, outcome: outcome)
        }
    }

    /// Decides by the configuration if it says something of the domain, else by DNS if that is secure, else by
    /// authorities and names.
    ///
    /// - `fingerprint`, `authorities`: of the configuration: the SHA-256 of the only certificate that is taken; a PEM
    ///   file of the only authorities.
    /// - `dane`: what DNS says; with `needsDANE` authorities count for nothing where the configuration has not named them.
    /// - `now`: seconds since 1970.
    package static func verdict(
        on certificate: TLSPeerCertificate?, for domain: String, fingerprint: [UInt8]? = nil,
        authorities: String? = nil, dane: DANEState = .insecure, needsDANE: Bool = false, at now: Int64
    ) -> Verdict {
        let isPinned = fingerprint != nil || authorities != nil
        guard let certificate else { return .unproven([.missing], isPinned ? .contradicted : .unproven) }
        if let fingerprint {
            return certificate.fingerprint == fingerprint
                ? .proven(.fingerprint) : .unproven([.otherFingerprint(certificate.fingerprint)], .contradicted)
        }
        if let authorities {
            do throws(TLSError) {
                let verified = try certificate.chain.verified(against: .file(authorities), at: now)
                return byAuthority(verified ?? certificate, domain, otherwise: .contradicted)
            } catch {
                return .unproven([.other(error.description)], .contradicted)
            }
        }
        let otherwise = { needsDANE ? Verdict.unproven([.noRecordsInDNS]) : byAuthority(certificate, domain) }
        switch dane {
        case .insecure, .none: return otherwise()
        case .failed(let reason): return .unproven([.noAnswerFromDNS(reason)], .undecided)
        case .servers(let servers, let isComplete):
            var isUsable = false
            for server in servers {
                let outcome = certificate.compare(
                    with: server.records,
                    identities: [identity(domain), ReferenceIdentity(domain: server.host, ascii: server.host)], at: now)
                switch outcome {
                case .matched(let usage): return .proven(.dane(usage))
                case .mismatched: isUsable = true
                case .unusable: break
                }
            }
            return isUsable && isComplete
                ? .unproven([.notInDNS], .contradicted) : otherwise()
        }
    }

    private static func byAuthority(
        _ certificate: TLSPeerCertificate, _ domain: String,
        otherwise outcome: PeerCertificateCheck.Outcome = .unproven
    ) -> Verdict {
        let match = certificate.match(identity(domain))
        if certificate.isTrusted, let match { return .proven(.authority(match)) }
        let name: [CertificateProblem] =
            match == nil ? [.wrongName(domain: domain, names: certificate.names)] : []
        return .unproven(certificate.problems + name, outcome)
    }

    private static func identity(_ domain: String) -> ReferenceIdentity {
        ReferenceIdentity(domain: domain, ascii: DomainName.ascii(domain))
    }
}
