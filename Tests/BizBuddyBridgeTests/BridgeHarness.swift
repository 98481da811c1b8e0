//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import Synchronization
import Testing
import XMPPClient
import XMPPCore
import XMPPPayloads

@testable import BizBuddyBridge

/// The bridge without wires: stanzas in, stanzas out, under a clock that stands until it is moved.
struct BridgeHarness {
    var core: BridgeCore
    var now = Instant(milliseconds: 1_795_000_000_000)
    /// What the last input led to.
    var turn: Turn
    /// Ids of conversations in the order in which they began.
    private(set) var lookups: [ConversationID] = []

    static let tom = CustomerRecord(
        customerID: "4711", displayName: "Tom Customer", source: "directory", match: .exact,
        fields: [.init(key: "plan", label: "Plan", value: "Gold")])

    init(
        delegated: Bool = true, agents: [String] = ["alice@acme.example", "bob@acme.example"],
        supervisors: [String] = []
    ) throws {
        var component = ComponentSettings(host: "127.0.0.1", port: 0, domain: "care.acme.example", secret: "s")
        component.backoff = Backoff(first: .milliseconds(10), last: .milliseconds(20))
        try self.init(
            component,
            contacts: delegated
                ? [
                    .init(
                        address: try JID("support@acme.example"), name: "Acme Support",
                        department: DepartmentID("support"),
                        card: .init(about: "We help."), audience: [try JID("erin@acme.example")])
                ] : [],
            departments: [.init(id: DepartmentID("support"), name: "Support", agents: try agents.map { try JID($0) })],
            supervisors: supervisors)
    }

    init(contacts: [BridgeConfiguration.Contact], departments: [BridgeConfiguration.Department]) throws {
        try self.init(
            ComponentSettings(host: "127.0.0.1", port: 0, domain: "care.acme.example", secret: "s"),
            contacts: contacts, departments: departments)
    }

    private init(
        _ component: ComponentSettings, contacts: [BridgeConfiguration.Contact],
        departments: [BridgeConfiguration.Department], supervisors: [String] = []
    ) throws {
        var service = ServiceConfiguration()
        service.supervision.supervisors = Set(supervisors.map { AgentID($0) })
        let configuration = BridgeConfiguration(
            component: component, contacts: contacts, departments: departments, service: service)
        let counter = Counter()
        core = BridgeCore(configuration, service: ServiceState()) { counter.next() }
        turn = Turn(now: now)
        core.start(&turn)
        // Quiet after a restart is over.
        tick(after: .seconds(60))
        connect()
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        func next() -> String {
            value.withLock {
                $0 += 1
                return "id-\($0)"
            }
        }
    }

    mutating func connect(hasAcknowledgements: Bool = true) {
        begin()
        core.connected(hasAcknowledgements: hasAcknowledgements, &turn)
    }

    @discardableResult
    mutating func receive(_ xml: String) throws -> [Stanza] {
        begin()
        let text = xml.replacing("<message", with: "<message xmlns='jabber:client'", maxReplacements: 1)
            .replacing("<presence", with: "<presence xmlns='jabber:client'", maxReplacements: 1)
            .replacing("<iq", with: "<iq xmlns='jabber:client'", maxReplacements: 1)
        core.receive(try Stanza(stored: Array(text.utf8)), &turn)
        lookups += turn.lookups.map(\.conversation)
        return sent
    }

    @discardableResult
    mutating func tick(after duration: Duration) -> [Stanza] {
        now = now + duration
        begin()
        core.tick(&turn)
        return sent
    }

    @discardableResult
    mutating func find(_ record: CustomerRecord?) -> [Stanza] {
        begin()
        if let conversation = lookups.last {
            core.apply(
                .lookupFinished(conversation: conversation, result: record.map { .found($0) } ?? .notFound), &turn)
        }
        return sent
    }

    mutating func finish(_ result: ErrandResult) -> [Stanza] {
        begin()
        core.finished(result, &turn)
        return sent
    }

    private mutating func begin() { turn = Turn(now: now) }

    var sent: [Stanza] { turn.outgoing.map(\.stanza) }

    var conversation: ConversationID { lookups.last ?? ConversationID("none") }

    // MARK: Everyday steps

    @discardableResult
    mutating func agentComesOnline(
        _ agent: String = "alice@acme.example/desk", _ inside: String = ""
    ) throws
        -> [Stanza]
    {
        try receive("<presence from='\(agent)' to='support@acme.example'>\(inside)</presence>")
    }

    @discardableResult
    mutating func customerWrites(
        _ text: String, from customer: String = "tom@home.example/phone", to contact: String = "support@acme.example"
    ) throws -> [Stanza] {
        try receive("<message type='chat' from='\(customer)' to='\(contact)'><body>\(text)</body></message>")
    }

    /// Tom, of whom this is known, has written, and Alice has accepted in words.
    mutating func conversationBegins(with record: CustomerRecord = tom) throws {
        try agentComesOnline()
        try customerWrites("My gizmo is broken")
        find(record)
        try receive(
            "<message type='chat' from='alice@acme.example/desk' to='support@care.acme.example'><body>accept</body></message>"
        )
    }

    var room: String { "\(conversation)@care.acme.example" }

    @discardableResult
    mutating func join(
        _ client: String = "alice@acme.example/desk", as nick: String = "alice", _ x: String = ""
    )
        throws -> [Stanza]
    {
        try receive(
            """
            <presence from='\(client)' to='\(room)/\(nick)'>\
            <x xmlns='http://jabber.org/protocol/muc'>\(x)</x></presence>
            """)
    }

    @discardableResult
    mutating func says(
        _ text: String, type: String = "groupchat", as client: String = "alice@acme.example/desk"
    )
        throws -> [Stanza]
    {
        try receive("<message type='\(type)' id='m1' from='\(client)' to='\(room)'><body>\(text)</body></message>")
    }
}

extension BridgeHarness {
    /// A step of an ad-hoc command (XEP-0050), with a form that was filled in.
    @discardableResult
    mutating func command(
        _ verb: String, _ fields: [String: String]? = nil, as person: String, to: String = "care.acme.example",
        action: String = "execute", language: String? = nil
    ) throws -> [Stanza] {
        let form = fields.map { fields in
            let values = fields.sorted { $0.key < $1.key }
                .map { "<field var='\($0.key)'><value>\($0.value)</value></field>" }
            return "<x xmlns='jabber:x:data' type='submit'>\(values.joined())</x>"
        }
        return try receive(
            """
            <iq type='set' id='c1' from='\(person)' to='\(to)'\(language.map { " xml:lang='\($0)'" } ?? "")>\
            <command xmlns='http://jabber.org/protocol/commands' node='urn:switchboard:bizbuddy:1#\(verb)' \
            action='\(action)'>\(form ?? "")</command></iq>
            """)
    }

    /// The commands that an address offers to somebody.
    mutating func nodes(for person: String, at to: String) throws -> Set<String> {
        let sent = try receive(
            """
            <iq type='get' id='i' from='\(person)' to='\(to)'>\
            <query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/></iq>
            """)
        let items = try DiscoveryItems(try #require(sent.first?.payload)).items
        return Set(items.compactMap(\.node).map { String($0.drop { $0 != "#" }.dropFirst()) })
    }
}

extension [Stanza] {
    /// The answer to ``BridgeHarness/command(_:_:as:to:action:language:)``.
    var commandResult: AdHocCommand? { first { $0.id == "c1" }?.payload.flatMap { try? AdHocCommand($0) } }
}

extension Stanza {
    var body: String? { child("body", Namespace.client)?.text }

    var error: StanzaError.Condition? {
        child("error", Namespace.client).flatMap { StanzaError($0) }?.condition
    }

    var mucUser: MUC.User? { child("x", MUC.userNamespace).flatMap { try? MUC.User($0) } }
}

extension [Stanza] {
    func to(_ address: String) -> [Stanza] { filter { $0.to?.description == address } }
    func from(_ address: String) -> [Stanza] { filter { $0.from?.description == address } }
    func kind(_ kind: Stanza.Kind) -> [Stanza] { filter { $0.kind == kind } }
    var bodies: [String] { compactMap(\.body) }
}
