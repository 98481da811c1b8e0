//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPDNS
internal import XMPPTLS

extension PeerCertificateCheck {
    /// By the configuration, by DNS where it is secure, by authorities.
    ///
    /// - `rule`: what the configuration says of a domain.
    /// - `resolver`: nil where DNSSEC is not to be used.
    /// - `now`: seconds since 1970.
    package static func full(
        rule: @escaping @Sendable (String) -> FederationRule, resolver: (any Resolver)?,
        now: @escaping @Sendable () -> Int64
    ) -> PeerCertificateCheck {
        PeerCertificateCheck { certificate, domain in
            let rule = rule(domain)
            var dane = DANEState.insecure
            // Where the configuration decides, or there is nothing to compare, DNS need not be asked.
            if certificate != nil, rule.fingerprint == nil, rule.authorities == nil, let resolver {
                // The task ends with the stream, which then has no use for the verdict.
                dane = (try? await DANEState.lookUp(domain, with: resolver)) ?? .failed("the question was withdrawn")
            }
            let verdict = PeerTrust.verdict(
                on: certificate, for: domain, fingerprint: rule.fingerprint, authorities: rule.authorities, dane: dane,
                at: now())
            return Verdict(
                isProven: verdict.isProven, reason: verdict.problems.map(\.description).joined(separator: "; "))
        }
    }
}
