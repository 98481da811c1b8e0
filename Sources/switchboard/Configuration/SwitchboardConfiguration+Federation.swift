//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

extension SwitchboardConfiguration {
    /// Other servers.
    struct Federation: Sendable, Equatable {
        /// How another server proves its domain.
        enum Authentication: String, Sendable, CaseIterable {
            case certificate
            case dialback
        }

        /// What holds for the servers that have no entry of their own.
        enum Others: String, Sendable, CaseIterable {
            case allow
            case deny
        }

        var isEnabled = false
        var authentication = Authentication.certificate
        var others = Others.allow
        /// Authorities whose certificates are taken; those of the system if nil.
        var authorities: String?
        /// By domain, or `*.` and a domain for all below it.
        var domains: NamedValues<Domain> = [:]
        var connections = 1000
        var connectionsPerAddress = 50
        var queuedStanzas = 2000
        var idle: Duration = .seconds(600)
        var stanzasPerSecond = 500

        static let schema = SectionSchema<Federation>([
            Field(
                "enabled", \.isEnabled, .boolean,
                """
                Whether people here can write to people on other servers, and the reverse. Needs a listener of type s2s, and port 5269 \
                reachable from outside.
                """),
            Field(
                "authentication", \.authentication, .choice,
                """
                How another server proves its domain. certificate: by one that an authority vouches for. dialback: if it has none, by \
                being called back (XEP-0220), which is as good as the DNS between. TLS is required either way.
                """),
            Field(
                "others", \.others, .choice,
                "Whether servers are allowed that have no entry in domains: allow, or deny for federation with partners only."
            ),
            Field(
                "certificate_authorities", \.authorities, .optional(.path("path", in: .configuration)),
                example: "certs/partners-ca.pem",
                """
                Certificates of authorities as PEM, which other servers' certificates must come from. Without it those that the system \
                trusts are taken. Read again on SIGHUP.
                """),
            Field(
                "domains", \.domains, Domain.reader,
                "What holds for single domains, or with \"*.partner.example\" for all below one."),
            Field(
                "connections", \.connections, .integer(1...100_000),
                "Connections that other servers may have to this one."),
            Field(
                "connections_per_address", \.connectionsPerAddress, .integer(1...100_000),
                "Connections of other servers from one IP address."),
            Field(
                "queued_stanzas", \.queuedStanzas, .integer(100...100_000),
                "Stanzas that may wait in memory for one domain."),
            Field(
                "idle_seconds", \.idle, .seconds(60...86_400),
                "How long a stream to another server is kept when nothing goes by it, in seconds."),
            Field(
                "stanzas_per_second", \.stanzasPerSecond, .integer(10...100_000),
                """
                Stanzas that one domain may send, on all its streams together; in a burst ten times as many. From those that send more \
                is read more slowly.
                """),
        ])

        /// What holds for one domain.
        struct Domain: Sendable, Equatable {
            var isAllowed = true
            /// `federation.authentication` if nil.
            var authentication: Authentication?
            var host: String?
            var port = 5269
            var isDirectTLS = false

            static let schema = SectionSchema<Domain>([
                Field("allow", \.isAllowed, .boolean, "Whether this domain is spoken with."),
                Field(
                    "authentication", \.authentication, .optional(.choice), example: "dialback",
                    "Overrides federation.authentication for this domain."),
                Field(
                    "host", \.host, .optional(.text), example: "10.1.2.3",
                    "The name or IP address of its server, for private links and tests. Without it the DNS is asked."),
                Field("port", \.port, .integer(1...65_535), "The port at that host."),
                Field(
                    "direct_tls", \.isDirectTLS, .boolean,
                    "Whether that port speaks TLS from the first byte (XEP-0368)."),
            ])

            static let reader: ValueReader<NamedValues<Domain>> = .map(
                .domainPattern, named: "partner.example", { _ in Domain() }, name: \.self,
                exampleKey: "partner.example",
                schema)
        }
    }

    /// What streams with other servers need of the rest.
    func checkFederation(_ reading: inout ConfigurationReading) {
        let listener = listeners.first { $0.value.kind.isForServers }
        if federation.isEnabled, listener == nil {
            reading.report(
                "needs a listener of type s2s: add \"s2s: {type: s2s}\" to listeners", at: ["federation", "enabled"])
        }
        if let listener, !federation.isEnabled {
            reading.report(
                "a listener of type \(listener.value.kind.rawValue) needs \"enabled: true\" under federation",
                at: ["listeners", listener.name, "type"])
        }
        for name in federation.domains.names {
            let isOwn = hosts[name] != nil || components[name] != nil
            if isOwn { reading.report("this is a domain of this server", at: ["federation", "domains", name]) }
        }
    }
}

extension ValueReader where Value == String {
    /// A domain, or `*.` and a domain.
    static var domainPattern: ValueReader {
        ValueReader(
            scalar: "domain, or \"*.\" and a domain", render: { $0 },
            read: { text, path, reading in
                let prefix = text.hasPrefix("*.") ? "*." : ""
                guard let domain = try? JID(String(text.dropFirst(prefix.count))), domain.isDomain else {
                    reading.report("\"\(text)\" is no domain", at: path)
                    return nil
                }
                return prefix + domain.domain
            })
    }
}
