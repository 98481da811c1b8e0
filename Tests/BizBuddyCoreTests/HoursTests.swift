//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing

@Suite struct HoursTests {
    /// Berlin from autumn 2026 to spring 2028.
    static let berlin = ZoneOffsets(
        name: "Europe/Berlin", seconds: 3600,
        changes: [
            .init(at: Instant(milliseconds: 1_806_195_600_000), seconds: 7200),  // 2027-03-28T01:00Z
            .init(at: Instant(milliseconds: 1_824_944_400_000), seconds: 3600),  // 2027-10-31T01:00Z
        ])

    static func instant(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int = 0) -> Instant {
        guard let date = CivilDate(year: year, month: month, day: day) else { return Instant(milliseconds: -1) }
        return berlin.moment(date, minutes: hour * 60 + minute)
    }

    static func intervals(_ texts: [(Int, Int)]) -> [WeeklyHours.Interval] {
        texts.compactMap { WeeklyHours.Interval(start: $0.0 * 60, end: $0.1 * 60) }
    }

    /// Weekdays 9–12 and 13–18; Friday night until 2 on Saturday; Christmas, and a short 24th in 2026.
    static var office: WeeklyHours {
        let day = intervals([(9, 12), (13, 18)])
        return WeeklyHours(
            zone: berlin, week: [day, day, day, day, day + intervals([(22, 26)]), [], []],
            specialDays: [
                .init(year: nil, month: 12, day: 25, intervals: []),
                .init(year: nil, month: 12, day: 24, intervals: []),
                .init(year: 2026, month: 12, day: 24, intervals: intervals([(9, 11)])),
            ],
            closures: [.init(from: instant(2026, 12, 1, 10), to: instant(2026, 12, 2, 10))])
    }

    @Test(arguments: [
        (1970, 1, 1, 0, 3), (2000, 2, 29, 11_016, 1), (2026, 11, 22, 20_779, 6), (2100, 3, 1, 47_541, 0),
        (1969, 12, 31, -1, 2), (1600, 3, 1, -135_080, 2),
    ])
    func countsDays(year: Int, month: Int, day: Int, days: Int, weekday: Int) throws {
        let date = try #require(CivilDate(year: year, month: month, day: day))
        #expect(date.daysSinceEpoch == days)
        #expect(date.weekday == weekday)
    }

    @Test func everyDayHasItsPlace() throws {
        var before = try #require(CivilDate(year: 1899, month: 12, day: 31))
        for year in 1900...2101 {
            for month in 1...12 {
                for day in 1...CivilDate.length(ofMonth: month, in: year) {
                    let date = try #require(CivilDate(year: year, month: month, day: day))
                    try #require(date.daysSinceEpoch == before.daysSinceEpoch + 1)
                    before = date
                }
            }
        }
        #expect(CivilDate(year: 2027, month: 2, day: 29) == nil)
        #expect(CivilDate(year: 2026, month: 13, day: 1) == nil)
        #expect(CivilDate(year: 2026, month: 1, day: 0) == nil)
    }

    @Test(arguments: [
        (2026, 11, 23, 8, 59, false), (2026, 11, 23, 9, 0, true), (2026, 11, 23, 11, 59, true),
        (2026, 11, 23, 12, 0, false), (2026, 11, 23, 13, 0, true), (2026, 11, 23, 18, 0, false),
        (2026, 11, 27, 23, 0, true), (2026, 11, 28, 1, 59, true), (2026, 11, 28, 2, 0, false),
        (2026, 11, 29, 10, 0, false), (2026, 12, 1, 9, 30, true), (2026, 12, 1, 10, 0, false),
        (2026, 12, 2, 9, 59, false), (2026, 12, 2, 10, 0, true), (2026, 12, 24, 10, 0, true),
        (2026, 12, 24, 11, 0, false), (2026, 12, 25, 10, 0, false), (2027, 12, 24, 10, 0, false),
        (2027, 6, 1, 9, 0, true), (2027, 6, 1, 8, 59, false),
    ])
    func knowsWhenItIsOpen(year: Int, month: Int, day: Int, hour: Int, minute: Int, isOpen: Bool) {
        #expect(Self.office.isOpen(at: Self.instant(year, month, day, hour, minute)) == isOpen)
    }

    @Test func findsTheNextOpening() {
        let office = Self.office
        #expect(office.nextOpening(from: Self.instant(2026, 11, 22, 12)) == Self.instant(2026, 11, 23, 9))
        #expect(office.nextOpening(from: Self.instant(2026, 11, 23, 10)) == Self.instant(2026, 11, 23, 10))
        #expect(office.nextChange(after: Self.instant(2026, 11, 23, 9)) == Self.instant(2026, 11, 23, 12))
        #expect(office.nextChange(after: Self.instant(2026, 11, 27, 23)) == Self.instant(2026, 11, 28, 2))
        #expect(office.nextChange(after: Self.instant(2026, 12, 1, 9)) == Self.instant(2026, 12, 1, 10))
        #expect(office.nextOpening(from: Self.instant(2026, 12, 1, 11)) == Self.instant(2026, 12, 2, 10))
        #expect(office.nextOpening(from: Self.instant(2026, 12, 24, 12)) == Self.instant(2026, 12, 28, 9))
        let never = WeeklyHours(zone: .utc, week: Array(repeating: [], count: 7))
        #expect(never.nextOpening(from: Self.instant(2026, 12, 24, 12)) == nil)
        let day = WeeklyHours.Interval(start: 0, end: 1440)
        let always = WeeklyHours(zone: .utc, week: Array(repeating: [day].compactMap { $0 }, count: 7))
        #expect(always.nextChange(after: Self.instant(2026, 12, 24, 12)) == nil)
    }

    @Test func changesAreWhereOpennessChanges() throws {
        var random = RandomSource(seed: 4)
        for _ in 0..<60 {
            let start = Instant(
                milliseconds: Self.instant(2026, 11, 1, 0).milliseconds + Int64(random.below(40_000_000)) * 1000)
            guard let change = Self.office.nextChange(after: start) else { continue }
            let isOpen = Self.office.isOpen(at: start)
            try #require(change > start)
            try #require(Self.office.isOpen(at: change) != isOpen)
            try #require(Self.office.isOpen(at: Instant(milliseconds: change.milliseconds - 1)) == isOpen)
            let between = Instant(milliseconds: (start.milliseconds + change.milliseconds) / 2)
            try #require(Self.office.isOpen(at: between) == isOpen)
        }
    }

    @Test func clocksGoForwardAndBack() {
        // 02:30 does not exist on 28 March 2027, and comes twice on 31 October.
        #expect(Self.instant(2027, 3, 28, 2, 30) == Instant(milliseconds: 1_806_195_600_000))
        #expect(Self.instant(2027, 3, 28, 3) == Instant(milliseconds: 1_806_195_600_000))
        #expect(Self.instant(2027, 10, 31, 2, 30) == Instant(milliseconds: 1_824_942_600_000))
        let (date, minutes) = Self.berlin.local(Instant(milliseconds: 1_806_195_600_000))
        #expect(date == CivilDate(year: 2027, month: 3, day: 28))
        #expect(minutes == 180)
    }

    @Test(arguments: [(9, 9), (10, 9), (-1, 5), (24, 25), (0, 25)])
    func refusesIntervals(start: Int, end: Int) {
        #expect(WeeklyHours.Interval(start: start * 60, end: end * 60) == nil)
    }

    // MARK: The department

    private static func service(_ change: (inout DepartmentRules) -> Void = { _ in }) -> Service {
        var configuration = Service.acme()
        configuration.departments[0].hours = .weekly(office)
        change(&configuration.departments[0].rules)
        var service = Service(configuration)
        service.now = instant(2026, 11, 22, 12)
        service.apply(.tick)
        service.online(Service.bob)
        service.online(Service.alice)
        return service
    }

    @Test func outsideOfTheHoursMessagesWaitAndArePublishedWithTheOpening() {
        var service = Self.service()
        #expect(service.state.published[Service.support]?.status.reopens == Self.instant(2026, 11, 23, 9))
        #expect(service.state.published[Service.support]?.status.state == .closed)
        service.say("hello")
        #expect(service.heard().first?.contains("Support is closed until Mon 11/23 at 09:00.") == true)
        #expect(service.offers.isEmpty)
        let opening = Self.instant(2026, 11, 23, 9)
        #expect(service.state.timers[.hours(Service.support)] == opening)
        service.wait(.milliseconds(opening.milliseconds - service.now.milliseconds))
        #expect(service.offers.map(\.customer) == [Service.tom])
        #expect(service.published.contains { $0.department == Service.support && $0.state == .open })
        #expect(service.state.timers[.hours(Service.support)] == Self.instant(2026, 11, 23, 12))
    }

    @Test func whatIsOpenWhenTheHoursEndIsNotCutOff() {
        var service = Self.service()
        service.now = Self.instant(2026, 11, 23, 11, 59)
        service.apply(.tick)
        service.say("hello")
        service.apply(.acceptOffer(agent: service.offers.first?.agent ?? Service.bob, conversation: nil))
        service.wait(.seconds(120))
        #expect(service.state.published[Service.support]?.status.state == .closed)
        #expect(service.conversation()?.agent != nil)
        service.say("still there?")
        #expect(service.relays.count == 1)
    }

    @Test func closedMayMeanToBeCalled() {
        var service = Self.service { $0.whenClosed = .callback }
        service.say("hello")
        #expect(service.heard().first?.contains("we write to you when it is your turn") == true)
        #expect(service.offers.isEmpty)
        service.now = Self.instant(2026, 11, 23, 9)
        service.apply(.tick)
        #expect(service.heard().first?.hasPrefix("It is your turn: Support can help you now.") == true)
        #expect(service.offers.isEmpty)
        service.say("yes, please")
        #expect(service.offers.count == 1)
        #expect(service.conversation()?.customerTexts.map(\.text) == ["hello", "yes, please"])
    }

    @Test func closedMayMeanAnotherDepartment() {
        var service = Self.service { $0.whenClosed = .department(Service.sales) }
        service.say("hello")
        #expect(service.heard().first == "Support is closed at the moment, so Sales will answer you.")
        #expect(service.offers.map(\.department) == [Service.sales])
        #expect(service.offers.map(\.agent) == [Service.alice])
        #expect(service.conversation()?.department == Service.sales)
    }

    @Test func reloadKeepsWhoWasMoved() {
        var service = Self.service { $0.whenClosed = .department(Service.sales) }
        service.say("hello")
        service.apply(.configure(service.state.configuration))
        #expect(service.conversation()?.department == Service.sales)
        #expect(service.conversation()?.offer?.agent == Service.alice)
    }
}
