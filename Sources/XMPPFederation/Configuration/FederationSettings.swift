//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// How the server speaks with others, as the composition root read it.
package struct FederationSettings: Sendable {
    /// By domain; `*.example.org` is every name below `example.org`.
    package var rules: [String: FederationRule]
    /// For all other domains.
    package var fallback: FederationRule
    package var limits: FederationLimits

    package init(
        rules: [String: FederationRule] = [:], fallback: FederationRule = FederationRule(),
        limits: FederationLimits = FederationLimits()
    ) {
        self.rules = rules
        self.fallback = fallback
        self.limits = limits
    }

    /// What holds for a domain: its own rule, else that of the nearest name above it that has one.
    package func rule(for domain: String) -> FederationRule {
        if let rule = rules[domain] { return rule }
        var rest = domain[...]
        while let dot = rest.firstIndex(of: ".") {
            rest = rest[rest.index(after: dot)...]
            if let rule = rules["*." + rest] { return rule }
        }
        return fallback
    }
}

/// What holds for one domain of others.
package struct FederationRule: Sendable, Equatable {
    /// How another server proves its domain.
    package enum Authentication: String, Sendable, CaseIterable {
        /// By a certificate that a trusted authority, DANE or the configuration vouches for.
        case certificate
        /// By a certificate that DANE or the configuration vouches for: no authority is believed for its name alone.
        case dane
        /// If it has no such certificate, by being called back (XEP-0220): as good as the DNS between.
        case dialback
    }

    package var isAllowed: Bool
    package var authentication: Authentication
    /// Where its server is, if that is not to be looked up.
    package var endpoint: FederationEndpoint?
    /// SHA-256 of the only certificate that proves the domain.
    package var fingerprint: [UInt8]?
    /// A PEM file of the only authorities that vouch for the domain.
    package var authorities: String?

    package init(
        isAllowed: Bool = true, authentication: Authentication = .certificate, endpoint: FederationEndpoint? = nil,
        fingerprint: [UInt8]? = nil, authorities: String? = nil
    ) {
        self.isAllowed = isAllowed
        self.authentication = authentication
        self.endpoint = endpoint
        self.fingerprint = fingerprint
        self.authorities = authorities
    }
}

/// A server given by the configuration.
package struct FederationEndpoint: Sendable, Equatable {
    /// A host name or an IP address.
    package var host: String
    package var port: Int
    /// TLS from the first byte (XEP-0368).
    package var isDirectTLS: Bool

    package init(host: String, port: Int, isDirectTLS: Bool = false) {
        self.host = host
        self.port = port
        self.isDirectTLS = isDirectTLS
    }
}
