//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Synchronization
import Testing

@testable import BizBuddyRecords

@Suite(.timeLimit(.minutes(1))) struct RecordDeskTests {
    private func find(_ desk: RecordDesk) async -> [RecordLookup] {
        let told = Mutex<[RecordLookup]>([])
        await desk.find(.about()) { lookup in told.withLock { $0.append(lookup) } }
        return told.withLock { $0 }
    }

    private func report(_ lookup: RecordLookup?) -> [SourceReport] { lookup?.record?.reports ?? [] }

    @Test func makesOneCardOfAll() async throws {
        let crm = ScriptedSource("crm", [.answer([.sample("4711", "crm")])])
        let shop = ScriptedSource(
            "shop", [.answer([.sample("4711", "shop", [.init(key: "orders", label: "Orders", value: "3")])])])
        let told = await find(RecordDesk(sources: [crm, shop]))
        #expect(told.count == 1)
        let record = try #require(told.first?.record)
        #expect(record.source == "crm" && record.reports.isEmpty)
        #expect(record.fields.map(\.key) == ["plan", "orders"])
        #expect(record.fields.map(\.source) == [nil, "shop"])
    }

    @Test func tellsWhatIsThereAtTheSoftDeadlineAndTheRestLater() async throws {
        let gate = Gate()
        let crm = ScriptedSource("crm", [.answer([.sample()])])
        let slow = ScriptedSource(
            "shop", [.answerAfter(gate, [.sample("4711", "shop", [.init(key: "orders", label: "Orders", value: "3")])])]
        )
        let told = Mutex<[RecordLookup]>([])
        await RecordDesk(sources: [crm, slow], softDeadline: .milliseconds(20), hardDeadline: .seconds(30))
            .find(.about()) { lookup in
                told.withLock { $0.append(lookup) }
                gate.open()
            }
        let lookups = told.withLock { $0 }
        #expect(lookups.count == 2)
        #expect(report(lookups.first) == [SourceReport(source: "shop", state: .pending)])
        #expect(lookups.last?.record?.fields.map(\.key) == ["plan", "orders"])
        #expect(report(lookups.last) == [])
    }

    @Test func saysWhoHasNotAnsweredAtTheHardDeadline() async throws {
        let crm = ScriptedSource("crm", [.answer([.sample()])])
        let told = await find(
            RecordDesk(
                sources: [crm, ScriptedSource("shop", [.hang])], softDeadline: .milliseconds(10),
                hardDeadline: .milliseconds(50)))
        #expect(told.count == 2)
        #expect(report(told.last) == [SourceReport(source: "shop", state: .failed("no answer in time"))])
    }

    @Test func saysNothingBeforeAnythingIsKnown() async throws {
        let told = await find(
            RecordDesk(
                sources: [ScriptedSource("shop", [.hang])], softDeadline: .milliseconds(10),
                hardDeadline: .milliseconds(30)))
        #expect(told == [.failed("shop: no answer in time")])
    }

    @Test func saysWhichSourcesHaveFailedWhereNoneKnowsAnything() async throws {
        let sources = [ScriptedSource("crm", [.fail("cannot be reached")]), ScriptedSource("shop", [.answer([])])]
        #expect(await find(RecordDesk(sources: sources)) == [.failed("crm: cannot be reached")])
        #expect(await find(RecordDesk(sources: [sources[1]])) == [.notFound])
        #expect(await find(RecordDesk(sources: [])) == [.notFound])
    }

    @Test func refreshesWhatIsOldAndShowsItMeanwhile() async throws {
        let clock = ManualClock()
        let source = ScriptedSource(
            "crm", [.answer([.sample()]), .fail("down"), .answer([.sample("4711", "crm", name: "Tom New")])])
        let desk = RecordDesk(sources: [GuardedSource(source) { clock.now }])
        _ = await find(desk)
        clock.advance(.seconds(400))
        let old = await find(desk)
        #expect(old.last?.record?.displayName == "Tom Customer", "old words are better than none")
        #expect(report(old.last) == [SourceReport(source: "crm", state: .aged(seconds: 400))])
        #expect(await find(desk).last?.record?.displayName == "Tom New")
        #expect(source.asked.map(\.isRefresh) == [false, true, true])
    }

    @Test func withholdsWhatIsSensitiveAndGivesItOnDemand() async throws {
        let source = ScriptedSource(
            "crm",
            [
                .answer([
                    .sample(
                        "4711", "crm",
                        [
                            .init(key: "plan", label: "Plan", value: "Gold"),
                            .init(key: "DOB", label: "Born", value: "1970-01-01"),
                            .init(key: "ssn4", label: "SSN", value: "6789", fieldClass: .secret),
                        ])
                ])
            ])
        let desk = RecordDesk(sources: [source], classes: ["dob": .sensitive])
        let record = try #require(await find(desk).last?.record)
        #expect(record.fields.map(\.value) == ["Gold", "", ""])
        #expect(record.fields.map(\.fieldClass) == [.business, .sensitive, .secret])
        let whole = try #require(await desk.wholeRecord(.about()))
        #expect(whole.fields.map(\.value) == ["Gold", "1970-01-01", "6789"])
    }

    @Test func neverWaitsForMoreRecordsThanItsBound() async throws {
        let many = (0..<50).map { CustomerRecord.sample("\($0)") }
        let record = try #require(
            await find(RecordDesk(sources: [ScriptedSource("crm", [.answer(many)])])).last?.record)
        #expect(record.customerID.isEmpty && record.fields.isEmpty, "nobody is guessed")
        #expect(record.candidates.map(\.customerID) == ["0", "1", "2", "3", "4"])
    }

    @Test func takesACardBeforeOrAfterSomebodyWaits() async throws {
        let cards = CardSource()
        #expect(try await cards.answer(.about()).records.isEmpty, "nobody has asked")
        cards.expect("c1")
        cards.deliver(.sample("", "vcard"), to: "c1")
        #expect(try await cards.answer(.about()).records == [.sample("", "vcard")])
        cards.expect("c1")
        async let later = cards.answer(.about())
        cards.deliver(nil, to: "c1")
        #expect(try await later.records.isEmpty)
        cards.deliver(.sample("", "vcard"), to: "nobody's")
        cards.expect("c1")
        let told = await find(
            RecordDesk(sources: [cards], softDeadline: .milliseconds(5), hardDeadline: .milliseconds(20)))
        #expect(told == [.failed("vcard: no answer in time")])
        #expect(try await cards.answer(.about()).records.isEmpty, "nothing is left of it")
    }
}
