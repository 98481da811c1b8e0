//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Foundation
import Testing
import XMPPCore
import XMPPServer
import XMPPStorage

@testable import switchboard

@Suite struct ConfigurationLoadTests {
    @Test func fillsInDefaults() throws {
        let configuration = try ConfigurationFixture.load(ConfigurationFixture.minimal)
        #expect(configuration.hosts["acme.example"]?.certificate == "/etc/switchboard/a.pem")
        #expect(configuration.listeners == SwitchboardConfiguration.Listener.defaults)
        #expect(configuration.listeners["c2s"]?.port == 5222)
        #expect(configuration.listeners["component"]?.address == "127.0.0.1")
        #expect(configuration.limits == SwitchboardConfiguration.Limits())
        #expect(configuration.limits.stanzaBytes == 262_144)
        #expect(configuration.limits.stanzaBytesBeforeAuthentication == 10_000)
        #expect(configuration.tls.minimumVersion == .v12)
        #expect(!configuration.registration.isEnabled)
        #expect(configuration.storage.synchronous == .full)
        #expect(configuration.data.path == FileManager.default.currentDirectoryPath + "/var")
        #expect(configuration.storage.path == configuration.data.path + "/switchboard.sqlite")
        #expect(configuration.bridge == nil)
    }

    /// A host's own limits go before everybody's; 0 takes one away.
    @Test func givesHostsTheirArchives() throws {
        let file = try ConfigurationFixture.load(
            """
            data: var
            hosts:
              acme.example: {certificate: a.pem, key: a.key, archive_days: 30, archive_messages: 0, archive_bytes: 1000}
              home.example: {certificate: a.pem, key: a.key}
            archive: {days: 90, messages_per_account: 5000}
            """)
        let configuration = ServerConfiguration(file, instance: "test", tokenKey: [])
        #expect(configuration.archiveRetention("acme.example") == ArchiveRetention(days: 30, bytes: 1000))
        #expect(
            configuration.archiveRetention("home.example")
                == ArchiveRetention(
                    days: 90, messages: 5000,
                    bytes: file.archive.bytesPerAccount > 0 ? file.archive.bytesPerAccount : nil))
    }

    @Test func hasTheCompanysPresenceStates() throws {
        let states = try ConfigurationFixture.load(ConfigurationFixture.minimal).presenceStates
        #expect(states.names == ["available", "lunch", "busy", "meeting", "training", "away"])
        #expect(states.filter(\.value.takesCustomers).map(\.name) == ["available"])
        #expect(states["lunch"]?.labels["en"] == "At Lunch")
        #expect(states.values.map(\.show) == [.none, .away, .dnd, .dnd, .dnd, .away])
        #expect(states["lunch"]?.activity == "eating/having_lunch")
    }

    @Test func replacesTheCatalogue() throws {
        let states = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + """
                presence_states:
                  available: {label: {en: Here, de: Da}, takes_customers: true}
                  busy: {label: Busy, show: dnd, return_after_minutes: 30}
                  away: {label: Away, show: away}
                """
        ).presenceStates
        #expect(states.names == ["available", "busy", "away"])
        #expect(states["available"]?.labels["de-AT"] == "Da")
        #expect(states["available"]?.labels["fr"] == "Here")
        #expect(states["busy"]?.returnAfter == .seconds(1800))
    }

    @Test func givesListenersTheirUsualPorts() throws {
        let listeners = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + """
                listeners:
                  a: {type: c2s}
                  b: {type: c2s-tls}
                  c: {type: component}
                  d: {type: http, address: "::", allow_plaintext: true}
                """
        ).listeners
        #expect(listeners.values.map(\.port) == [5222, 5223, 5347, 5280])
        #expect(listeners.values.map(\.address) == ["::", "::", "127.0.0.1", "::"])
    }

    @Test func takesRelativePathsFromTheRightFolder() throws {
        let configuration = try ConfigurationFixture.load(
            """
            data: /srv/data
            hosts: {acme.example: {certificate: ../keys/./a.pem, key: /k/a.key}}
            storage: {path: db/x.sqlite}
            """)
        #expect(configuration.hosts["acme.example"]?.certificate == "/etc/keys/a.pem")
        #expect(configuration.hosts["acme.example"]?.key == "/k/a.key")
        #expect(configuration.storage.path == "/srv/data/db/x.sqlite")
    }

    @Test func expandsVariablesInPaths() throws {
        let yaml = ConfigurationFixture.minimal + "data: ${STATE_DIRECTORY:-temporary}"
        let given = try ConfigurationFixture.load(yaml, environment: ["STATE_DIRECTORY": "/var/lib/s"])
        #expect(given.data == DataFolder(path: "/var/lib/s"))
        #expect(given.storage.path == "/var/lib/s/switchboard.sqlite")
        let fallback = try ConfigurationFixture.load(yaml)
        #expect(fallback.data.isTemporary)
        #expect(fallback.storage.path == fallback.data.path + "/switchboard.sqlite")
        #expect(fallback == (try ConfigurationFixture.load(yaml)))
    }

    @Test func normalisesAddresses() throws {
        let configuration = try ConfigurationFixture.load(
            """
            hosts: {ACME.example: {certificate: a, key: b}}
            roles: {broadcast: Dave@acme.EXAMPLE}
            """)
        #expect(configuration.hosts.names == ["acme.example"])
        #expect(configuration.roles.broadcast == [try JID("dave@acme.example")])
    }

    @Test func refusesAHostSpeltInTwoWays() {
        let messages = ConfigurationFixture.messages(
            "hosts:\n  acme.example: {certificate: a, key: b}\n  ACME.example: {certificate: a, key: b}")
        #expect(messages == ["3:3: hosts.ACME.example: is in this map already, spelt otherwise"])
    }

    @Test func readsSecretsFromFiles() throws {
        let folder = try ConfigurationFixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "s3cret\n".write(toFile: folder + "/care", atomically: true, encoding: .utf8)
        let yaml = ConfigurationFixture.minimal + "components: {c.acme.example: {secret_file: care}}"
        let configuration = try SwitchboardConfiguration.load(
            yaml: yaml, file: folder + "/x.yaml", for: .server, environment: [:])
        #expect(configuration.components["c.acme.example"]?.secret == Secret("s3cret"))
        #expect(!String(describing: configuration).contains("s3cret"))
        #expect(!String(reflecting: configuration).contains("s3cret"))
    }

    @Test func resolvesGroupsOfAgents() throws {
        let configuration = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + """
                groups:
                  Support: {accounts: [alice@acme.example, bob@acme.example]}
                bridge:
                  domain: care.acme.example
                  departments:
                    support: {name: Support, agents: [bob@acme.example, Support]}
                """)
        let department = try #require(configuration.bridge?.departments["support"])
        #expect(
            configuration.agents(of: department).map(\.bareString) == ["bob@acme.example", "alice@acme.example"])
    }

    @Test func connectsTheBridgeOfThisProcess() throws {
        let configuration = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + """
                listeners: {c2s: {type: c2s}, inside: {type: component, port: 5999}}
                bridge:
                  domain: care.acme.example
                  departments: {}
                """)
        let component = try #require(configuration.components["care.acme.example"])
        #expect(component.secret != nil)
        #expect(component.secret == configuration.bridge?.secret)
        #expect(component.setsPresenceStates)
        #expect(configuration.bridge?.server.port == 5999)
    }

    @Test func acceptsABridgeInFrontOfAnotherServer() throws {
        let configuration = try ConfigurationFixture.load(
            """
            bridge:
              domain: care.acme.example
              secret: x
              server: {address: 10.0.0.1, port: 5275}
              departments:
                support: {name: Support, agents: [alice@acme.example]}
            contacts:
              support@care.acme.example: {name: Support, departments: [support], roster_groups: [Elsewhere]}
            presence_states:
              available: {label: Here, takes_customers: true}
              busy: {label: Busy, show: dnd}
              away: {label: Away, show: away}
            """, for: .bridge)
        #expect(configuration.bridge?.server == SwitchboardConfiguration.Server(address: "10.0.0.1", port: 5275))
        #expect(configuration.components.isEmpty)
    }

    @Test func refusesABridgeWithoutSecretOrWithForeignContacts() {
        let messages = ConfigurationFixture.messages(
            """
            bridge:
              domain: care.acme.example
              departments: {support: {name: Support, agents: [alice@acme.example]}}
            contacts:
              support@acme.example: {name: Support, departments: [support]}
            """, for: .bridge)
        #expect(
            messages == [
                "2:3: bridge.secret: this key is required; give secret or secret_file",
                "5:3: contacts.support@acme.example: a bridge in front of another server can only have contacts at "
                    + "care.acme.example",
            ])
        #expect(
            ConfigurationFixture.messages("limits: {}", for: .bridge) == [
                " bridge: this section is required to run the bridge"
            ])
    }

    @Test func tellsWhichKeysHaveChanged() throws {
        let old = try ConfigurationFixture.load(ConfigurationFixture.minimal)
        let new = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + """
                limits: {depth: 32}
                logging: {level: debug}
                listeners: {c2s: {type: c2s, port: 5333}, component: {type: component}}
                """)
        #expect(old.changedKeys(to: old) == [])
        #expect(
            old.changedKeys(to: new) == [
                "listeners.c2s.port", "listeners.c2s-tls", "listeners.http", "limits.depth", "logging.level",
            ])
    }
}
