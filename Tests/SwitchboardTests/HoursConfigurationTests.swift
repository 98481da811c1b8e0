//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyBridge
import BizBuddyCore
import Testing

@testable import switchboard

@Suite struct HoursConfigurationTests {
    private static func messages(_ keys: String, contact: String = "") -> [String] {
        ConfigurationFixture.messages(Self.yaml(keys, contact: contact))
    }

    private static func yaml(_ keys: String, contact: String = "") -> String {
        ConfigurationFixture.minimal + """
            listeners: {c: {type: component, port: 5347}}
            contacts: {support@acme.example: {name: Support, departments: [support]\(contact)}}
            bridge:
              domain: care.acme.example
              agent_skills: {alice@acme.example: {skills: [french]}}
              departments:
                support:
                  name: Support
                  agents: [alice@acme.example]
                  \(keys.replacing("\n", with: "\n      "))
                sales: {name: Sales, agents: [alice@acme.example]}

            """
    }

    @Test(arguments: [
        (#"hours: ["mon-fri"]"#, #""mon-fri" are no hours: write days and intervals"#),
        (#"hours: ["mno 09:00-12:00"]"#, #""mno" is neither a day nor days. Did you mean "mon"?"#),
        (#"hours: ["mon 9-12"]"#, #""9-12" in "mon 9-12" is no interval such as 09:00-12:00"#),
        (#"hours: ["mon 09:00-25:00"]"#, "is no interval"),
        (#"hours: ["mon 09:00-12:00 11:00-13:00"]"#, "overlaps another interval"),
        ("hours: [\"mon 09:00-12:00\"]\ntime_zone: Europe/Berln", #""Europe/Berln" is no time zone"#),
        ("hours: [\"mon 09:00-12:00\"]\nspecial_days: [\"02-30 closed\"]", "is no date with hours"),
        ("special_days: [\"12-25 closed\"]", "has no effect without hours"),
        (
            "hours: [\"mon 09:00-12:00\"]\nclosed_between: [\"2026-12-02T10:00 2026-12-01T10:00\"]",
            "the closure ends before it begins"
        ),
        ("when_closed: department", "give when_closed_department as well"),
        (
            "when_closed: department\nwhen_closed_department: sale",
            #"there is no department "sale" in bridge.departments. Did you mean "sales"?"#
        ),
        ("overflow: {support: {after_seconds: 60}}", "a department cannot help itself out"),
        ("ladder: [faq, calback]", #"Did you mean "callback"?"#),
    ])
    func refusesWhatIsWrongAndSaysHowToMendIt(keys: String, message: String) {
        let messages = Self.messages(keys)
        #expect(messages.contains { $0.contains(message) }, "\(messages)")
    }

    @Test func refusesSkillsNobodyHasAndTextsThatDoNotExist() {
        let messages = Self.messages("priority: 1", contact: ", skills: [frensh], texts: {en: {greting: Hi}}")
        #expect(messages.contains { $0.contains(#"no agent has the skill "frensh""#) && $0.contains("french") })
        #expect(messages.contains { $0.contains(#"no text of this name. Did you mean "greeting"?"#) })
    }

    @Test func readsHours() throws {
        let configuration = try ConfigurationFixture.load(
            Self.yaml(
                """
                time_zone: Europe/Berlin
                hours: ["mon-fri 09:00-12:00 13:00-18:00", "fri 22:00-02:00", "sat,sun 10:00-14:00"]
                special_days: ["12-25 closed", "2026-12-24 09:00-12:00"]
                closed_between: ["2026-12-01T10:00 2026-12-02T10:00"]
                when_closed: department
                when_closed_department: sales
                overflow: {sales: {after_seconds: 90}}
                """))
        let department = try #require(configuration.bridge?.departments["support"])
        guard case .weekly(let hours) = department.openingHours else {
            Issue.record("no weekly hours")
            return
        }
        #expect(hours.zone.name == "Europe/Berlin")
        #expect(hours.zone.changes.count > 30)
        #expect(hours.week.map(\.count) == [2, 2, 2, 2, 3, 1, 1])
        #expect(hours.week[4].last?.end == 26 * 60)
        #expect(hours.specialDays.map(\.intervals.count) == [0, 1])
        // 10:00 in Berlin in December.
        #expect(hours.closures.first?.from == Instant(milliseconds: 1_796_115_600_000))
        let rules = DepartmentRules(department)
        #expect(rules.whenClosed == .department(DepartmentID("sales")))
        #expect(rules.overflow == [.init(after: .seconds(90), department: DepartmentID("sales"))])
    }
}
