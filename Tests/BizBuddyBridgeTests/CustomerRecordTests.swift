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

/// Records as agents see them, and what they ask about them.
@Suite struct CustomerRecordTests {
    private static let whole = CustomerRecord(
        customerID: "4711", displayName: "Tom Customer", source: "crm", match: .exact,
        fields: [
            .init(key: "plan", label: "Plan", value: "Gold", fieldClass: .public),
            .init(key: "orders", label: "Orders", value: "3"),
            .init(key: "dob", label: "Born", value: "1970-01-01", fieldClass: .sensitive),
            .init(key: "ssn4", label: "SSN", value: "6789", fieldClass: .secret),
        ])

    private let office: BackOffice

    init() throws {
        office = try BackOffice([TomsSource(record: Self.whole)])
    }

    /// A conversation of Tom with Alice.
    private func harness() throws -> BridgeHarness {
        var harness = try BridgeHarness()
        try harness.conversationBegins(with: Self.whole.withheld)
        return harness
    }

    @Test func offersWithholdWhatIsSensitive() throws {
        var harness = try BridgeHarness()
        try harness.agentComesOnline()
        try harness.customerWrites("My gizmo is broken")
        let sent = harness.find(Self.whole.withheld)
        let text = try #require(sent.bodies.first { $0.contains("4711") })
        #expect(text.contains("Plan: Gold") && text.contains("/reveal dob") && text.contains("/verify ssn4"))
        let xml = sent.map(\.element.xmlString).joined()
        #expect(!xml.contains("1970") && !xml.contains("6789"))
    }

    @Test func showsASensitiveFieldOnDemandAndWritesItDown() async throws {
        var harness = try harness()
        let room = harness.room
        #expect(try harness.says("/reveal dob", type: "chat").isEmpty, "the answer takes its time")
        let shown = await office.finish(&harness)
        #expect(shown.bodies == ["Born: 1970-01-01\nThis look has been written down."])
        #expect(shown.first?.to?.description == "alice@acme.example/desk" && shown.first?.from?.description == room)
        #expect(office.audit.contains("\"action\":\"reveal\"") && office.audit.contains("\"detail\":\"dob\""))
        #expect(
            office.audit.contains("alice@acme.example") && !office.audit.contains("1970")
                && !office.audit.contains("tom@"))
        #expect(harness.turn.commands.isEmpty, "nothing of it is in the queue's log")
    }

    @Test func showsNoSecretAndNothingUnknown() async throws {
        var harness = try harness()
        try harness.says("/reveal ssn4", type: "chat")
        let secret = await office.finish(&harness)
        #expect(secret.bodies.first?.contains("nobody") == true && !secret.bodies.joined().contains("6789"))
        try harness.says("/reveal nothing", type: "chat")
        #expect(await office.finish(&harness).bodies.first?.contains("no field nothing") == true)
        try harness.says("/reveal", type: "chat")
        #expect(harness.sent.bodies == ["Usage: /reveal FIELD"])
        #expect(office.audit.isEmpty)
    }

    @Test func showsNothingThatCannotBeWrittenDown() async throws {
        var harness = try harness()
        try harness.says("/reveal dob", type: "chat")
        let errand = try #require(harness.turn.errands.first)
        let shown = harness.finish(await Clerk(records: office.clerk.records).run(errand))
        #expect(shown.bodies.map { $0.hasPrefix("Nothing is shown") } == [true])
    }

    @Test func asksWhoMayLook() throws {
        var harness = try harness()
        harness.core.configuration.privacy.revealers = [AgentID("bob@acme.example")]
        try harness.says("/reveal dob", type: "chat")
        #expect(harness.turn.errands.isEmpty && harness.sent.bodies == ["You may not see sensitive fields."])
        try harness.says("/reveal dob", type: "chat", as: "bob@acme.example/desk")
        #expect(harness.turn.errands.isEmpty && harness.sent.bodies == [AgentTexts.refusal(.notYours)])
    }

    @Test func showsOthersPublicFieldsOnly() throws {
        var harness = try BridgeHarness()
        harness.core.configuration.privacy.limited = [AgentID("alice@acme.example")]
        try harness.agentComesOnline()
        try harness.customerWrites("My gizmo is broken")
        let xml = harness.find(Self.whole.withheld).map(\.element.xmlString).joined()
        #expect(xml.contains("Gold") && !xml.contains("Orders") && !xml.contains("Born"))
        try harness.receive(
            "<message type='chat' from='alice@acme.example/desk' to='support@care.acme.example'><body>accept</body></message>"
        )
        try harness.says("/record", type: "chat")
        #expect(harness.sent.bodies == ["Tom Customer, customer 4711\nPlan: Gold"])
        try harness.says("/reveal dob", type: "chat")
        #expect(harness.turn.errands.isEmpty)
    }

    @Test func asksForACardAndTakesItAsClaimed() throws {
        var harness = try BridgeHarness()
        harness.core.configuration.asksForCards = true
        try harness.agentComesOnline()
        let sent = try harness.customerWrites("Hello")
        let request = try #require(sent.first { $0.kind == .iq })
        #expect(request.to?.description == "tom@home.example" && request.from?.description == "support@acme.example")
        try harness.receive(
            """
            <iq type='result' id='\(request.id ?? "")' from='tom@home.example' to='support@acme.example'>\
            <vCard xmlns='vcard-temp'><FN>Tom</FN><EMAIL><USERID>tom@mail.example</USERID></EMAIL>\
            <ROLE>Pope</ROLE></vCard></iq>
            """)
        let card = try #require(harness.turn.cards.first?.record)
        #expect(card.customerID.isEmpty && card.displayName == "Tom" && card.match == .probable)
        #expect(
            card.fields.map { "\($0.key) \($0.label): \($0.value)" } == [
                "vcard_email Mail, as claimed: tom@mail.example"
            ])
        // Nobody else can answer for him, and nobody twice.
        try harness.receive(
            "<iq type='result' id='\(request.id ?? "")' from='tom@home.example' to='support@acme.example'/>")
        #expect(harness.turn.cards.isEmpty)
    }

    @Test func takesAnErrorForNoCard() throws {
        var harness = try BridgeHarness()
        harness.core.configuration.asksForCards = true
        let sent = try harness.customerWrites("Hello")
        let id = try #require(sent.first { $0.kind == .iq }?.id)
        try harness.receive(
            """
            <iq type='error' id='\(id)' from='tom@home.example' to='support@acme.example'><error type='cancel'>\
            <item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>
            """)
        #expect(harness.turn.cards.count == 1 && harness.turn.cards.first?.record == nil)
    }

    @Test func knowsNamesOfOtherNetworksBehindGateways() {
        let gateways = ["aim.acme.example": "aim", "sms.acme.example": "tel"]
        func canonical(_ address: String) -> String {
            CanonicalAddress(CustomerAddress(address), gateways: gateways).description
        }
        #expect(canonical("tom@home.example") == "xmpp:tom@home.example")
        #expect(canonical("awesome54\\40aol.com@aim.acme.example") == "aim:awesome54")
        #expect(canonical("+14155550123@sms.acme.example") == "tel:+14155550123")
        #expect(canonical("nonsense@sms.acme.example") == "xmpp:nonsense@sms.acme.example")
    }
}
