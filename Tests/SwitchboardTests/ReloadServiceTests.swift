//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import switchboard

@Suite struct ReloadServiceTests {
    @Test(arguments: [
        "hosts.acme.example.certificate", "hosts.acme.example.key", "tls.certificate",
    ])
    func takesCertificatesAtOnce(key: String) {
        #expect(ReloadService.isLive(key, hasBridge: false))
        #expect(ReloadService.isLive(key, hasBridge: true))
    }

    @Test(arguments: [
        "bridge.agent_capacity", "bridge.agent_capacities.alice@acme.example.capacity", "bridge.agent_grace_seconds",
        "bridge.departments.support.capacity", "bridge.departments.support.name",
        "contacts.support@acme.example.vcard.url", "bridge.suggest_contacts", "bridge.link_in_greeting",
    ])
    func takesTheCustomerServicesSettingsWithItsBridge(key: String) {
        #expect(ReloadService.isLive(key, hasBridge: true))
        #expect(!ReloadService.isLive(key, hasBridge: false))
    }

    @Test(arguments: [
        "bridge.domain", "bridge.storage", "bridge.secret", "bridge.in_process", "bridge.departments.sales",
        "bridge.departments.capacity", "bridge.departments.support.agents", "bridge.records.embedded",
        "contacts.support@acme.example", "contacts.support@acme.example.roster_groups", "listeners.c2s.port",
        "logging.level", "groups.Support.accounts", "federation.enabled", "federation.others",
        "federation.domains.a.example.authentication", "federation.certificate_authorities",
    ])
    func saysWhatNeedsARestart(key: String) {
        #expect(!ReloadService.isLive(key, hasBridge: true))
    }
}
