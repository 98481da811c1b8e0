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
            case dane
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
        var resolver = NameServers()
        var allowsLocalAddresses = false
        var allowsPrivateAddresses = true
        var connections = 1000
        var connectionsPerAddress = 50
        var queuedStanzas = 2000
        var outboxHours = 24
        var outboxStanzas = 100_000
        var outboxStanzasInAll = 1_000_000
        var outboxStanzasPerAccount = 20_000
        var idle: Duration = .seconds(600)
        var stanzasPerSecond = 500
        var bytesPerSecond = 1_048_576

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
                How another server proves its domain. certificate: by one that an authority vouches for, or TLSA records that DNSSEC \
                proves (DANE). dane: by such records alone. dialback: if it has neither, by being called back (XEP-0220), which is as \
                good as the DNS between. TLS is required in any case.
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
                "resolver", \.resolver, .section(NameServers(), NameServers.schema),
                "How the servers of other domains are looked up."),
            Field(
                "allow_local_addresses", \.allowsLocalAddresses, .boolean,
                """
                Whether other domains may be on this machine or its local link, if DNS says so; for tests. Where domains names a host, \
                that may be anywhere.
                """),
            Field(
                "allow_private_addresses", \.allowsPrivateAddresses, .boolean,
                """
                Whether other domains may be on private networks (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, fc00::/7), \
                if DNS says so. With false, strangers' records cannot make this server connect to machines inside; name hosts of \
                your own under domains.
                """),
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
                "outbox_hours", \.outboxHours, .integer(1...720),
                """
                How long messages and contact requests wait on disk for a server that cannot be reached, in hours. Then their senders \
                are told.
                """),
            Field(
                "outbox_stanzas", \.outboxStanzas, .integer(100...10_000_000),
                "Stanzas that may wait on disk for one domain."),
            Field(
                "outbox_stanzas_in_all", \.outboxStanzasInAll, .integer(100...100_000_000),
                "Stanzas that may wait on disk for all domains together."),
            Field(
                "outbox_stanzas_per_account", \.outboxStanzasPerAccount, .integer(100...10_000_000),
                "Stanzas of one account of ours that may wait on disk, for whichever domains."),
            Field(
                "idle_seconds", \.idle, .seconds(60...86_400),
                "How long a stream to another server is kept when nothing goes by it, in seconds."),
            Field(
                "stanzas_per_second", \.stanzasPerSecond, .integer(10...100_000),
                """
                Stanzas that one domain may send, on all its streams together; in a burst ten times as many. From those that send more \
                is read more slowly.
                """),
            Field(
                "bytes_per_second", \.bytesPerSecond, .integer(10_000...10_000_000_000),
                "The same in bytes, of the memory that they take."),
        ])

        /// What holds for one domain.
        struct Domain: Sendable, Equatable {
            var isAllowed = true
            /// `federation.authentication` if nil.
            var authentication: Authentication?
            var host: String?
            var port = 5269
            var isDirectTLS = false
            /// SHA-256 in lower case.
            var fingerprint: String?
            var authorities: String?

            static let schema = SectionSchema<Domain>([
                Field("allow", \.isAllowed, .boolean, "Whether this domain is spoken with."),
                Field(
                    "authentication", \.authentication, .optional(.choice), example: "dialback",
                    """
                    Overrides federation.authentication for this domain; certificate is usual where a fingerprint or authorities are given.
                    """),
                Field(
                    "host", \.host, .optional(.text), example: "10.1.2.3",
                    "The name or IP address of its server, for private links and tests. Without it the DNS is asked."),
                Field("port", \.port, .integer(1...65_535), "The port at that host."),
                Field(
                    "direct_tls", \.isDirectTLS, .boolean,
                    "Whether that port speaks TLS from the first byte (XEP-0368)."),
                Field(
                    "fingerprint", \.fingerprint, .optional(.fingerprint),
                    example: "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b",
                    "SHA-256 of the only certificate that proves this domain, in hexadecimal digits: whoever signed it."
                ),
                Field(
                    "certificate_authorities", \.authorities, .optional(.path("path", in: .configuration)),
                    example: "certs/partner-ca.pem",
                    "Certificates of the only authorities that vouch for this domain, as PEM."),
            ])

            static let reader: ValueReader<NamedValues<Domain>> = .map(
                .domainPattern, named: "partner.example", { _ in Domain() }, name: \.self,
                exampleKey: "partner.example",
                schema)
        }
    }

    /// Where the records of other domains come from.
    struct NameServers: Sendable, Equatable {
        /// Whether answers are validated.
        enum DNSSEC: String, Sendable, CaseIterable {
            case auto
            case required
            case off
        }

        var servers: [String] = []
        var port = 53
        var dnssec = DNSSEC.auto
        var trustAnchor: String?
        var timeout: Duration = .seconds(10)

        static let schema = SectionSchema<NameServers>([
            Field(
                "servers", \.servers, .list(of: .ipAddress), example: "[192.0.2.53]",
                "IP addresses of the DNS servers to ask. Without any those in /etc/resolv.conf."),
            Field("port", \.port, .integer(1...65_535), "The port of these servers."),
            Field(
                "dnssec", \.dnssec, .choice,
                """
                Whether answers are validated, without which TLSA records (DANE) say nothing. auto: unless the DNS servers drop \
                signatures, as those of many routers do. required: always; forged answers are never used. off: never.
                """),
            Field(
                "trust_anchor", \.trustAnchor, .optional(.path("path", in: .configuration)),
                example: "/usr/share/dns/root.key",
                "A file with DS or DNSKEY records to validate with, instead of the keys of the root."),
            Field("timeout", \.timeout, .seconds(1...60), "How long to wait for an answer, in seconds."),
        ])
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
        if federation.resolver.dnssec == .off {
            if federation.authentication == .dane {
                reading.report(
                    "dane needs DNSSEC, which resolver.dnssec turns off", at: ["federation", "authentication"])
            }
            for domain in federation.domains where domain.value.authentication == .dane {
                reading.report(
                    "dane needs DNSSEC, which resolver.dnssec turns off",
                    at: ["federation", "domains", domain.name, "authentication"])
            }
        }
        for name in federation.domains.names {
            let isOwn = hosts[name] != nil || components[name] != nil
            if isOwn { reading.report("this is a domain of this server", at: ["federation", "domains", name]) }
        }
    }
}

extension ValueReader where Value == String {
    /// A SHA-256 in hexadecimal digits, with or without colons; read without them and in lower case.
    static var fingerprint: ValueReader {
        ValueReader(
            scalar: "SHA-256 in hexadecimal digits", render: { $0 },
            read: { text, path, reading in
                let digits = text.lowercased().filter { $0 != ":" }
                guard digits.utf8.count == 64, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else {
                    reading.report(
                        "\"\(text)\" is no SHA-256: that has 64 hexadecimal digits, as from "
                            + "\"openssl x509 -in FILE -noout -fingerprint -sha256\"", at: path)
                    return nil
                }
                return digits
            })
    }

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
