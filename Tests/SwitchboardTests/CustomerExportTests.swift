//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation
import Testing

@testable import switchboard

@Suite struct CustomerExportTests {
    private let folder: String
    private let configuration: SwitchboardConfiguration

    init() throws {
        folder = try ConfigurationFixture.temporaryFolder()
        configuration = try ConfigurationFixture.load(
            ConfigurationFixture.minimal + """
                bridge: {domain: care.acme.example, departments: {}}
                """, environment: ["SWITCHBOARD_DATA": folder])
    }

    @Test func writesWhatIsKeptOfACustomerAndThatItWasDone() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let csv = folder + "/customers.csv"
        try "address,name,customer\ntom@home.example,Tom Customer,4711\naim:Awesome 54,Tom on AIM,4711\n"
            .write(toFile: csv, atomically: true, encoding: .utf8)
        #expect(try await CustomerAdministration(configuration).importFile(csv, dryRun: false).inserted == 2)
        let book = try CustomerBook(path: folder + "/people.sqlite") { "p-\(UUID().uuidString)" }
        let tom = CanonicalAddress(CustomerAddress("tom@home.example"))
        let aim = try #require(CanonicalAddress("aim:awesome54"))
        try await book.note("likes tea", by: "alice", about: tom, at: 1)
        #expect(
            try await book.link(tom, with: aim, trust: .agent, evidence: "", actor: "alice", at: 2) == .linked)
        try book.close()

        for address in ["Tom@Home.example", "aim:awesome54"] {
            let export = try await CustomerAdministration.export(address, configuration)
            #expect(Set(export.addresses) == ["xmpp:tom@home.example", "aim:awesome54"])
            #expect(Set(export.records.map(\.displayName)) == ["Tom Customer", "Tom on AIM"])
            #expect(export.person?.notes.map(\.text) == ["likes tea"])
            #expect(try CustomerAdministration.json(export).contains("likes tea"))
        }
        let stranger = try await CustomerAdministration.export("wendy@home.example", configuration)
        #expect(stranger.person == nil && stranger.records.isEmpty && stranger.conversations.isEmpty)
        await #expect(throws: CommandFailure.self) { try await CustomerAdministration.export("nobody", configuration) }

        let audit = configuration.bridge?.privacy.audit ?? ""
        let verdict = try AuditAdministration.verdict(audit, head: nil)
        #expect(verdict.entries == 3 && verdict.problem == nil)
        #expect(try AuditAdministration.verdict(audit, head: verdict.head).problem == nil)
        #expect(try AuditAdministration.verdict(audit, head: "0123").problem != nil)
        #expect(try !String(contentsOfFile: audit, encoding: .utf8).contains("tom@"))
    }
}
