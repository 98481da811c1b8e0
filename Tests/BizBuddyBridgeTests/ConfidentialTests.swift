//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import Testing
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// What is confidential is taken out, compared unseen, and kept nowhere.
@Suite struct ConfidentialTests {
    private static let record = CustomerRecord(
        customerID: "4711", displayName: "Tom Customer", source: "crm", match: .exact,
        fields: [.init(key: "ssn4", label: "last four digits", value: "67-89", fieldClass: .secret)])

    private let office: BackOffice

    init() throws {
        office = try BackOffice([TomsSource(record: Self.record)])
    }

    private func harness() throws -> BridgeHarness {
        var harness = try BridgeHarness()
        try harness.conversationBegins(with: Self.record.withheld)
        return harness
    }

    @Test func takesACardOutOfWhatACustomerWrites() throws {
        var harness = try harness()
        let sent = try harness.customerWrites("My card is 4242 4242 4242 4242")
        let xml = sent.map(\.element.xmlString).joined()
        #expect(!xml.contains("4242 4242") && xml.contains("[•••• 4242]"))
        #expect(sent.to("tom@home.example").bodies.first?.hasPrefix("We have taken something confidential") == true)
        #expect(sent.to("alice@acme.example").bodies.contains { $0.contains("(card)") && $0.contains("/verify") })
        #expect(!"\(harness.turn.commands)".contains("4242 4242"), "and out of the queue's log")
        let again = try harness.customerWrites("4242424242424242")
        #expect(again.to("tom@home.example").isEmpty, "told once in a while")
    }

    @Test func takesItOutOfEverythingThatIsKept() throws {
        var harness = try BridgeHarness()
        try harness.receive(
            """
            <message type='chat' from='tom@home.example/x' to='support@acme.example'><body>219-09-9999</body>\
            <nick xmlns='http://jabber.org/protocol/nick'>4242424242424242</nick></message>
            """)
        #expect(!"\(harness.turn.commands) \(harness.core.service)".contains("219-09-9999"))
        #expect(!"\(harness.core.service)".contains("4242424242424242"))
        harness = try self.harness()
        let sent = try harness.says("/note pays with 4242424242424242", type: "chat")
        #expect(!(sent.map(\.element.xmlString).joined() + "\(harness.turn.commands)").contains("4242424242424242"))
        let said = try harness.says("Is it 4242424242424242?", type: "chat")
        #expect(said.to("tom@home.example").bodies == ["Is it [•••• 4242]?"])
    }

    @Test func believesOurServerThatSomethingWasTakenOut() throws {
        let text = """
            <message type='chat' from='tom@home.example/x' to='support@acme.example'><body>[••••]</body>\
            <redacted xmlns='urn:switchboard:bizbuddy:1' what='card'/></message>
            """
        var harness = try harness()
        #expect(try harness.receive(text).to("tom@home.example").count == 1)
        var foreign = try self.harness()
        foreign.connect(hasAcknowledgements: false)
        #expect(try foreign.receive(text).to("tom@home.example").isEmpty, "anybody can say so elsewhere")
    }

    @Test(arguments: ["/answer 6789", "answer: 67 89"])
    func comparesAnAnswerAndShowsItToNobody(_ answer: String) async throws {
        var harness = try harness()
        let asked = try harness.says("/verify ssn4", type: "chat")
        let question = try #require(asked.to("tom@home.example").first)
        #expect(question.body?.contains("last four digits") == true && question.body?.contains("67") == false)
        let form = try #require(question.child("x", DataForm.namespace).flatMap { try? DataForm($0) })
        #expect(form.kind == .form && form.formType == BizBuddyVerification.namespace)
        #expect(form.field("answer")?.kind == .textPrivate)

        let received = try harness.customerWrites(answer)
        #expect(received.isEmpty && harness.turn.commands.isEmpty, "it takes its time, and is in no log")
        let sent = await office.finish(&harness)
        #expect(sent.to("alice@acme.example").bodies == ["✓ last four digits: the customer's answer is right."])
        #expect(sent.to("tom@home.example").bodies == ["Thank you. Your answer has been compared, and is not kept."])
        #expect(
            office.audit.contains("ssn4: right") && !withoutNames(office.audit).contains("6789")
                && !office.audit.contains("67 89")
                && !office.audit.contains("tom@home.example"))
        #expect(try harness.customerWrites(answer).bodies.first?.hasPrefix("Nobody has asked you") == true)
        for file in ["bridge.sqlite", "bridge.sqlite-wal", "people.sqlite", "people.sqlite-wal", "audit.log"] {
            #expect(!withoutNames(office.bytes(of: file)).contains("6789"), "\(file)")
        }
    }

    /// Without hashes and random names, which may hold any four digits by chance.
    private func withoutNames(_ text: String) -> String {
        text.replacing(/[0-9a-f]{16,}/, with: "")
    }

    @Test func comparesAFormThatWasFilledIn() async throws {
        var harness = try harness()
        try harness.says("/verify ssn4", type: "chat")
        try harness.receive(
            """
            <message from='tom@home.example/x' to='support@acme.example'><x xmlns='jabber:x:data' type='submit'>\
            <field var='FORM_TYPE'><value>urn:switchboard:bizbuddy:verify:1</value></field>\
            <field var='answer'><value>6789</value></field></x></message>
            """)
        #expect(await office.finish(&harness).bodies.contains { $0.hasPrefix("✓") })
        try harness.says("/verify ssn4", type: "chat")
        try harness.receive(
            """
            <message from='tom@home.example/x' to='support@acme.example'>\
            <answer xmlns='urn:switchboard:bizbuddy:verify:1'>6788</answer></message>
            """)
        #expect(await office.finish(&harness).bodies.contains { $0.hasPrefix("✗") })
    }

    @Test func givesNobodyManyTries() async throws {
        var harness = try harness()
        try harness.says("/verify ssn4", type: "chat")
        var verdicts: [String] = []
        for guess in ["0000", "1111", "2222"] {
            try harness.customerWrites("/answer \(guess)")
            verdicts += await office.finish(&harness).to("alice@acme.example").bodies
        }
        #expect(verdicts.count == 3 && verdicts.allSatisfy { $0.hasPrefix("✗") })
        #expect(verdicts.last?.contains("no more tries") == true)
        try harness.customerWrites("/answer 6789")
        #expect(harness.turn.errands.isEmpty)
    }

    @Test func asksNothingThatTheRecordHasNot() throws {
        var harness = try harness()
        #expect(try harness.says("/verify shoe", type: "chat").bodies == ["The record has no field shoe."])
        try harness.says("/verify ssn4", type: "chat")
        harness.tick(after: .seconds(601))
        #expect(try harness.customerWrites("/answer 6789").bodies.first?.hasPrefix("Nobody has asked you") == true)
    }

    @Test(arguments: [
        (nil, "note"), ("notes", "note"), ("vcard", "email"), ("crm", "alert"), ("crm", "owner"),
    ])
    func asksNothingThatIsNoCustomersAffair(_ source: String?, _ key: String) throws {
        var harness = try BridgeHarness()
        try harness.agentComesOnline()
        try harness.customerWrites("My gizmo is broken")
        harness.find(
            CustomerRecord(
                customerID: "", displayName: "", source: source ?? "notes", match: .probable,
                fields: [.init(key: key, label: "Note of alice@acme.example", value: "tea", source: source)]))
        try harness.receive(
            "<message type='chat' from='alice@acme.example/desk' to='support@care.acme.example'><body>accept</body></message>"
        )
        #expect(try harness.says("/verify \(key)", type: "chat").bodies == ["The record has no field \(key)."])
    }

    @Test func joinsAddressesByACode() async throws {
        var harness = try harness()
        try harness.customerWrites("/link")
        let told = try #require(await office.finish(&harness).to("tom@home.example").bodies.first)
        let digits = told.split(whereSeparator: { !$0.isNumber }).map { String($0) }
        let code = try #require(digits.first { $0.count == 6 })
        try harness.customerWrites("/link \(code)", from: "thomas@other.example/x")
        #expect(harness.turn.errands.count == 1)
        #expect(await office.finish(&harness).to("thomas@other.example").bodies.first?.hasPrefix("Thank you") == true)
        let query = await office.clerk.query(
            ConversationID("c"), CustomerAddress("thomas@other.example"), ContactAddress("support@acme.example"))
        #expect(query.addresses.map(\.value) == ["thomas@other.example", "tom@home.example"])
        #expect(await office.clerk.records.wholeRecord(query)?.customerID == "4711", "the record goes with them")
        try harness.customerWrites("/link 000000", from: "mallory@other.example/x")
        #expect(await office.finish(&harness).bodies.first?.contains("not good") == true)
    }

    @Test func keepsWhatAgentsNoteForLater() async throws {
        var harness = try harness()
        for text in ["/remember likes tea", "/tag VIP", "/prefer language de", "/link uncle@other.example"] {
            try harness.says(text, type: "chat")
            #expect(await office.finish(&harness).count == 1, "\(text)")
        }
        let query = await office.clerk.query(
            ConversationID("c"), CustomerAddress("uncle@other.example"), ContactAddress("support@acme.example"))
        let record = try #require(await office.clerk.records.wholeRecord(query))
        let text = AgentTexts.record(.found(record))
        for line in [
            "Tags: vip", "Prefers language: de", "likes tea", "Also writes from: xmpp:tom@home.example (network)",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        try harness.says("/unlink uncle@other.example", type: "chat")
        #expect(await office.finish(&harness).bodies.first?.contains("somebody else again") == true)
        #expect(
            await office.clerk.query(ConversationID("c"), CustomerAddress("uncle@other.example"), ContactAddress("a@b"))
                .addresses.count == 1)
        try harness.says("/history", type: "chat")
        #expect(await office.finish(&harness).bodies == ["No earlier conversations."])
    }
}
