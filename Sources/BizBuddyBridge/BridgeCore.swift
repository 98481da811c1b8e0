//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPClient
import XMPPCore

/// The bridge without its wires: stanzas to commands, effects to stanzas. A value that never does anything by itself.
struct BridgeCore {
    /// What a request of ours was for.
    enum Purpose: Sendable {
        case offer(ConversationID, agent: JID)
        /// Sets an agent's presence state; what is told goes where the command came from.
        case status(AgentID, PresenceStateCatalogue.State, Origin)
        case revocation
        /// A customer's own card.
        case card(ConversationID)
        /// Whether a customer's client takes contacts (XEP-0144).
        case introduction(contact: JID, client: JID)
    }

    var configuration: BridgeConfiguration
    var addresses: AddressBook
    var service: ServiceState
    /// Rooms with somebody in them.
    var rooms: [ConversationID: Room] = [:]
    /// Conversations whose agent was in the room when we went down and has not left it since.
    var lostRooms: Set<ConversationID> = []
    /// Conversations whose customer may have been in a room when we went down, and has not come back since.
    var lostCustomerRooms: Set<ConversationID> = []
    /// Numbers of texts whose groupchat came back and that went out as chat instead.
    var returned: [ConversationID: Set<Int>] = [:]
    /// Who has been asked, and how.
    var openOffers: [OfferKey: OpenOffer] = [:]
    var requests = IQTracker<Purpose>()
    /// Subscribers of each contact, by bare address.
    var subscribers: [String: Set<String>] = [:]
    /// What subscribers are spoken to in, by contact, where that is known.
    var languages: [String: [String: String]] = [:]
    var introductions = Introductions()
    /// Agents asked for their presence, so that none is asked twice.
    var asked: Set<String> = []
    /// Clients known only because they wrote to a workgroup directly.
    var directClients: Set<JID> = []
    /// Customers' clients that asked for `<queue-status/>`.
    var queueWatchers: [CustomerKey: JID] = [:]
    /// Customers' clients that joined by XEP-0142 and are invited to a room once they are served.
    var roomCallers: [CustomerKey: JID] = [:]
    var customerRooms: [ConversationID: CustomerRoom] = [:]
    /// Agents' clients that asked who their colleagues are, and what they were last shown.
    var colleagueWatchers: [DepartmentID: Set<JID>] = [:]
    var shownColleagues: [DepartmentID: [AgentID: Colleague]] = [:]
    /// Conversations whose customer's client knows chat states (XEP-0085).
    var chatStates: Set<ConversationID> = []
    /// What agents' clients were last told about a workgroup.
    var summaries: [DepartmentID: WorkgroupSummary] = [:]
    /// What contacts for several departments were last shown as, by address.
    var jointStatuses: [String: DepartmentStatus?] = [:]
    /// Departments nobody has been told of since the start.
    var unpublished: Set<DepartmentID> = []
    /// Customers who have been asked something that is compared.
    var verifications: [CustomerKey: Verification] = [:]
    /// When customers were last told that something was taken out.
    var lastRedaction: [CustomerKey: Instant] = [:]
    /// How often customers have lately asked for something about themselves.
    var requestPaces: [CustomerAddress: Pace] = [:]
    /// Only our own server takes care that a `<stanza-id/>` is its own.
    var trustsStanzaIDs = false
    private let makeID: @Sendable () -> String

    /// Time for an answer to a request of ours.
    static let requestTimeout: Int64 = 10_000
    /// XEP-0172
    static let nickNamespace = "http://jabber.org/protocol/nick"

    init(_ configuration: BridgeConfiguration, service: ServiceState, makeID: @escaping @Sendable () -> String) {
        self.configuration = configuration
        addresses = AddressBook(configuration)
        self.service = service
        self.makeID = makeID
    }

    /// A fresh name, unguessable and in lower case.
    func freshID() -> String { makeID() }

    // MARK: Inputs

    mutating func receive(_ stanza: Stanza, _ turn: inout Turn) {
        switch stanza.kind {
        case .message: receiveMessage(stanza, &turn)
        case .presence: receivePresence(stanza, &turn)
        case .iq: receiveRequest(stanza, &turn)
        }
    }

    /// At start: the configuration, then what a restart means.
    mutating func start(_ turn: inout Turn) {
        lostRooms = Set(service.conversations.values.filter { $0.assignment?.hasJoined == true }.map(\.id))
        lostCustomerRooms = Set(service.conversations.values.filter { $0.agent != nil }.map(\.id))
        apply(.configure(configuration.serviceConfiguration), &turn)
        apply(.restarted, &turn)
    }

    /// A new configuration, but for the connection's settings and with them the domain of all our addresses.
    mutating func configure(_ configuration: BridgeConfiguration, _ turn: inout Turn) {
        let component = self.configuration.component
        let texts = service.configuration.catalogue
        self.configuration = configuration
        self.configuration.component = component
        addresses = AddressBook(self.configuration)
        apply(.configure(self.configuration.serviceConfiguration), &turn)
        // The same is said in other words.
        if texts != service.configuration.catalogue { publishAll(&turn) }
        probeAgents(&turn)
    }

    /// A stream is open: presence has to be learnt and told anew.
    mutating func connected(hasAcknowledgements: Bool, _ turn: inout Turn) {
        trustsStanzaIDs = hasAcknowledgements
        asked = []
        introductions.connected()
        publishAll(&turn)
        probeAgents(&turn)
    }

    private mutating func publishAll(_ turn: inout Turn) {
        unpublished = Set(configuration.departments.map(\.id))
        jointStatuses = [:]
        publishTheRest(&turn)
    }

    /// Tells of departments that have not been told of. Not right after a restart: while agents have not been heard, a
    /// department looks closed that is not.
    private mutating func publishTheRest(_ turn: inout Turn) {
        let isQuiet = service.timers[.restartQuiet] != nil
        for department in unpublished.sorted() {
            guard let status = service.published[department]?.status, !isQuiet || status.state != .closed else {
                continue
            }
            publish(status, &turn)
        }
    }

    mutating func tick(_ turn: inout Turn) {
        for purpose in requests.takeExpired(at: turn.now.milliseconds) { failed(purpose, nil, &turn) }
        if let next = service.timers.next, next <= turn.now { apply(.tick, &turn) }
        publishTheRest(&turn)
    }

    /// When ``tick(_:)`` has something to do next.
    var nextDeadline: Instant? {
        let request = requests.nextDeadline.map { Instant(milliseconds: $0) }
        return [service.timers.next, request].compactMap { $0 }.min()
    }

    // MARK: Commands

    /// Applies and records a command, and says what it leads to.
    ///
    /// - Returns: why it was refused, if `origin` is a request; refusals are told in words otherwise.
    @discardableResult
    mutating func apply(_ command: Command, from origin: Origin = .nobody, _ turn: inout Turn) -> AgentRefusal? {
        let effects = service.apply(command, at: turn.now)
        turn.record(command)
        var refusal: AgentRefusal?
        for effect in effects {
            if case .refuse(_, _, let reason) = effect, origin.waitsForResult {
                refusal = refusal ?? reason
            } else {
                perform(effect, from: origin, &turn)
            }
        }
        tellWorkgroups(&turn)
        return refusal
    }

    /// Forgets that a command was given where it would change nothing.
    mutating func agentPresence(_ agent: AgentID, _ resource: String, _ state: AgentResource?, _ turn: inout Turn) {
        guard service.configuration.isStaff(agent), service.agents[agent]?.resources[resource] != state else { return }
        let origin: Origin = (try? JID("\(agent)").with(resource: resource)).map { .client($0) } ?? .nobody
        apply(.agentPresence(agent: agent, resource: resource, state: state), from: origin, &turn)
    }
}

/// Where a command came from, so that its answer finds the way back.
enum Origin: Sendable {
    case nobody
    /// Some client of an agent; nothing was said.
    case client(JID)
    /// A message at a workgroup or, as chat, at a conversation's address.
    case message(Stanza)
    /// Said in a room.
    case room(ConversationID, Stanza)
    /// An iq that waits for its result.
    case request(Stanza)
    /// An ad-hoc command, whose answers are its notes.
    case command(Stanza)
    /// An ad-hoc command that is answered when what it asked for has been done.
    case pendingCommand(Stanza)

    /// Whether a refusal is told as the answer to a request.
    var waitsForResult: Bool {
        switch self {
        case .request, .command, .pendingCommand: true
        case .nobody, .client, .message, .room: false
        }
    }

    /// The client that acted.
    var client: JID? {
        switch self {
        case .nobody: nil
        case .client(let address): address
        case .message(let stanza), .room(_, let stanza), .request(let stanza), .command(let stanza),
            .pendingCommand(let stanza):
            stanza.from
        }
    }
}
