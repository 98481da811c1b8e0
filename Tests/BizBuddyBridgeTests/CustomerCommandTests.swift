//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage
import Testing
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// What customers ask of a contact as ad-hoc commands.
@Suite struct CustomerCommandTests {
    private static let tom = "tom@home.example/phone"
    private static let support = "support@acme.example"

    /// Tom stands in line; nobody is there.
    private func waiting() throws -> BridgeHarness {
        var bridge = try BridgeHarness()
        bridge.core.configuration.service.outreach.topics = ["gizmo": "new gizmos"]
        bridge.core.configuration.privacy.takesRequests = true
        var turn = Turn(now: bridge.now)
        bridge.core.configure(bridge.core.configuration, &turn)
        try bridge.customerWrites("My gizmo is broken")
        return bridge
    }

    private func notes(
        _ verb: String, _ bridge: inout BridgeHarness, _ fields: [String: String]? = nil, language: String? = nil
    ) throws -> [String] {
        let sent = try bridge.command(verb, fields, as: Self.tom, to: Self.support, language: language)
        let result = try #require(sent.commandResult)
        #expect(result.status == .completed)
        #expect(sent.to("tom@home.example").bodies.isEmpty, "told once, where it was asked")
        return result.notes.map(\.text)
    }

    @Test func listsWhatMeansSomethingInTheCustomersLanguage() throws {
        var bridge = try waiting()
        let all: Set<String> = [
            "help", "position", "callback", "leave", "transcript", "alerts", "stop", "link", "export", "erase",
        ]
        #expect(try bridge.nodes(for: Self.tom, at: Self.support) == all, "and nothing to answer is there")
        let sent = try bridge.receive(
            """
            <iq type='get' id='i' xml:lang='de' from='\(Self.tom)' to='\(Self.support)'><query \
            xmlns='http://jabber.org/protocol/disco#info' node='urn:switchboard:bizbuddy:1#position'/></iq>
            """)
        let info = try DiscoveryInfo(try #require(sent.first?.payload))
        #expect(info.identities.map(\.name) == ["Mein Platz in der Reihe"])
        let texts = CustomerTexts()
        for verb in CustomerVerb.allCases { #expect(!texts[verb.title].isEmpty) }
        #expect(
            try bridge.command("frobnicate", as: Self.tom, to: Self.support).first?.error == .itemNotFound)
        #expect(try bridge.command("transfer", as: Self.tom, to: Self.support).first?.error == .itemNotFound)
        #expect(
            try bridge.command("position", as: Self.tom, to: Self.support, action: "prev").first?.error == .badRequest)
        let cancelled = try bridge.command("leave", as: Self.tom, to: Self.support, action: "cancel").commandResult
        #expect(cancelled?.status == .canceled && !bridge.core.service.conversations.isEmpty)
    }

    @Test func answersWhereItWasAsked() throws {
        var bridge = try waiting()
        #expect(try notes("position", &bridge).first?.hasPrefix("You are 1st in line") == true)
        #expect(try notes("help", &bridge).first?.hasPrefix("Write your question") == true)
        #expect(try notes("callback", &bridge, ["time": ""]).first?.hasPrefix("You keep your place") == true)
        #expect(try notes("callback", &bridge, ["time": "whenever"]).first?.hasPrefix("That time cannot") == true)
        #expect(try notes("callback", &bridge, ["time": "15:30"]).first?.contains("at 15:30") == true)
        #expect(try notes("transcript", &bridge) == ["Done."])
        #expect(bridge.turn.archive.count == 1)
        #expect(try notes("position", &bridge, language: "de").first?.hasPrefix("Sie sind auf Platz 1") == true)
        #expect(try notes("leave", &bridge) == ["Sie stehen nicht mehr an. Schreiben Sie uns jederzeit wieder."])
        #expect(bridge.core.service.conversations.isEmpty)
        #expect(try notes("leave", &bridge).first?.hasPrefix("You are not in line") == true)
    }

    @Test func countsWhileSomebodyServesAndReachesNoAgent() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        for verb in ["position", "leave", "callback"] {
            let fields = verb == "callback" ? ["time": "15:30"] : nil
            #expect(try notes(verb, &bridge, fields) == ["Someone from Support is with you now."])
            #expect(bridge.sent.to("alice@acme.example").isEmpty && bridge.sent.count == 1)
        }
        #expect(bridge.core.service.conversations[bridge.conversation]?.agent != nil)
        #expect(try notes("stop", &bridge) == ["You will not be told about anything any more."])
    }

    @Test func asksTwiceBeforeAnybodyIsTold() throws {
        var bridge = try waiting()
        let asked = try #require(
            try bridge.command("alerts", as: Self.tom, to: Self.support).commandResult)
        #expect(asked.status == .executing && asked.form?.field("topic")?.options.map(\.value) == ["gizmo"])
        let again = try #require(
            try bridge.command("alerts", ["topic": "gizmo"], as: Self.tom, to: Self.support).commandResult)
        #expect(again.status == .executing)
        #expect(again.form?.field("confirmed")?.label == "Do you want to be told about new gizmos? Answer \"yes\".")
        let customer = CustomerAddress("tom@home.example")
        #expect(bridge.core.service.holdings(of: [customer]).subscriptions.map(\.isConfirmed) == [false])
        #expect(try notes("alerts", &bridge, ["topic": "gizmo", "confirmed": "0"]) == ["Done."])
        #expect(bridge.core.service.holdings(of: [customer]).subscriptions.map(\.isConfirmed) == [false])
        let told = try notes("alerts", &bridge, ["topic": "gizmo", "confirmed": "1"])
        #expect(told == ["You will be told about new gizmos. \"stop\" ends it at any time."])
        #expect(bridge.turn.consents.map(\.purpose) == ["alerts/gizmo"] && bridge.turn.consents.first?.proof == "c1")
        #expect(bridge.core.service.holdings(of: [customer]).subscriptions.map(\.isConfirmed) == [true])
        for fields in [["topic": "cars"], ["topic": ""]] {
            #expect(
                try bridge.command("alerts", fields, as: Self.tom, to: Self.support).first?.error == .badRequest)
        }
        #expect(try notes("stop", &bridge) == ["You will not be told about anything any more."])
        #expect(bridge.core.service.holdings(of: [customer]).subscriptions.isEmpty)
    }

    @Test func aYesToNothingIsNoYes() throws {
        var bridge = try waiting()
        let told = try notes("alerts", &bridge, ["topic": "gizmo", "confirmed": "true"])
        #expect(told.first?.hasPrefix("You can be told about") == true && bridge.turn.consents.isEmpty)
    }

    @Test func takesCodesAndAnswersThatNobodySees() async throws {
        let office = try BackOffice([
            FixedSource(
                CustomerRecord(
                    customerID: "4711", displayName: "Tom Customer", source: "crm", match: .exact,
                    fields: [.init(key: "word", label: "Codeword", value: "Blue Bird", fieldClass: .secret)]))
        ])
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let form = try bridge.command("link", as: Self.tom, to: Self.support).commandResult?.form
        #expect(form?.fields.map(\.name) == ["code"])
        let asked = try bridge.command("link", [:], as: Self.tom, to: Self.support)
        #expect(asked.isEmpty, "answered when the code is kept")
        let told = await office.finish(&bridge)
        let note = try #require(told.commandResult?.notes.first?.text)
        #expect(note.contains("/link ") && told.count == 1)
        let code = try #require(note.firstMatch(of: /\d{6}/)?.output)
        let wendy = "wendy@home.example/x"
        try bridge.command("link", ["code": String(code)], as: wendy, to: Self.support)
        #expect(await office.finish(&bridge).commandResult?.notes.first?.text.contains("both addresses") == true)
        #expect(
            try bridge.command("link", ["code": "12"], as: wendy, to: Self.support).first?.error == .badRequest)

        #expect(try bridge.command("answer", as: Self.tom, to: Self.support).first?.error == .itemNotFound)
        bridge.find(
            CustomerRecord(
                customerID: "4711", displayName: "Tom Customer", source: "crm", match: .exact,
                fields: [.init(key: "word", label: "Codeword", value: "", fieldClass: .secret)]))
        try bridge.says("/verify word", type: "chat")
        let question = try bridge.command("answer", as: Self.tom, to: Self.support).commandResult?.form
        #expect(question?.fields.map(\.label) == ["Codeword"] && question?.fields.first?.kind == .textPrivate)
        try bridge.command("answer", ["answer": "bluebird"], as: Self.tom, to: Self.support)
        let compared = await office.finish(&bridge)
        #expect(compared.commandResult?.notes.first?.text.hasPrefix("Thank you") == true)
        #expect(compared.to("alice@acme.example").bodies == ["✓ Codeword: the customer's answer is right."])
        #expect(compared.to("tom@home.example").isEmpty)
    }

    @Test func floodsAreTurnedAway() throws {
        var bridge = try waiting()
        var refusals = 0
        for _ in 0..<30 {
            let sent = try bridge.customerWrites("/link")
            refusals += sent.first?.error == .policyViolation ? 1 : 0
        }
        #expect(refusals == 20)
        #expect(try bridge.command("erase", as: Self.tom, to: Self.support).first?.error == .policyViolation)
        bridge.tick(after: .seconds(61))
        try bridge.command("erase", as: Self.tom, to: Self.support)
        #expect(bridge.turn.errands.map(\.task) == [.request(.erase)])
        for _ in 0..<200 { try bridge.command("position", as: Self.tom, to: Self.support) }
        let refused = try bridge.command("position", as: Self.tom, to: Self.support, language: "de")
        #expect(refused.first?.error == .policyViolation)
        #expect(refused.first?.element.xmlString.contains("Zu viel auf einmal") == true)
    }
}

/// A source that knows one record, of Tom.
struct FixedSource: RecordSource {
    let name = "crm"
    let record: CustomerRecord

    init(_ record: CustomerRecord) { self.record = record }

    func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        RecordAnswer(records: query.addresses.contains { $0.value == "tom@home.example" } ? [record] : [])
    }
}
