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

@Suite struct IntroductionTests {
    private static let phone = "tom@home.example/phone"

    private var bridge: BridgeHarness

    init() throws {
        bridge = try BridgeHarness(
            contacts: [
                .init(
                    address: try JID("support@acme.example"), name: "Acme Support", department: DepartmentID("support"),
                    audience: [try JID("erin@acme.example")]),
                .init(address: try JID("sales@acme.example"), name: "Acme Sales", department: DepartmentID("sales")),
            ],
            departments: [
                .init(
                    id: DepartmentID("support"), name: "Support", agents: [try JID("alice@acme.example")]),
                .init(id: DepartmentID("sales"), name: "Sales", agents: [try JID("alice@acme.example")]),
            ])
    }

    @discardableResult
    private mutating func subscribe(_ customer: String = "tom@home.example") throws -> [Stanza] {
        try bridge.receive("<presence type='subscribe' from='\(customer)' to='support@acme.example'/>")
    }

    private func question(in sent: [Stanza]) -> Stanza? {
        sent.first { $0.kind == .iq && $0.payload?.isNamed("query", DiscoveryInfo.namespace) == true }
    }

    private func suggestion(in sent: [Stanza]) throws -> RosterExchange? {
        try sent.first { $0.payload?.namespace == RosterExchange.namespace }?.payload.map { try RosterExchange($0) }
    }

    private mutating func answer(_ question: Stanza, _ features: [String]) throws -> [Stanza] {
        let list = features.map { "<feature var='\($0)'/>" }.joined()
        return try bridge.receive(
            """
            <iq type='result' id='\(question.id ?? "")' from='\(question.to?.description ?? "")' \
            to='\(question.from?.description ?? "")'><query xmlns='\(DiscoveryInfo.namespace)'>\(list)</query></iq>
            """)
    }

    @Test mutating func suggestsAllContactsToAClientThatTakesThem() throws {
        try subscribe()
        let question = try #require(question(in: try bridge.customerWrites("Hello")))
        #expect(question.to?.description == Self.phone && question.from?.description == "support@acme.example")
        let sent = try answer(question, [DiscoveryInfo.namespace, RosterExchange.namespace])
        #expect(sent.count == 1 && sent[0].kind == .iq && sent[0].type == .set)
        #expect(sent[0].to?.description == Self.phone)
        #expect(
            try suggestion(in: sent)
                == RosterExchange(items: [
                    .init(try JID("sales@acme.example"), name: "Acme Sales", groups: ["BizBuddy"]),
                    .init(try JID("support@acme.example"), name: "Acme Support", groups: ["BizBuddy"]),
                ]))
        #expect(bridge.turn.introductions.map(\.way) == [.exchange])
        #expect(bridge.turn.introductions.first?.customer == CustomerAddress("tom@home.example"))
    }

    @Test mutating func suggestsOnce() throws {
        try subscribe()
        let question = try #require(question(in: try bridge.customerWrites("Hello")))
        _ = try answer(question, [RosterExchange.namespace])
        #expect(self.question(in: try bridge.customerWrites("And", from: "tom@home.example/desk")) == nil)
        try bridge.receive("<presence type='unsubscribe' from='tom@home.example' to='support@acme.example'/>")
        #expect(self.question(in: try subscribe()) == nil)
        bridge.connect()
        #expect(self.question(in: try bridge.customerWrites("Again")) == nil)
    }

    @Test mutating func neverSuggestsAfterARestartWhatHasBeenSuggested() throws {
        bridge.core.introductions.made = ["tom@home.example": [.exchange]]
        try subscribe()
        #expect(question(in: try bridge.customerWrites("Hello")) == nil)
    }

    @Test(arguments: [["jabber:iq:version"], [], ["http://jabber.org/protocol/rosterx2"]])
    mutating func suggestsNothingToOtherClients(features: [String]) throws {
        try subscribe()
        let question = try #require(question(in: try bridge.customerWrites("Hello")))
        #expect(try answer(question, features).isEmpty)
        #expect(bridge.turn.introductions.isEmpty)
        #expect(self.question(in: try bridge.customerWrites("Hello?")) == nil, "one client is asked once")
        let other = try #require(self.question(in: try bridge.customerWrites("Hi", from: "tom@home.example/desk")))
        #expect(try suggestion(in: try answer(other, [RosterExchange.namespace])) != nil)
    }

    @Test mutating func believesOnlyTheClientThatWasAsked() throws {
        try subscribe()
        let question = try #require(question(in: try bridge.customerWrites("Hello")))
        let forged = try bridge.receive(
            """
            <iq type='result' id='\(question.id ?? "")' from='tom@home.example/desk' to='support@acme.example'>\
            <query xmlns='\(DiscoveryInfo.namespace)'><feature var='\(RosterExchange.namespace)'/></query></iq>
            """)
        #expect(forged.isEmpty)
        let refused = try bridge.receive(
            """
            <iq type='error' id='\(question.id ?? "")' from='\(Self.phone)' to='support@acme.example'>\
            <query xmlns='\(DiscoveryInfo.namespace)'><feature var='\(RosterExchange.namespace)'/></query>\
            <error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>
            """)
        #expect(refused.isEmpty)
    }

    @Test mutating func asksNobodyWithoutASubscription() throws {
        #expect(question(in: try bridge.customerWrites("Hello")) == nil)
        let asked = try #require(question(in: try subscribe()), "the client has been heard before")
        #expect(asked.to?.description == Self.phone)
    }

    @Test mutating func asksWhoShowsItself() throws {
        try subscribe()
        #expect(
            question(in: try bridge.receive("<presence from='tom@home.example' to='support@acme.example'/>")) == nil)
        let sent = try bridge.receive("<presence from='\(Self.phone)' to='support@acme.example'/>")
        #expect(question(in: sent)?.to?.description == Self.phone)
    }

    @Test(arguments: ["alice@acme.example/desk", "erin@acme.example/desk"])
    mutating func asksNoColleague(client: String) throws {
        try subscribe(String(client.prefix { $0 != "/" }))
        #expect(question(in: try bridge.customerWrites("Hello", from: client)) == nil)
    }

    @Test mutating func asksNobodyWhereThatIsOff() throws {
        bridge.core.configuration.suggestsContacts = false
        try subscribe()
        #expect(question(in: try bridge.customerWrites("Hello")) == nil)
    }

    @Test mutating func hasAFewQuestionsOpenAtATime() throws {
        var questions: [Stanza] = []
        for number in 0...Introductions.maximumOpen {
            try subscribe("c\(number)@home.example")
            let sent = try bridge.receive(
                "<presence from='c\(number)@home.example/x' to='support@acme.example'/>")
            if let question = question(in: sent) { questions.append(question) }
        }
        #expect(questions.count == Introductions.maximumOpen)
        // Those that nobody answers make room.
        _ = bridge.tick(after: .seconds(11))
        let last = "c\(Introductions.maximumOpen)@home.example/x"
        let sent = try bridge.receive("<presence from='\(last)' to='support@acme.example'/>")
        #expect(question(in: sent)?.to?.description == last)
    }

    // MARK: Link

    private static let link =
        "Keep us in your contacts: xmpp:support@acme.example?roster;name=Acme%20Support;group=BizBuddy"

    private mutating func greets(_ customer: String = Self.phone) throws -> String {
        let sent = try bridge.customerWrites("Hello", from: customer)
        let bare = String(customer.prefix { $0 != "/" })
        return sent.to(bare).from("support@acme.example").bodies.joined(separator: "|")
    }

    @Test mutating func greetsStrangersWithALinkOnce() throws {
        bridge.core.configuration.linksInGreeting = true
        let greeting = try greets()
        #expect(greeting.hasSuffix("\n" + Self.link), "\(greeting)")
        #expect(bridge.turn.introductions.map(\.way) == [.link])
        try bridge.receive(
            "<message type='chat' from='\(Self.phone)' to='support@acme.example'><body>leave</body></message>")
        let second = try greets()
        #expect(!second.isEmpty && !second.contains("xmpp:"))
    }

    @Test mutating func greetsWithoutALinkUnlessToldTo() throws {
        let greeting = try greets()
        #expect(!greeting.isEmpty && !greeting.contains("xmpp:"))
        #expect(bridge.turn.introductions.isEmpty)
    }

    @Test mutating func givesNoLinkToWhoGetsASuggestion() throws {
        bridge.core.configuration.linksInGreeting = true
        try subscribe()
        let sent = try bridge.customerWrites("Hello")
        #expect(!sent.bodies.contains { $0.contains("xmpp:") }, "nobody knows yet")
        _ = try answer(try #require(question(in: sent)), [RosterExchange.namespace])
        _ = try bridge.customerWrites("leave")
        #expect(!(try greets()).contains("xmpp:"))
    }

    @Test mutating func givesALinkToASubscriberWhoseClientTakesNoSuggestion() throws {
        bridge.core.configuration.linksInGreeting = true
        try subscribe()
        _ = try answer(try #require(question(in: try bridge.customerWrites("Hello"))), [])
        _ = try bridge.customerWrites("leave")
        #expect(try greets().hasSuffix(Self.link))
    }

    @Test mutating func forgetsWithTheCustomer() throws {
        bridge.core.introductions.made = ["tom@home.example": [.exchange, .link]]
        try subscribe()
        var turn = Turn(now: bridge.now)
        bridge.core.unsubscribe(CustomerAddress("tom@home.example"), &turn)
        #expect(bridge.core.introductions.made.isEmpty)
        #expect(bridge.core.introductions.client(of: try JID("tom@home.example")) == nil)
    }
}
