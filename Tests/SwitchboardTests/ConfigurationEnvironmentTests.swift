//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import switchboard

@Suite struct ConfigurationEnvironmentTests {
    @Test func overridesKeysOfTheFile() throws {
        let configuration = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + "storage: {path: a.sqlite}\nlisteners: {my-port: {type: c2s}}",
            environment: [
                "SWITCHBOARD_STORAGE_PATH": "/x/b.sqlite",
                "SWITCHBOARD_LISTENERS_MY_PORT_PORT": "5999",
                "SWITCHBOARD_HOSTS_ACME_EXAMPLE_KEY": "other.key",
                "UNRELATED": "1",
            ])
        #expect(configuration.storage.path == "/x/b.sqlite")
        #expect(configuration.listeners["my-port"]?.port == 5999)
        #expect(configuration.hosts["acme.example"]?.key == "/etc/switchboard/other.key")
    }

    @Test func reachesKeysThatTheFileDoesNotMention() throws {
        let configuration = try ConfigurationFixture.load(
            ConfigurationFixture.minimal,
            environment: [
                "SWITCHBOARD_DATA": "/x",
                "SWITCHBOARD_LIMITS_STANZA_BYTES": "100_000",
                "SWITCHBOARD_AUTHENTICATION_MECHANISMS": "SCRAM-SHA-256, PLAIN",
            ])
        #expect(configuration.storage.path == "/x/switchboard.sqlite")
        #expect(configuration.limits.stanzaBytes == 100_000)
        #expect(configuration.authentication.mechanisms == [.scramSHA256, .plain])
    }

    @Test func namesTheVariableInErrors() {
        let messages = ConfigurationFixture.messages(
            ConfigurationFixture.minimal,
            environment: [
                "SWITCHBOARD_LIMITS_DEPTH": "0", "SWITCHBOARD_STORAGE_PAHT": "x", "SWITCHBOARD_CONFIG": "x.yaml",
            ])
        #expect(
            messages == [
                "SWITCHBOARD_LIMITS_DEPTH: limits.depth: 0 is outside 8 to 256",
                "SWITCHBOARD_STORAGE_PAHT: this environment variable overrides no key of the configuration. "
                    + "Did you mean \"SWITCHBOARD_STORAGE_PATH\"?",
            ])
    }
}
