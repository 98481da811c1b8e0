//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPFederation

@testable import switchboard

@Suite struct FederationConfigurationTests {
    private func load(_ federation: String) throws -> FederationSettings {
        let yaml = ConfigurationFixture.minimal + "listeners: {s2s: {type: s2s}}\nfederation:\n" + federation
        return FederationSettings(try ConfigurationFixture.load(yaml).federation)
    }

    @Test func readsWhatHoldsForADomain() throws {
        let fingerprint = String(repeating: "0A", count: 32)
        let settings = try load(
            """
              enabled: true
              others: deny
              outbox_hours: 2
              stanzas_per_second: 50
              bytes_per_second: 20000
              outbox_stanzas_per_account: 300
              domains:
                a.example: {authentication: dialback, host: 10.1.2.3, port: 15269, direct_tls: true}
                "*.b.example": {allow: false}
                c.example: {fingerprint: "\(fingerprint)"}
                e.example: {authentication: dane}
            """)
        let a = settings.rule(for: "a.example")
        #expect(a.isAllowed)
        #expect(a.authentication == .dialback)
        #expect(a.endpoint == FederationEndpoint(host: "10.1.2.3", port: 15269, isDirectTLS: true))
        #expect(!settings.rule(for: "x.b.example").isAllowed)
        #expect(settings.rule(for: "c.example").fingerprint == [UInt8](repeating: 10, count: 32))
        #expect(!settings.rule(for: "d.example").isAllowed)
        #expect(settings.rule(for: "e.example").authentication == .dane)
        #expect(settings.limits.storedSeconds == 7200)
        #expect(settings.limits.stanzasPerSecond == 50)
        #expect(settings.limits.bytesPerSecond == 20_000)
        #expect(settings.limits.storedStanzasPerAccount == 300)
    }

    @Test func isOffUnlessAskedFor() throws {
        let plain = try ConfigurationFixture.load(ConfigurationFixture.minimal)
        #expect(!plain.federation.isEnabled)
        #expect(try load("  enabled: true\n").rule(for: "a.example") == FederationRule())
    }

    @Test(arguments: [
        "authentication: guess", "others: some", "outbox_hours: 0", "queued_stanzas: 1", "idle_seconds: 5",
        "domains: {a.example: {port: 70000}}", "domains: {a.example: {fingerprint: abc}}",
        "domains: {a.example: {authentication: none}}", "resolver: {dnssec: perhaps}", "wrong_key: 1",
        "{authentication: dane, resolver: {dnssec: off}}",
        "{domains: {a.example: {authentication: dane}}, resolver: {dnssec: off}}",
    ])
    func refuses(_ line: String) {
        let messages = ConfigurationFixture.messages(
            ConfigurationFixture.minimal + "federation: \(line.hasPrefix("{") ? line : "{\(line)}")\n")
        #expect(messages.count == 1)
    }
}
