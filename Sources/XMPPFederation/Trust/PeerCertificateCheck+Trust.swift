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
        PeerCertificateCheck { certificate, domain, target in
            let rule = rule(domain)
            var dane = DANEState.insecure
            // Where the configuration decides, or there is nothing to compare, DNS need not be asked.
            if certificate != nil, rule.fingerprint == nil, rule.authorities == nil, let resolver {
                // A server that the configuration names is none of those in DNS.
                let target = rule.endpoint == nil ? target : nil
                // It is withdrawn when the stream ends, which then has no use for the verdict.
                dane =
                    (try? await DANEState.lookUp(domain, of: target, with: resolver))
                    ?? .failed("the question was withdrawn")
            }
            let found = dane
            // Signatures are checked, and files may be read: nothing for a thread that carries streams.
            let verdict = await withTaskExecutorPreference(globalConcurrentExecutor) {
                PeerTrust.verdict(
                    on: certificate, for: domain, fingerprint: rule.fingerprint, authorities: rule.authorities,
                    dane: found, needsDANE: rule.authentication == .dane, at: now())
            }
            return Verdict(
                outcome: verdict.outcome, reason: verdict.problems.map(\.description).joined(separator: "; "))
        }
    }
}
