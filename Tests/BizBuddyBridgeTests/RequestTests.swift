//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Testing
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

@Suite struct RequestTests {
    private func iq(_ type: String, _ payload: String, from: String = "tom@home.example/phone", to: String) -> String {
        "<iq type='\(type)' id='q' from='\(from)' to='\(to)'>\(payload)</iq>"
    }

    private static let workgroup = "xmlns='http://jabber.org/protocol/workgroup'"

    @Test func queuesByRequest() throws {
        var bridge = try BridgeHarness()
        let join = iq(
            "set", "<join-queue \(Self.workgroup)><queue-notifications/></join-queue>", to: "support@acme.example")
        #expect(try bridge.receive(join).first?.type == .result)
        #expect(try bridge.receive(join).first?.error == .conflict)
        let status = iq("get", "<queue-status \(Self.workgroup)/>", to: "support@acme.example")
        let answer = try bridge.receive(status).first
        #expect(try Workgroup.QueueStatus(try #require(answer?.payload)).position == 0)
        let depart = iq("set", "<depart-queue \(Self.workgroup)/>", to: "support@acme.example")
        let sent = try bridge.receive(depart)
        #expect(sent.first?.type == .result)
        #expect(sent.last?.child("depart-queue", Workgroup.namespace) != nil)
        #expect(try bridge.receive(depart).first?.error == .itemNotFound)
        #expect(try bridge.receive(status).first?.error == .notAuthorized)
    }

    @Test func pushesTheQueueStatus() throws {
        var bridge = try BridgeHarness(agents: ["alice@acme.example"])
        try bridge.agentComesOnline()
        try bridge.customerWrites("Hello?")
        bridge.find(nil)
        let sent = try bridge.receive(
            iq(
                "set", "<join-queue \(Self.workgroup)><queue-notifications/></join-queue>",
                from: "uma@home.example/x", to: "support@acme.example"))
        let status = sent.to("uma@home.example").compactMap { $0.child("queue-status", Workgroup.namespace) }.last
        #expect(try Workgroup.QueueStatus(try #require(status)).position == 1)
    }

    @Test func removesNobodyElseFromTheLine() throws {
        var bridge = try BridgeHarness()
        try bridge.customerWrites("Hello?")
        let depart = "<depart-queue \(Self.workgroup)><jid>tom@home.example</jid></depart-queue>"
        let sent = try bridge.receive(iq("set", depart, from: "uma@home.example/x", to: "support@acme.example"))
        #expect(sent.first?.error == .notAuthorized)
        #expect(bridge.core.service.conversations.count == 1)
    }

    @Test func namesColleaguesToAgentsOnly() throws {
        var bridge = try BridgeHarness()
        let request = "<agent-status-request \(Self.workgroup)/>"
        let sent = try bridge.receive(
            iq("get", request, from: "alice@acme.example/desk", to: "support@care.acme.example"))
        #expect(sent.first?.payload?.firstChild?["jid"] == "bob@acme.example")
        #expect(try bridge.receive(iq("get", request, to: "support@care.acme.example")).first?.error == .forbidden)
    }

    @Test func describesContacts() throws {
        var bridge = try BridgeHarness()
        let query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        let sent = try bridge.receive(iq("get", query, to: "support@acme.example"))
        let info = try DiscoveryInfo(try #require(sent.first?.payload))
        #expect(info.identities.map(\.category) == ["collaboration", "account"])
        #expect(info.features.contains(Workgroup.namespace))
        let card = try bridge.receive(iq("get", "<vCard xmlns='vcard-temp'/>", to: "support@acme.example"))
        #expect(card.first?.payload?.child("FN", "vcard-temp")?.text == "Acme Support")
        #expect(card.first?.payload?.child("DESC", "vcard-temp")?.text == "We help.")
    }

    @Test(arguments: [
        ("en", "Switchboard customer service", "Conversations", ["Description", "Status"], "Closed, leave a message"),
        (
            "de-AT", "Switchboard-Kundendienst", "Gespräche", ["Beschreibung", "Zustand"],
            "Geschlossen, hinterlassen Sie eine Nachricht"
        ),
    ])
    func describesInTheLanguageOfWhoAsks(
        _ language: String, _ name: String, _ rooms: String, _ labels: [String], _ status: String
    ) throws {
        var bridge = try BridgeHarness()
        func ask(_ payload: String, _ address: String) throws -> XMLElement {
            let request = iq("get", payload, to: address).replacing("<iq ", with: "<iq xml:lang='\(language)' ")
            return try #require(try bridge.receive(request).first?.payload)
        }
        let query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        let service = try DiscoveryInfo(try ask(query, "care.acme.example"))
        #expect(service.identities.map(\.name) == [name, rooms])
        #expect(service.identities.allSatisfy { $0.language == String(language.prefix(2)) })
        let card = try ask("<vCard xmlns='vcard-temp'/>", "care.acme.example")
        #expect(card.child("FN", "vcard-temp")?.text == name)
        for address in ["support@acme.example", "support@care.acme.example"] {
            let contact = try DiscoveryInfo(try ask(query, address))
            let form = try #require(contact.forms.first { $0.formType == Workgroup.infoFormType })
            let fields = ["workgroup#description", "workgroup#online"].compactMap { form.field($0) }
            #expect(fields.map(\.label) == labels)
            #expect(fields.last?.values == [status])
        }
    }

    @Test(arguments: [("en", "You are not in line."), ("de", "Sie stehen nicht an.")])
    func refusesInTheLanguageOfWhoAsks(_ language: String, _ words: String) throws {
        var bridge = try BridgeHarness()
        let request = iq("get", "<queue-status \(Self.workgroup)/>", to: "support@acme.example")
            .replacing("<iq ", with: "<iq xml:lang='\(language)' ")
        let error = try #require(try bridge.receive(request).first?.child("error", Namespace.client))
        let text = try #require(error.child("text", Namespace.stanzaErrors))
        #expect(text.text.hasPrefix(words) && text.language == language)
        #expect(StanzaError(error)?.language == language)
    }

    @Test func listsWhatThereIs() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let query = "<query xmlns='http://jabber.org/protocol/disco#items'/>"
        let sent = try bridge.receive(iq("get", query, to: "care.acme.example"))
        let items = try DiscoveryItems(try #require(sent.first?.payload)).items.map(\.jid.description)
        #expect(items == ["support@care.acme.example", "support@acme.example"], "no conversations")
    }

    @Test(arguments: [
        ("get", "<ping xmlns='urn:xmpp:ping'/>", nil), ("get", "<query xmlns='jabber:iq:version'/>", nil),
        ("get", "<nonsense xmlns='x'/>", StanzaError.Condition.serviceUnavailable),
        ("set", "<vCard xmlns='vcard-temp'/>", .forbidden),
    ])
    func answersWhatEverybodyIsAsked(type: String, payload: String, error: StanzaError.Condition?) throws {
        var bridge = try BridgeHarness()
        for address in ["care.acme.example", "support@acme.example", "support@care.acme.example"] {
            let sent = try bridge.receive(iq(type, payload, to: address))
            #expect(sent.count == 1)
            #expect(sent.first?.error == error)
        }
    }

    @Test func hidesConversationsFromStrangers() throws {
        var bridge = try BridgeHarness()
        try bridge.conversationBegins()
        let query = "<query xmlns='http://jabber.org/protocol/disco#info'/>"
        #expect(try bridge.receive(iq("get", query, to: bridge.room)).first?.error == .itemNotFound)
    }

    @Test func setsAPresenceStateOnTheAgentsServer() throws {
        var bridge = try BridgeHarness()
        let sent = try bridge.customerWrites(
            "/status At lunch", from: "alice@acme.example/desk", to: "support@care.acme.example")
        let request = try #require(sent.first)
        #expect(request.to?.description == "acme.example")
        #expect(request.from?.description == "care.acme.example")
        let command = try AdHocCommand(try #require(request.payload))
        #expect(command.node == "urn:switchboard:presence:1#set")
        #expect(command.form?["state"] == "lunch")
        #expect(command.payloads.first?["jid"] == "alice@acme.example")
        let answer = try bridge.receive(
            "<iq type='result' id='\(request.id ?? "")' from='acme.example' to='care.acme.example'/>")
        #expect(answer.to("alice@acme.example/desk").bodies == ["Your state is At Lunch."])
    }

    @Test func changesTheDutyWhereTheServerDoesNot() throws {
        for isTimeout in [true, false] {
            var bridge = try BridgeHarness()
            try bridge.agentComesOnline()
            let request = try bridge.customerWrites(
                "/status lunch", from: "alice@acme.example/desk", to: "support@care.acme.example"
            ).first
            let sent =
                isTimeout
                ? bridge.tick(after: .seconds(11))
                : try bridge.receive(
                    """
                    <iq type='error' id='\(request?.id ?? "")' from='acme.example' to='care.acme.example'><error type='cancel'>\
                    <service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>
                    """)
            #expect(sent.bodies.last?.contains("only your duty") == true)
            #expect(!bridge.core.service.isOnDuty(AgentID("alice@acme.example"), for: DepartmentID("support")))
        }
    }
}
