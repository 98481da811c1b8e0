//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyStorage
import Foundation
import Testing
import XMPPCore

@testable import switchboard

@Suite struct BackupTests {
    @Test func copiesWhatCanTakeTheDataFoldersPlace() async throws {
        let folder = try ConfigurationFixture.temporaryFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        func configuration(_ data: String) throws -> SwitchboardConfiguration {
            try ConfigurationFixture.load(
                ConfigurationFixture.minimal + """
                    bridge: {domain: care.acme.example, departments: {}}
                    """, environment: ["SWITCHBOARD_DATA": data])
        }
        let original = try configuration(folder + "/data")
        await #expect(
            throws: CommandFailure("There is no database in \(folder)/data yet, so nothing to copy.")
        ) {
            try await Backup(original).run(into: folder + "/copy")
        }
        let accounts = try AccountAdministration(original, createsStore: true)
        try await accounts.add(try accounts.address("alice@acme.example"), password: "correct horse")
        let csv = folder + "/customers.csv"
        try "address,name,customer,plan\nTom@Home.example,Tom Customer,4711,Gold\nnobody,No Body,1,Gold\n"
            .write(toFile: csv, atomically: true, encoding: .utf8)
        let report = try await CustomerAdministration(original).importFile(csv, dryRun: false)
        #expect((report.rows, report.inserted, report.failed) == (2, 1, 1))
        #expect(CustomerAdministration.text(report, file: "c.csv", dryRun: false).hasPrefix("c.csv:3: "))

        let copies = try await Backup(original).run(into: folder + "/copy")
        #expect(copies == [folder + "/copy/switchboard.sqlite", folder + "/copy/customers.sqlite"])
        try await accounts.add(try accounts.address("bob@acme.example"), password: "correct horse")
        let restored = try AccountAdministration(configuration(folder + "/copy"))
        #expect(try await restored.list(host: nil).map(\.account) == ["alice@acme.example"])
        let again = try await CustomerAdministration(configuration(folder + "/copy")).importFile(csv, dryRun: true)
        #expect(again.unchanged == 1)
        await #expect(throws: CommandFailure.self) { try await Backup(original).run(into: folder + "/data") }
    }

    @Test func needsADatabaseToListAccounts() throws {
        let configuration = try ConfigurationFixture.load(
            ConfigurationFixture.minimal, environment: ["SWITCHBOARD_DATA": "/nowhere"])
        #expect(throws: CommandFailure.self) { try AccountAdministration(configuration) }
    }
}
