//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPCore

extension SwitchboardConfiguration {
    /// A domain the server is responsible for.
    struct Host: Sendable, Equatable {
        let domain: JID
        /// The certificate chain, the host's own first, as PEM; `tls.certificate` if not given here.
        var certificate: String?
        var key: String?
        /// Whether clients may make accounts here; `registration.enabled` if nil.
        var registration: Bool?
        /// Whether clients may log in without an account (XEP-0175).
        var allowsAnonymous = false
        var contactAddresses = ContactAddresses()
        /// Whether conversations are archived; `archive.enabled` if nil.
        var archive: Bool?
        /// `archive.days` if nil.
        var archiveDays: Int?
        /// `archive.messages_per_account` and `archive.bytes_per_account` if nil.
        var archiveMessages: Int?
        var archiveBytes: Int?
        var administrators: [JID] = []

        static let schema = SectionSchema<Host>(
            [
                Field(
                    "certificate", \.certificate, .optional(.path("path", in: .configuration)),
                    example: "certs/acme.example.pem",
                    """
                    The host's certificate chain as PEM, its own certificate first. A relative path is taken from the folder of this \
                    file. Without it tls.certificate is used.
                    """),
                Field(
                    "key", \.key, .optional(.path("path", in: .configuration)), example: "certs/acme.example.key",
                    "The certificate's private key as PEM. Without it tls.key is used."),
                Field(
                    "registration", \.registration, .optional(.boolean), example: "false",
                    "Overrides registration.enabled for this host."),
                Field(
                    "administrators", \.administrators, .list(of: .account), example: "[dave@acme.example]",
                    """
                    Accounts that administer this host from their clients, by ad-hoc commands (XEP-0133). Those of roles.admins \
                    administer every host.
                    """),
                Field(
                    "anonymous", \.allowsAnonymous, .boolean,
                    """
                    Whether visitors may log in without an account (SASL ANONYMOUS). Each gets an address nobody can guess, which is gone \
                    with the session, and may have no contacts.
                    """),
                Field(
                    "contact_addresses", \.contactAddresses, .section(ContactAddresses(), ContactAddresses.schema),
                    "Whom to write to about this host (XEP-0157). Anybody can read it."),
                Field(
                    "archive", \.archive, .optional(.boolean), example: "true",
                    "Overrides archive.enabled for this host."),
                Field(
                    "archive_days", \.archiveDays, .optional(.integer(0...36_500)), example: "365",
                    "Overrides archive.days for this host; 0 is for ever."),
                Field(
                    "archive_messages", \.archiveMessages, .optional(.integer(0...1_000_000_000)), example: "100000",
                    "Overrides archive.messages_per_account for this host; 0 is no limit."),
                Field(
                    "archive_bytes", \.archiveBytes, .optional(.integer(0...1_099_511_627_776)), example: "1073741824",
                    "Overrides archive.bytes_per_account for this host; 0 is no limit."),
            ],
            finish: { host, path, reading in
                if (host.certificate == nil) != (host.key == nil) {
                    reading.report("certificate and key go together; give both or neither", at: path)
                }
            })

        static let reader: ValueReader<NamedValues<Host>> = .map(
            .domain, named: "acme.example", { Host(domain: $0) }, name: \.bareString, exampleKey: JID.sample, schema)
    }

    /// A place to listen at.
    struct Listener: Sendable, Equatable {
        enum Kind: String, Sendable, CaseIterable {
            /// Clients; STARTTLS is required.
            case c2s
            /// Clients on direct TLS (XEP-0368).
            case c2sTLS = "c2s-tls"
            /// Clients; STARTTLS is offered, but not required.
            case c2sPlain = "c2s-plain"
            /// Other servers; STARTTLS is required.
            case s2s
            /// Other servers on direct TLS (XEP-0368).
            case s2sTLS = "s2s-tls"
            /// External components (XEP-0114), without TLS.
            case component
            /// Health and metrics, without TLS.
            case http

            /// Whether what passes may be readable on the way.
            var isPlaintext: Bool { self == .c2sPlain || self == .component || self == .http }

            /// Whether other servers connect to it.
            var isForServers: Bool { self == .s2s || self == .s2sTLS }

            var defaultPort: Int {
                switch self {
                case .c2s, .c2sPlain: 5222
                case .c2sTLS: 5223
                case .s2s: 5269
                case .s2sTLS: 5270
                case .component: 5347
                case .http: 5280
                }
            }
        }

        var kind: Kind
        /// An IP address: `::` is all of IPv6 and IPv4.
        var address: String
        var port: Int
        /// Permits a listener without TLS on an address that is not loopback.
        var allowsPlaintext = false
        /// Authorities whose client certificates are taken.
        var clientAuthorities: String?
        var asksForCertificates = false

        /// A listener at the usual port: clients from everywhere, what has no TLS from this machine only.
        init(_ kind: Kind, address: String? = nil, port: Int? = nil) {
            self.kind = kind
            self.address = address ?? (kind.isPlaintext ? "127.0.0.1" : "::")
            self.port = port ?? kind.defaultPort
        }

        static let defaults: NamedValues<Listener> = [
            "c2s": Listener(.c2s), "c2s-tls": Listener(.c2sTLS),
            "component": Listener(.component), "http": Listener(.http),
        ]

        static let schema = SectionSchema<Listener>(
            [
                Field(
                    "type", \.kind, .choice, required: true, example: "c2s",
                    """
                    What is served: c2s is clients with STARTTLS required, c2s-tls clients on direct TLS, c2s-plain clients that need no \
                    TLS (for tests), s2s other servers with STARTTLS required, s2s-tls other servers on direct TLS (both need \
                    federation.enabled), component external components (XEP-0114), http plain HTTP for /healthz and /metrics.
                    """),
                Field(
                    "address", \.address, .ipAddress, example: "\"::\"",
                    """
                    The IP address to listen at; "::" is every address, IPv6 and IPv4. Default: "::" for clients and \
                    servers with TLS, 127.0.0.1 for the others.
                    """),
                Field(
                    "port", \.port, .integer(0...65_535), example: "5222",
                    """
                    The TCP port; 0 lets the system choose. Default: 5222 for c2s and c2s-plain, 5223 for c2s-tls, 5269 for s2s, 5270 for \
                    s2s-tls, 5347 for component, 5280 for http.
                    """),
                Field(
                    "allow_plaintext", \.allowsPlaintext, .boolean,
                    """
                    Needed for c2s-plain, component and http on an address that is not loopback: these have no TLS, and passwords and \
                    messages could be read on the way.
                    """),
                Field(
                    "client_ca", \.clientAuthorities, .optional(.path("path", in: .configuration)),
                    example: "certs/staff-ca.pem",
                    """
                    Certificates of authorities as PEM, for c2s and c2s-tls: clients are asked for a certificate, and one that these \
                    authorities have signed logs in to the accounts named in it as id-on-xmppAddr (SASL EXTERNAL). Read again on SIGHUP.
                    """),
                Field(
                    "client_certificates", \.asksForCertificates, .boolean,
                    """
                    For c2s and c2s-tls: clients are asked for a certificate, and people log in with certificates that they have named as \
                    their own, whoever signed them (XEP-0257). Connections then take a full handshake each time.
                    """),
            ],
            finish: { listener, path, reading in
                let usual = Listener(listener.kind)
                if !reading.isGiven(path + ["address"]) { listener.address = usual.address }
                if !reading.isGiven(path + ["port"]) { listener.port = usual.port }
                if listener.asksForCertificates, listener.kind != .c2s, listener.kind != .c2sTLS {
                    reading.report("is for listeners of type c2s and c2s-tls", at: path + ["client_certificates"])
                }
                let isLoopback = listener.address == "::1" || listener.address.hasPrefix("127.")
                if listener.kind.isPlaintext, !isLoopback, !listener.allowsPlaintext {
                    reading.report(
                        "a listener of type \(listener.kind.rawValue) has no TLS and \(listener.address) is not loopback; "
                            + "listen at 127.0.0.1, or set allow_plaintext: true", at: path + ["address"])
                }
            })

        static let reader: ValueReader<NamedValues<Listener>> = .map(
            .identifier("listener name"), named: "clients", { _ in Listener(.c2s) }, name: \.self,
            exampleKey: "clients", schema)
    }
}

extension JID {
    /// Stands for an entry's name where the schema describes itself.
    static let sample: JID = {
        do {
            return try JID("acme.example")
        } catch {
            preconditionFailure("acme.example is a domain")
        }
    }()
}
