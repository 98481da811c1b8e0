//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import switchboard

/// A configuration that must be refused, and the messages that must say so.
struct BadConfiguration: Sendable, CustomTestStringConvertible {
    var name: String
    var yaml: String
    var messages: [String]
    var isMinimalAdded = true

    init(_ name: String, _ yaml: String, _ messages: String..., alone: Bool = false) {
        self.name = name
        self.yaml = yaml
        self.messages = messages
        isMinimalAdded = !alone
    }

    var testDescription: String { name }
}

/// In all but those marked `alone`, a good host precedes on lines 1 and 2, so that the text begins on line 3.
@Suite struct ConfigurationProblemTests {
    @Test(arguments: [
        BadConfiguration(
            "unknown section", "listners: {}", #"3:1: listners: unknown key. Did you mean "listeners"?"#),
        BadConfiguration("unknown key without a likely meaning", "frobnicate: 1", "3:1: frobnicate: unknown key"),
        BadConfiguration(
            "unknown key inside", "limits:\n  stanza_byte: 20000",
            #"4:3: limits.stanza_byte: unknown key. Did you mean "stanza_bytes"?"#),
        BadConfiguration(
            "key with a dash", "limits:\n  sasl-tries: 2",
            #"4:3: limits.sasl-tries: unknown key. Did you mean "sasl_tries"?"#),
        BadConfiguration("number out of range", "limits:\n  depth: 7", "4:10: limits.depth: 7 is outside 8 to 256"),
        BadConfiguration(
            "no number", "limits:\n  depth: deep", #"4:10: limits.depth: "deep" is not a whole number"#),
        BadConfiguration(
            "number too long for the machine", "limits: {depth: 99999999999999999999}",
            #"3:17: limits.depth: "99999999999999999999" is not a whole number"#),
        BadConfiguration(
            "map instead of a number", "limits:\n  depth: {a: 1}",
            "4:10: limits.depth: expected an integer, 8 to 256, found a map"),
        BadConfiguration(
            "key without a value", "limits:\n  depth:",
            "4:9: limits.depth: expected an integer, 8 to 256, found nothing"),
        BadConfiguration(
            "YAML 1.1 boolean", "registration: {enabled: yes}",
            #"3:25: registration.enabled: "yes" is neither true nor false. Did you mean "true"?"#),
        BadConfiguration(
            "unknown word", "storage: {synchronous: ful}",
            #"3:24: storage.synchronous: "ful" is not one of full, normal, off. Did you mean "full"?"#),
        BadConfiguration(
            "unknown mechanism in a list", "authentication: {mechanisms: [PLAIN, SCRAM-SHA-257]}",
            "3:38: authentication.mechanisms.2: \"SCRAM-SHA-257\" is not one of EXTERNAL, SCRAM-SHA-512-PLUS, "
                + "SCRAM-SHA-256-PLUS, SCRAM-SHA-1-PLUS, SCRAM-SHA-512, SCRAM-SHA-256, SCRAM-SHA-1, PLAIN, ANONYMOUS. Did you mean \"SCRAM-SHA-256\"?"
        ),
        BadConfiguration(
            "twice in a list", "authentication: {mechanisms: [PLAIN, PLAIN]}",
            "3:38: authentication.mechanisms.2: is in this list twice"),
        BadConfiguration(
            "scalar instead of a section", "limits: none", "3:9: limits: expected a map of keys, found a single value"),
        BadConfiguration(
            "list instead of a map by name", "listeners: [a, b]",
            "3:12: listeners: expected a map keyed by name, found a list"),
        BadConfiguration(
            "duplicate key", "limits:\n  depth: 8\n  depth: 9",
            #"4:3: "depth" is given more than once in the same map; keep one"#),
        BadConfiguration(
            "bad indentation", "limits:\n  depth: 8\n elements: 100",
            "5:2: not valid YAML: while parsing a block mapping did not find expected key"),
        BadConfiguration(
            "bad domain", "components:\n  care_/example: {secret: x}",
            #"4:3: components.care_/example: "care_/example" is no domain"#),
        BadConfiguration(
            "domain instead of an address", "roles: {admins: [acme.example]}",
            #"3:18: roles.admins.1: "acme.example" is no address (name@domain)"#),
        BadConfiguration(
            "missing key", "listeners:\n  c2s: {port: 5222}",
            "4:3: listeners.c2s.type: this key is required (c2s | c2s-tls | c2s-plain | s2s | s2s-tls | component | http)"
        ),
        BadConfiguration(
            "host name instead of an address", "listeners:\n  c2s: {type: c2s, address: localhost}",
            #"4:29: listeners.c2s.address: "localhost" is no IP address. Did you mean "127.0.0.1"?"#),
        BadConfiguration(
            "plaintext for everybody", "listeners:\n  plain: {type: c2s-plain, address: 0.0.0.0}",
            "4:37: listeners.plain.address: a listener of type c2s-plain has no TLS and 0.0.0.0 is not loopback; "
                + "listen at 127.0.0.1, or set allow_plaintext: true"),
        BadConfiguration(
            "same port twice",
            "listeners:\n  a: {type: c2s, address: 127.0.0.1, port: 5300}\n  b: {type: c2s-tls, address: 127.0.0.1, port: 5300}",
            "5:48: listeners.b.port: 127.0.0.1 port 5300 is taken by listeners.a"),
        BadConfiguration(
            "keep-alive longer than idle", "limits: {keep_alive_seconds: 900}",
            "3:30: limits.keep_alive_seconds: must be shorter than idle_timeout_seconds"),
        BadConfiguration(
            "unset variable in a path", "storage: {path: \"${NOWHERE}/x\"}",
            "3:17: storage.path: the environment variable NOWHERE is not set"),
        BadConfiguration(
            "two secrets", "components:\n  c.acme.example: {secret: x, secret_file: /dev/null}",
            "4:44: components.c.acme.example.secret_file: cannot read the secret from /dev/null",
            "4:44: components.c.acme.example.secret_file: give secret or secret_file, not both"),
        BadConfiguration(
            "no secret", "components:\n  c.acme.example: {}",
            "4:3: components.c.acme.example.secret: this key is required; give secret or secret_file"),
        BadConfiguration(
            "secret from a missing file", "components:\n  c.acme.example: {secret_file: none}",
            "4:33: components.c.acme.example.secret_file: cannot read the secret from /etc/switchboard/none"),
        BadConfiguration(
            "account of an unknown host", "initial_accounts:\n  alice@acme.exampel: {password: x}",
            #"4:3: initial_accounts.alice@acme.exampel: acme.exampel is no host of this server. Did you mean "acme.example"?"#
        ),
        BadConfiguration(
            "empty group", "groups: {Support: }",
            "3:10: groups.Support: this group has no members; give accounts or hosts"),
        BadConfiguration(
            "certificate without key", "tls: {certificate: x.pem}",
            "3:6: tls: certificate and key go together; give both or neither"),
        BadConfiguration(
            "broadcast outside of the hosts", "broadcast: {host: broadcast.example}",
            "3:19: broadcast.host: broadcast.example does not lie below any host"),
        BadConfiguration(
            "broadcast on a host", "broadcast: {host: acme.example}",
            "3:19: broadcast.host: acme.example is a host or a component already; choose a domain of its own"),
        BadConfiguration(
            "catalogue without available", "presence_states:\n  busy: {label: Busy}\n  away: {label: Away}",
            "4:3: presence_states: the state \"available\" is missing; plain presence is mapped to available, busy and away"
        ),
        BadConfiguration(
            "label of two states",
            "presence_states:\n  available: {label: Here}\n  busy: {label: Gone}\n  away: {label: {en: gone}}",
            #"6:17: presence_states.away.label: the label "gone" belongs to presence_states.busy already"#),
        BadConfiguration(
            "activity with capitals",
            "presence_states:\n  available: {label: Here}\n  busy: {label: Busy, activity: Working}\n  away: {label: Away}",
            "5:33: presence_states.busy.activity: \"Working\" is no activity: write general or general/specific as in XEP-0108"
        ),
        BadConfiguration(
            "contact of an unknown department",
            "contacts:\n  support@acme.example: {name: S, departments: [suport]}\n"
                + "bridge:\n  domain: care.acme.example\n  departments:\n    support: {name: S, agents: [a@acme.example]}",
            "4:49: contacts.support@acme.example.departments.1: there is no department \"suport\" in bridge.departments. "
                + "Did you mean \"support\"?"),
        BadConfiguration(
            "contact in an unknown group",
            "contacts:\n  support@acme.example: {name: S, departments: [s], roster_groups: [Suport]}\n"
                + "groups:\n  Support: {hosts: [acme.example]}\n"
                + "bridge:\n  domain: care.acme.example\n  departments:\n    s: {name: S, agents: [a@acme.example]}",
            "4:69: contacts.support@acme.example.roster_groups.1: there is no group \"Suport\" in groups. "
                + "Did you mean \"Support\"?"),
        BadConfiguration(
            "department with an unknown group",
            "groups:\n  Support: {accounts: [a@acme.example]}\n"
                + "bridge:\n  domain: care.acme.example\n  departments:\n    s: {name: S, agents: [Suport]}",
            "8:27: bridge.departments.s.agents.1: there is no group \"Suport\" in groups, and an address has an \"@\". "
                + "Did you mean \"Support\"?"),
        BadConfiguration(
            "department of whole hosts",
            "groups:\n  All: {hosts: [acme.example]}\n"
                + "bridge:\n  domain: care.acme.example\n  departments:\n    s: {name: S, agents: All}",
            "8:26: bridge.departments.s.agents.1: the group \"All\" takes in whole hosts; agents must be named one by one"
        ),
        BadConfiguration(
            "bridge on a host", "bridge: {domain: acme.example, departments: {}}",
            "3:18: bridge.domain: this domain is a host already"),
        BadConfiguration(
            "no host", "limits: {}", "hosts: at least one host is needed, such as acme.example", alone: true),
        BadConfiguration(
            "host without certificate", "hosts:\n  acme.example:",
            "2:3: hosts.acme.example: no certificate: give certificate and key here, or tls.certificate and tls.key for all hosts",
            alone: true),
        BadConfiguration(
            "no map at all", "hello", "1:1: expected a map of keys, found a single value",
            "hosts: at least one host is needed, such as acme.example", alone: true),
    ])
    func refuses(_ bad: BadConfiguration) {
        let yaml = bad.isMinimalAdded ? ConfigurationFixture.minimal + bad.yaml : bad.yaml
        let found = ConfigurationFixture.messages(yaml)
        #expect(found.map { String($0.trimmingPrefix(" ")) } == bad.messages)
    }

    @Test func collectsAllProblemsInTheOrderOfTheFile() {
        let messages = ConfigurationFixture.messages(
            """
            limits: {depth: 1, elements: many}
            hosts:
              acme.example: {certificate: a.pem, key: a.key, registration: 1}
            unknown: 1
            """)
        #expect(
            messages == [
                "1:17: limits.depth: 1 is outside 8 to 256",
                #"1:30: limits.elements: "many" is not a whole number"#,
                #"3:64: hosts.acme.example.registration: "1" is neither true nor false"#,
                "4:1: unknown: unknown key",
            ])
    }

    @Test func namesTheFile() {
        let error = #expect(throws: InvalidConfiguration.self) { try ConfigurationFixture.load("limits: 1") }
        #expect(
            error?.problems.first?.description
                == "/etc/switchboard/test.yaml:1:9: limits: expected a map of keys, found a single value")
    }

    @Test func saysThatThereIsNoFile() {
        let error = #expect(throws: InvalidConfiguration.self) {
            try SwitchboardConfiguration.load(file: "/nowhere/x.yaml", for: .server, environment: [:])
        }
        #expect(error?.description == "/nowhere/x.yaml: there is no such file: name one with --config")
    }

    @Test func neverQuotesTheFileInSyntaxErrors() {
        let messages = ConfigurationFixture.messages("a: hunter2\na: 1\n: [")
        #expect(!messages.isEmpty)
        #expect(messages.allSatisfy { !$0.contains("hunter2") })
    }
}
