//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import XMPPCore

extension SwitchboardConfiguration {
    /// Where customers' records come from.
    struct Records: Sendable, Equatable {
        /// The directory that `switchboard customers import` fills; nil if it is not used.
        var embedded: String? = "customers.sqlite"
        /// A CSV file for the embedded directory, imported at the first start.
        var initialCustomers: String?
        var sources: NamedValues<RecordSourceSettings> = [:]
        var asksForCards = false
        var hardDeadline: Duration = .seconds(2)
        var publicFields: [String] = []
        var sensitiveFields: [String] = []
        var secretFields: [String] = []
        var gateways: NamedValues<Gateway> = [:]

        static let schema = SectionSchema<Records>([
            Field(
                "embedded", \.embedded, .optional(.path("path", in: .data)),
                """
                The database of the embedded customer directory, which "switchboard customers import" fills. A file of its own; \
                a relative path is taken from the data folder.
                """),
            Field(
                "initial_customers", \.initialCustomers, .optional(.path("path", in: .configuration)),
                example: "customers.csv",
                """
                A file of customers that is imported at the first start, as long as the embedded directory is empty. A relative path is \
                taken from the folder of this file.
                """),
            Field(
                "sources", \.sources, RecordSourceSettings.reader,
                """
                Other places that know customers, asked after the embedded directory in this order and all at once. The first that knows a \
                customer names him; the others add what they know of the same customer number.
                """),
            Field(
                "ask_vcards", \.asksForCards, .boolean,
                "Whether customers' own vCards are asked for. What they say is shown as claimed."),
            Field(
                "hard_deadline_milliseconds", \.hardDeadline, .milliseconds(100...30_000),
                """
                How long a source has to answer at all, in milliseconds. Answers after bridge.lookup_deadline_milliseconds update the offer.
                """),
            Field(
                "public_fields", \.publicFields, .list(of: .identifier("field")), example: "[plan]",
                "Fields that agents of other companies may see as well (see privacy.limited_agents)."),
            Field(
                "sensitive_fields", \.sensitiveFields, .list(of: .identifier("field")), example: "[birthday]",
                "Fields that agents see on demand only (/reveal FIELD). Every look is written to the audit log."),
            Field(
                "secret_fields", \.secretFields, .list(of: .identifier("field")), example: "[ssn4]",
                "Fields that nobody sees: what a customer answers can be compared with them (/verify FIELD)."),
            Field(
                "gateways", \.gateways, Gateway.reader,
                "Gateways to other networks by their domains: whoever writes from there is looked up by the name in that network."
            ),
        ])
    }

    /// A gateway to another network.
    struct Gateway: Sendable, Equatable {
        let domain: JID
        var scheme = ""

        static let schema = SectionSchema<Gateway>([
            Field(
                "scheme", \.scheme, .identifier("scheme"), required: true, example: "aim",
                "What names of that network begin with in customer files and look-ups, such as aim, tel or irc.")
        ])

        static let reader: ValueReader<NamedValues<Gateway>> = .map(
            .domain, named: "aim.acme.example", { Gateway(domain: $0) }, name: \.bareString, exampleKey: JID.sample,
            schema)
    }

    /// A source of records. Which keys count depends on the type.
    struct RecordSourceSettings: Sendable, Equatable {
        enum Kind: String, Sendable, CaseIterable {
            case sql, http, ldap
        }

        let name: String
        var kind = Kind.http
        var file: String?
        var query: String?
        var url: String?
        var authorities: String?
        var signingKey: Secret?
        var authorization: Secret?
        var tenant: String?
        var startsTLS = true
        var bindName: String?
        var password: Secret?
        var base: String?
        var filter = LDAPFilter.standard
        var idAttribute = "uid"
        var nameAttribute = "cn"
        var attributes: [String] = []
        var timeout: Duration = .seconds(2)
        var fresh: Duration = .seconds(300)
        var stale: Duration = .seconds(3600)
        var negative: Duration = .seconds(60)

        static let schema = SectionSchema<RecordSourceSettings>(
            [
                Field(
                    "type", \.kind, .choice, required: true, example: "http",
                    "What it is: an SQLite file, a web service of the contract in docs/operations.md, or an LDAP directory."
                ),
                Field(
                    "file", \.file, .optional(.path("path", in: .configuration)), example: "crm.sqlite",
                    "sql: the SQLite file. It is only read."),
                Field(
                    "query", \.query, .optional(.text),
                    example: "\"SELECT id AS customer_id, name, plan FROM customer WHERE jid = :value LIMIT 5\"",
                    """
                    sql: the question. :value, :scheme, :domain and :address are the customer's; the columns customer_id and name say who it is, \
                    the others become fields.
                    """),
                Field(
                    "url", \.url, .optional(.text), example: "\"https://crm.acme.example/lookup\"",
                    "http: where requests are posted; http: is for this machine only. ldap: ldap://HOST or ldaps://HOST."
                ),
                Field(
                    "authorities_file", \.authorities, .optional(.path("path", in: .configuration)), example: "ca.pem",
                    "http, ldap: a PEM file of the authorities to trust. Default: those the system trusts."),
                Field(
                    "signing_key_file", \.signingKey, .optional(.secretFile), example: "secrets/crm-key",
                    "http: a file with the key that requests are signed with (X-Signature)."),
                Field(
                    "authorization_file", \.authorization, .optional(.secretFile), example: "secrets/crm-token",
                    "http: a file with the value of the header Authorization."),
                Field(
                    "tenant", \.tenant, .optional(.text), example: "acme",
                    "http: the company, as the service knows it. Default: the bridge's domain."),
                Field(
                    "start_tls", \.startsTLS, .boolean,
                    "ldap: whether an ldap: connection is encrypted before anything is said (StartTLS)."),
                Field(
                    "bind_dn", \.bindName, .optional(.text), example: "\"cn=reader,dc=acme,dc=example\"",
                    "ldap: who we are. Without it nobody."),
                Field(
                    "password_file", \.password, .optional(.secretFile), example: "secrets/ldap",
                    "ldap: a file with the password of bind_dn."),
                Field(
                    "base", \.base, .optional(.text), example: "\"ou=people,dc=acme,dc=example\"",
                    "ldap: below which entry people are looked for."),
                Field(
                    "filter", \.filter, .text,
                    "ldap: how they are looked for (RFC 4515); {value} stands for the customer's address."),
                Field("id_attribute", \.idAttribute, .identifier("attribute"), "ldap: the customer's number."),
                Field("name_attribute", \.nameAttribute, .identifier("attribute"), "ldap: the customer's name."),
                Field(
                    "attributes", \.attributes, .list(of: .text), example: "[\"title=Title\", \"l=City\"]",
                    "ldap: attributes that become fields, each with what agents read before it."),
                Field(
                    "timeout_milliseconds", \.timeout, .milliseconds(10...30_000),
                    "How long an answer may take, in milliseconds. After five failures in a row the source is left alone for 30 seconds."
                ),
                Field(
                    "cache_seconds", \.fresh, .seconds(0...86_400),
                    "http, ldap: how long an answer is as good as new, in seconds."),
                Field(
                    "stale_seconds", \.stale, .seconds(0...604_800),
                    """
                    http, ldap: how long an older answer is shown, with its age, while the source is being asked again or does not answer, in \
                    seconds.
                    """),
                Field(
                    "negative_cache_seconds", \.negative, .seconds(0...86_400),
                    "http, ldap: how long it is remembered that a source knows nobody there, in seconds."),
            ],
            finish: { source, path, reading in source.check(path, &reading) })

        static let reader: ValueReader<NamedValues<RecordSourceSettings>> = .map(
            .identifier("source"), named: "crm", { RecordSourceSettings(name: $0) }, name: \.self, exampleKey: "crm",
            schema)

        private func check(_ path: [String], _ reading: inout ConfigurationReading) {
            guard reading.isGiven(path + ["type"]) else { return }
            func need(_ key: String, _ value: String?, _ reading: inout ConfigurationReading) {
                if value == nil { reading.report("this key is required for type \(kind.rawValue)", at: path + [key]) }
            }
            switch kind {
            case .sql:
                need("file", file, &reading)
                need("query", query, &reading)
            case .http:
                need("url", url, &reading)
                guard let url else { return }
                guard let address = HTTPAddress(url) else {
                    return reading.report("\"\(url)\" is no http or https URL", at: path + ["url"])
                }
                if !address.isEncrypted, !address.isLoopback {
                    reading.report(
                        "customers' data would go unencrypted: use https, or a service on this machine",
                        at: path + ["url"])
                }
            case .ldap:
                need("url", url, &reading)
                need("base", base, &reading)
                if LDAPFilter(filter) == nil {
                    reading.report("is no filter with {value} in parentheses", at: path + ["filter"])
                }
                if let url, LDAPAddress(url) == nil {
                    reading.report("\"\(url)\" is neither ldap://HOST nor ldaps://HOST", at: path + ["url"])
                }
            }
        }
    }

    /// Who sees what of customers.
    struct Privacy: Sendable, Equatable {
        var limitedAgents: [AgentReference] = []
        var revealingAgents: [AgentReference] = []
        var audit = "audit.log"
        var people: String? = "people.sqlite"
        var conversationDays: Int?
        var noteDays: Int?
        var terms: String?
        var redact: [RedactionKind] = RedactionKind.allCases
        var patterns: NamedValues<RedactionPatternSettings> = [:]

        /// What is taken out of texts.
        enum RedactionKind: String, Sendable, CaseIterable {
            case card, iban, ssn
        }

        static let schema = SectionSchema<Privacy>([
            Field(
                "limited_agents", \.limitedAgents, .list(of: .agent), example: "[zoe@partner.example]",
                "Agents who see public fields only, such as those of other companies: addresses, and names of groups."),
            Field(
                "revealing_agents", \.revealingAgents, .list(of: .agent), example: "[dave@acme.example]",
                "Who may look at sensitive fields. Without it everybody but limited_agents."),
            Field(
                "audit_log", \.audit, .path("path", in: .data),
                """
                Where it is written down who looked at what, and what was deleted and exported; "switchboard audit verify" checks it. A \
                relative path is taken from the data folder.
                """),
            Field(
                "people", \.people, .optional(.path("path", in: .data)),
                """
                The database of who is who among customers: addresses that belong together, notes, tags, preferences. A relative path \
                is taken from the data folder.
                """),
            Field(
                "conversation_days", \.conversationDays, .optional(.integer(1...36_500)), example: "90",
                """
                How long closed conversations are kept, in days; contacts may have their own (retention_days). Without it as long as there is \
                room. Told to customers' clients (XEP-0504).
                """),
            Field(
                "note_days", \.noteDays, .optional(.integer(1...36_500)), example: "730",
                "How long agents' notes about customers are kept, in days. Without it they stay."),
            Field(
                "terms", \.terms, .optional(.text), example: "\"https://acme.example/terms\"",
                "Where the terms of service are; told to customers' clients."),
            Field(
                "redact", \.redact, .list(of: .choice),
                """
                What is taken out of messages between customers and contacts before anything is stored or passed on: numbers of payment cards, \
                bank accounts, and of social security in the United States. An empty list leaves everything.
                """),
            Field(
                "redact_patterns", \.patterns, RedactionPatternSettings.reader,
                "Numbers of your own that are taken out as well, by the name that stands in their place."),
        ])
    }

    /// A number of the company's own that must not be kept.
    struct RedactionPatternSettings: Sendable, Equatable {
        let name: String
        var pattern = ""
        var checksum = ChecksumKind.none

        enum ChecksumKind: String, Sendable, CaseIterable {
            case none, luhn, mod97
        }

        static let schema = SectionSchema<RedactionPatternSettings>(
            [
                Field(
                    "pattern", \.pattern, .text, required: true, example: "\"K-######\"",
                    """
                    What it looks like: # is a digit, @ a letter, * one of both, anything else itself. Blanks and hyphens are passed over. At least \
                    three places, four characters in all.
                    """),
                Field("checksum", \.checksum, .choice, "A checksum that must hold as well."),
            ],
            finish: { settings, path, reading in
                if reading.isGiven(path + ["pattern"]), settings.redaction == nil {
                    reading.report("\"\(settings.pattern)\" would match everyday words", at: path + ["pattern"])
                }
            })

        static let reader: ValueReader<NamedValues<RedactionPatternSettings>> = .map(
            .identifier("name"), named: "account", { RedactionPatternSettings(name: $0) }, name: \.self,
            exampleKey: "account", schema)

        var redaction: RedactionPattern? {
            RedactionPattern(name: name, pattern: pattern, checksum: Checksum(rawValue: checksum.rawValue) ?? .none)
        }
    }
}

extension Redactor {
    init(_ privacy: SwitchboardConfiguration.Privacy) {
        self.init(
            kinds: Set(privacy.redact.compactMap { Kind(rawValue: $0.rawValue) }),
            patterns: privacy.patterns.values.compactMap(\.redaction))
    }
}
