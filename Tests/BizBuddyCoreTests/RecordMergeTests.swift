//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

@Suite struct RecordMergeTests {
    private func record(
        _ id: String, _ source: String, _ match: CustomerRecord.Match = .exact, _ fields: (String, String)...
    ) -> CustomerRecord {
        CustomerRecord(
            customerID: id, displayName: "Name \(id)", source: source, match: match,
            fields: fields.map { .init(key: $0.0, label: $0.0, value: $0.1) })
    }

    private func answer(_ record: CustomerRecord..., age: Int = 0) -> SourceAnswer {
        SourceAnswer(source: record.first?.source ?? "none", outcome: .records(record, age: age))
    }

    @Test func putsValuesThatDifferSideBySide() throws {
        let card = try #require(
            RecordLookup.merged([
                answer(record("1", "crm", .exact, ("plan", "Gold"), ("city", "Ulm"))),
                answer(record("1", "shop", .exact, ("plan", "Silver"), ("city", "Ulm"))),
            ])?.record)
        #expect(card.fields.map(\.value) == ["Gold", "Ulm", "Silver"])
        #expect(card.fields.map(\.source) == [nil, nil, "shop"])
    }

    @Test func mixesInNobodyElse() throws {
        let card = try #require(
            RecordLookup.merged([
                answer(record("1", "crm", .exact, ("plan", "Gold"))),
                answer(record("2", "shop", .exact, ("orders", "3"))),
            ])?.record)
        #expect(card.fields.map(\.key) == ["plan"])
        #expect(card.candidates == [.init(customerID: "2", displayName: "Name 2", source: "shop")])
        #expect(AgentTexts.record(.found(card)).contains("Could also be Name 2, customer 2 (shop)"))
    }

    @Test func prefersWhoIsCertain() throws {
        let card = try #require(
            RecordLookup.merged([
                answer(record("", "vcard", .probable, ("vcard_email", "t@x"))),
                answer(record("7", "guess", .probable)), answer(record("1", "crm", .exact)),
            ])?.record)
        #expect(card.customerID == "1" && card.source == "crm" && card.match == .exact)
        #expect(card.fields.map(\.source) == ["vcard"], "what somebody says of himself goes with it")
        #expect(card.candidates.map(\.customerID) == ["7"])
    }

    @Test func guessesNobodyOfSeveral() throws {
        let card = try #require(
            RecordLookup.merged([answer(record("1", "crm"), record("2", "crm"))])?.record)
        #expect(card.customerID.isEmpty && card.fields.isEmpty && card.candidates.count == 2)
        let text = AgentTexts.record(.found(card))
        #expect(text.hasPrefix("No record of this customer.") && text.contains("Name 2"))
    }

    @Test func tellsOfFailuresAndAge() throws {
        let card = try #require(
            RecordLookup.merged([
                answer(record("1", "crm"), age: 180),
                SourceAnswer(source: "shop", outcome: .failed("no answer in time")),
                SourceAnswer(source: "staff", outcome: .pending),
            ])?.record)
        let lines = AgentTexts.record(.found(card)).split(separator: "\n")
        #expect(
            lines.suffix(3) == ["crm: as it was 3 min ago", "shop: no answer in time", "staff: still being asked"])
    }

    @Test func knowsNothingWhileSomebodyIsAsked() {
        let pending = SourceAnswer(source: "crm", outcome: .pending)
        #expect(RecordLookup.merged([pending]) == nil)
        #expect(RecordLookup.merged([]) == .notFound)
        let history = SourceAnswer(source: "history", outcome: .history(["2 Nov: solved"]))
        #expect(RecordLookup.merged([pending, history])?.record?.history == ["2 Nov: solved"])
    }

    @Test func takesTheStricterClassOfTheSameValue() throws {
        let open = record("1", "crm", .exact, ("dob", "1970"))
        let strict = CustomerRecord(
            customerID: "1", displayName: "", source: "shop", match: .exact,
            fields: [.init(key: "dob", label: "Born", value: "1970", fieldClass: .sensitive)])
        let card = try #require(RecordLookup.merged([answer(open), answer(strict)])?.record)
        #expect(card.fields.map(\.fieldClass) == [.sensitive])
        #expect(AgentTexts.record(.found(card.withheld)).contains("Born: withheld, /reveal dob shows it"))
        #expect(!AgentTexts.record(.found(card.withheld)).contains("1970"))
    }

    @Test func showsPeopleOfOtherCompaniesPublicFieldsOnly() throws {
        let card = CustomerRecord(
            customerID: "1", displayName: "Tom", source: "crm", match: .exact,
            fields: FieldClass.allCases.map { .init(key: $0.rawValue, label: "", value: "v", fieldClass: $0) },
            candidates: [.init(customerID: "2", displayName: "", source: "")], history: ["yesterday"])
        let limited = card.limited(to: .public)
        #expect(limited.fields.map(\.key) == ["public"] && limited.candidates.isEmpty && limited.history.isEmpty)
        #expect(card.limited(to: .business).history == ["yesterday"])
    }

    @Test(arguments: [
        ("aim", "Awesome 54", "aim:awesome54"), ("aim", "awesome54@aol.com", "aim:awesome54"),
        ("tel", "+1 (415) 555-0123", "tel:+14155550123"), ("wa", "14155550123", "wa:+14155550123"),
        ("mailto", "Tom@Mail.Example", "mailto:tom@mail.example"), ("irc", "libera/tom", "irc:libera/tom"),
    ])
    func spellsAddressesInOneWay(_ scheme: String, _ value: String, _ expected: String) {
        #expect(CanonicalAddress(scheme: scheme, value: value)?.description == expected)
    }

    @Test(arguments: [
        ("", "a"), ("tel", "0711 123456"), ("tel", "+1"), ("tel", "+12345678901234567"), ("tel", "+49abc12345"),
        ("mailto", "tom"), ("mailto", "@x"), ("aim", " "), ("no scheme", "a"), ("irc", "a\nb"),
        ("irc", String(repeating: "a", count: 2000)),
    ])
    func refusesWhatIsNoAddress(_ scheme: String, _ value: String) {
        #expect(CanonicalAddress(scheme: scheme, value: value) == nil)
    }
}
