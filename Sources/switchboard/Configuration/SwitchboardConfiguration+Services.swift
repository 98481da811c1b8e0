//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPPayloads

extension SwitchboardConfiguration {
    /// Whom to write to about a host (XEP-0157), by purpose.
    struct ContactAddresses: Sendable, Equatable {
        var abuse: [String] = []
        var admin: [String] = []
        var feedback: [String] = []
        var sales: [String] = []
        var security: [String] = []
        var status: [String] = []
        var support: [String] = []

        static let schema = SectionSchema<ContactAddresses>([
            Field(
                "abuse", \.abuse, .list(of: .uri), example: "[mailto:abuse@acme.example]",
                "Where to report abuse. Each address is a URI: mailto:, xmpp:, https:."),
            Field("admin", \.admin, .list(of: .uri), example: "[xmpp:admin@acme.example]", "The administrators."),
            Field("feedback", \.feedback, .list(of: .uri), "Where to praise and complain."),
            Field("sales", \.sales, .list(of: .uri), "Where to ask for offers."),
            Field("security", \.security, .list(of: .uri), "Where to report holes."),
            Field(
                "status", \.status, .list(of: .uri), example: "[\"https://status.acme.example\"]",
                "Where to read whether the service is up."),
            Field("support", \.support, .list(of: .uri), "Where to ask for help."),
        ])
    }

    /// A service outside XMPP that clients are told of (XEP-0215).
    struct ExternalService: Sendable, Equatable {
        enum Kind: String, Sendable, CaseIterable {
            case stun, stuns, turn, turns
        }

        enum Transport: String, Sendable, CaseIterable {
            case udp, tcp
        }

        var kind = Kind.turn
        var host = ""
        var port: Int?
        var transport: Transport?
        var name: String?
        var secret: Secret?
        var lifetime: Duration = .seconds(3600)
        var username: String?
        var password: Secret?

        static let schema = SectionSchema<ExternalService>(
            [
                Field(
                    "type", \.kind, .choice, required: true, example: "turn",
                    "What it is; with an s at the end, over TLS."),
                Field("host", \.host, .text, required: true, example: "turn.acme.example", "Its name or IP address."),
                Field("port", \.port, .optional(.integer(1...65_535)), example: "3478", "Its port."),
                Field("transport", \.transport, .optional(.choice), example: "udp", "How it is reached."),
                Field("name", \.name, .optional(.text), example: "Relay", "What people may be shown."),
                Field(
                    "secret", \.secret, .optional(.secret), example: "change-me-please",
                    """
                    The secret that the TURN server knows, too (coturn: static-auth-secret). Everybody who asks gets a user name and \
                    password of his own that end by themselves.
                    """),
                Field(
                    "secret_file", \.secret, .optional(.secretFile), example: "secrets/turn",
                    "A file that holds the secret, instead of secret. Relative to the folder of this file."),
                Field(
                    "lifetime_minutes", \.lifetime, .minutes(1...10_080),
                    "How long credentials made from the secret are good for, in minutes."),
                Field(
                    "username", \.username, .optional(.text), example: "acme",
                    "One user name for everybody, where there is no secret."),
                Field(
                    "password", \.password, .optional(.secret), example: "change-me-please",
                    "The password that goes with it."),
                Field(
                    "password_file", \.password, .optional(.secretFile), example: "secrets/turn-password",
                    "A file that holds the password, instead of password. Relative to the folder of this file."),
            ],
            finish: { service, path, reading in
                reading.checkSecret(service.secret, "secret", in: path, isRequired: false)
                reading.checkSecret(service.password, "password", in: path, isRequired: false)
                if service.secret != nil, service.username != nil || service.password != nil {
                    reading.report("give secret, or username and password, not both", at: path)
                } else if (service.username == nil) != (service.password == nil) {
                    reading.report("username and password go together; give both or neither", at: path)
                }
            })

        static let reader: ValueReader<NamedValues<ExternalService>> = .map(
            .identifier("service name"), named: "turn", { _ in ExternalService() }, name: \.self, exampleKey: "turn",
            schema)
    }
}

extension ValueReader where Value == String {
    /// A URI, as far as it has a scheme (RFC 3986 §3.1).
    static var uri: ValueReader {
        ValueReader(
            scalar: "URI", render: ConfigurationText.quoted,
            read: { text, path, reading in
                let scheme = text.prefix { $0 != ":" }
                let isScheme =
                    scheme.first?.isLetter == true
                    && scheme.utf8.allSatisfy { byte in
                        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
                            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "+-.".utf8.contains(byte)
                    }
                let hasSpace = text.contains(where: \.isWhitespace)
                guard isScheme, scheme.utf8.count + 1 < text.utf8.count, !hasSpace else {
                    reading.report(
                        "\"\(text)\" is no URI: write mailto:, xmpp: or https: before the address", at: path)
                    return nil
                }
                return text
            })
    }
}
