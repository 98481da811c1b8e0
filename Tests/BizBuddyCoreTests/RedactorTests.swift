//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

@Suite struct RedactorTests {
    private let redactor = Redactor()

    @Test(arguments: [
        ("4242 4242 4242 4242", "[•••• 4242]"),
        ("my card is 4111111111111111, thanks", "my card is [•••• 1111], thanks"),
        ("4111-1111-1111-1111.", "[•••• 1111]."),
        ("Order 12345 4111 1111 1111 1111 exp 12/29", "Order 12345 [•••• 1111] exp 12/29"),
        ("amex 3782 822463 10005", "amex [•••• 0005]"),
        ("mc 5555555555554444 and 2223003122003222", "mc [•••• 4444] and [•••• 3222]"),
        ("4111 1111\u{200B}1111\u{A0}1111", "[•••• 1111]"),
        ("٤١١١١١١١١١١١١١١١", "[•••• 1111]"),
        ("４１１１ １１１１ １１１１ １１１１", "[•••• 1111]"),
        ("4222222222222", "[•••• 2222]"), ("6011000990139424!", "[•••• 9424]!"),
        ("Visa4111111111111111", "Visa[•••• 1111]"),
        ("card:4111111111111111\ncvv 123", "card:[•••• 1111]\ncvv 123"),
    ])
    func takesOutCards(_ text: String, _ expected: String) {
        #expect(redactor.redact(text) == Redactor.Result(text: expected, names: ["card"]))
    }

    @Test(arguments: [
        "DE89 3704 0044 0532 0130 00", "de89370400440532013000", "GB82WEST12345698765432", "NO93 8601 1117 947",
        "FR14-2004-1010-0505-0001-3M02-606",
    ])
    func takesOutAccountNumbers(_ number: String) {
        #expect(
            redactor.redact("Pay to \(number), please")
                == Redactor.Result(text: "Pay to [IBAN ••••], please", names: ["iban"]))
    }

    @Test(arguments: ["078-05-1120", "219 09 9999", "SSN 219099999", "social security: 219099999"])
    func takesOutSocialSecurityNumbers(_ text: String) throws {
        let result = try #require(redactor.redact("It is \(text)."))
        #expect(result.names == ["ssn"] && result.text.hasSuffix("[•••-••-••••]."))
        #expect(result.text.filter { $0.isNumber }.isEmpty)
    }

    @Test(arguments: [
        "", "Hello, my gizmo is broken", "4111111111111112", "1234567890123452", "0000000000000000",
        // The first sixteen digits of a reference are no card, whatever their checksum.
        "4111111111111111000000000000000000000000", "ref 41111111111111110",
        "+49 30 1234567890123", "Order 4711-2026-11-22", "1.000.000,00", "192.168.100.100", "2026-11-22T12:00:00",
        "DE89370400440532013001", "DE00370400440532013000", "AB12 some everyday words 1234", "DE89",
        "000-12-3456", "666-12-3456", "912-12-3456", "219-00-9999", "219-09-0000", "219099999", "219-09-99991",
        "219-09-9999-1", "call 555-12-34", "1-800-555-0199", "xmpp:tom@home.example/4111", "v1.2.3",
    ])
    func leavesEverythingElse(_ text: String) {
        #expect(redactor.redact(text) == nil)
    }

    @Test func takesOutSeveralThings() throws {
        let result = try #require(
            redactor.redact("4242424242424242 or DE89370400440532013000 or 219-09-9999 or 4242424242424242"))
        #expect(
            result.text
                == "[•••• 4242] or [IBAN ••••] or [•••-••-••••] or [•••• 4242]")
        #expect(result.names == ["card", "iban", "ssn"])
        #expect(redactor.redact(result.text) == nil, "nothing is left")
    }

    @Test func leavesNoWordsOfAnyLanguage() throws {
        let pattern = try #require(RedactionPattern(name: "account", pattern: "K-######"))
        let result = try #require(
            Redactor(patterns: [pattern])
                .redact("4242424242424242, DE89370400440532013000, 219-09-9999, K-123456"))
        #expect(result.names == ["card", "iban", "ssn", "account"])
        #expect(result.text.replacing("IBAN", with: "").contains(where: \.isLetter) == false, "\(result.text)")
    }

    @Test func followsTheConfiguration() throws {
        #expect(Redactor(kinds: []).redact("4242424242424242") == nil)
        #expect(Redactor(kinds: [.ssn]).redact("4242424242424242 219-09-9999")?.names == ["ssn"])
        let pattern = try #require(RedactionPattern(name: "account", pattern: "K-######"))
        let own = Redactor(kinds: [], patterns: [pattern])
        #expect(own.redact("It is K-123456, or k 12-34-56.")?.text == "It is [••••], or [••••].")
        #expect(own.redact("K-1234567 and XK-123456 and K-12345") == nil)
        let checked = try #require(RedactionPattern(name: "member", pattern: "########", checksum: .luhn))
        #expect(
            Redactor(kinds: [], patterns: [checked]).redact("79927399 and 12345674")?.text
                == "79927399 and [••••]")
        let letters = try #require(RedactionPattern(name: "id", pattern: "@@-***#"))
        #expect(Redactor(kinds: [], patterns: [letters]).redact("ab-c1d2")?.text == "[••••]")
    }

    @Test(arguments: ["", "###", "word", "@@@@@", "a##b", String(repeating: "#", count: 65)])
    func refusesPatternsOfEverydayWords(_ pattern: String) {
        #expect(RedactionPattern(name: "x", pattern: pattern) == nil)
    }

    @Test func keepsItsTimeWithHostileTexts() {
        let texts = [
            String(repeating: "4", count: 50_000), String(repeating: "4 ", count: 25_000),
            String(repeating: "DE89 ", count: 10_000), String(repeating: "123-45-", count: 10_000),
            String(repeating: "4111 1111 1111 111 ", count: 3_000), String(repeating: "\u{200B}1", count: 25_000),
        ]
        let clock = ContinuousClock()
        let time = clock.measure { for text in texts { _ = redactor.redact(text) } }
        #expect(time < .seconds(60), "a few seconds in a debug build where nothing else runs")
    }

    @Test func neverLosesOrTrapsOnAnything() {
        var random = RandomSource(seed: 7)
        let alphabet = Array("0123456789 -./DEA4é\u{1F600}\u{301}K+")
        for _ in 0..<3_000 {
            let text = String(
                (0..<Int.random(in: 0...60, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "0" })
            guard let result = redactor.redact(text) else { continue }
            #expect(redactor.redact(result.text) == nil || result.text != text)
        }
    }

    @Test(arguments: [
        ("/link", CustomerRequest.code), (" /LINK ", .code), ("/link 123 456", .redeem("123456")),
        ("/answer 6789", .answer("6789")), ("Answer: 12 Main Street", .answer("12 Main Street")),
    ])
    func readsWhatIsForNoAgent(_ text: String, _ expected: CustomerRequest) {
        #expect(CustomerRequest(text) == expected)
    }

    @Test(arguments: ["", "link", "/link abc", "/link 12345", "/answer", "answer me!", "My answer: 42", "/links"])
    func leavesOtherTextsToAgents(_ text: String) {
        #expect(CustomerRequest(text) == nil)
    }

    @Test(arguments: [
        ("/reveal DOB ", CustomerCommand.reveal("dob")), ("/reveal", .incomplete("/reveal FIELD")),
        ("/verify ssn4", .verify("ssn4")), ("/history", .history), ("/remember  likes tea ", .remember("likes tea")),
        ("/tag Big Fish", .tag("big-fish")), ("/untag x", .untag("x")),
        ("/prefer language de", .prefer("language", "de")),
        ("/prefer hours mon-fri 9-12", .prefer("hours", "mon-fri 9-12")), ("/prefer dnd", .prefer("dnd", nil)),
        ("/prefer colour red", .incomplete("/prefer language|hours|channel|dnd VALUE")),
        ("/link", .link(nil, isSure: false)), ("/link aim:awesome54", .link("aim:awesome54", isSure: false)),
        ("/link aim:awe some yes", .link("aim:awe some", isSure: true)),
        ("/unlink", .incomplete("/unlink ADDRESS")),
    ])
    func readsWhatAgentsAsk(_ text: String, _ expected: CustomerCommand) {
        #expect(CustomerCommand(text) == expected)
    }

    @Test(arguments: ["", "reveal dob", "/note x", "/", "/revealed x"])
    func leavesOtherCommandsAlone(_ text: String) {
        #expect(CustomerCommand(text) == nil)
    }
}
