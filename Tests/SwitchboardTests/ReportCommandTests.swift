//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import BizBuddyCore
import FoundationEssentials
import Testing

@testable import switchboard

@Suite struct ReportCommandTests {
    private static let day: Int64 = 86_400_000

    @Test func readsDays() throws {
        let now = Date(timeIntervalSince1970: 20_000 * 86_400 + 3_600)
        let usual = try ReportAdministration.days(from: nil, to: nil, now: now)
        #expect(usual.until.milliseconds == 20_001 * Self.day, "today is part of it")
        #expect(usual.since.milliseconds == 19_970 * Self.day)
        let given = try ReportAdministration.days(from: "2026-11-01", to: "2026-11-30", now: now)
        #expect(given.until.milliseconds - given.since.milliseconds == 30 * Self.day)
        for (from, to) in [("2026-11-31", nil), ("yesterday", nil), ("2026-11-02", "2026-11-01"), (nil, "2026-13-01")]
            as [(String?, String?)]
        {
            #expect(throws: (any Error).self) { try ReportAdministration.days(from: from, to: to, now: now) }
        }
    }

    @Test(arguments: [
        ["report", "--json", "--csv"], ["report", "--by", "moon"], ["report", "--from", "x"],
        ["board", "--every", "0"],
    ])
    func endsWithTwoOnWrongUsage(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try Switchboard.parseAsRoot(arguments) }
    }

    @Test func writesJSON() throws {
        var report = Report(by: .agent)
        report.add(
            Fact(
                at: Instant(milliseconds: 0), kind: .answered(wait: 30, expected: 40),
                agent: AgentID("alice@acme.example")))
        let json = try ReportAdministration.json(report)
        #expect(json.contains("\"key\" : \"alice@acme.example\""))
        #expect(json.contains("\"averageWait\" : 30"))
        #expect(json.contains("\"averageEstimateError\" : 10"))
    }
}
