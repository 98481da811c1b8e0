//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import XMPPCore

/// What the handling of some inputs leads to. Nothing of it is done before all of it is committed.
struct Turn {
    /// A stanza on its way out.
    struct Outgoing {
        let stanza: Stanza
        /// Under which it is kept until the server has taken it over; nil if it may be lost.
        let row: String?
        /// When it was said.
        let at: Instant
    }

    /// A subscriber of a contact who came or went.
    struct SubscriptionChange: Equatable {
        let contact: String
        let subscriber: String
        let isSubscribed: Bool
        /// What a subscriber is spoken to in, if that is known.
        var language: String?
    }

    /// The moment at which what is handled now counts.
    var now: Instant
    /// Commands with the moments at which they were applied.
    private(set) var commands: [(command: Command, at: Instant)] = []
    var processed: [String] = []
    private(set) var outgoing: [Outgoing] = []
    var closed: [Conversation] = []
    var facts: [Fact] = []
    var consents: [Consent] = []
    /// What staff ask of the service as a whole.
    var offices: [(task: OfficeTask, person: AgentID, origin: Origin)] = []
    var subscriptions: [SubscriptionChange] = []
    /// Customers who are given the company's contacts.
    var introductions: [(customer: CustomerAddress, way: Introduction)] = []
    var lookups: [(conversation: ConversationID, customer: CustomerAddress, contact: ContactAddress, name: String?)] =
        []
    /// What the routing hook is asked about those who are looked up.
    var routings: [ConversationID: RoutingHook.Question] = [:]
    /// Customers' own cards that have come, nil where there is none.
    var cards: [(conversation: ConversationID, record: CustomerRecord?)] = []
    var errands: [Errand] = []
    /// Questions about closed conversations.
    var archive: [ArchiveRequest] = []
    /// Words to look up among the answers to frequent questions.
    var searches: [(conversation: ConversationID, text: String, language: String?)] = []
    /// Seconds that served customers were told to wait, and that they waited.
    var waits: [(expected: Int?, actual: Int)] = []
    /// Whether the customer's message that is being handled has been returned.
    var isRefused = false
    /// What the ad-hoc command that is being carried out has to say; nil while there is none.
    var answers: [String]?
    /// Whether that command is answered when what it asked for has been done.
    var isAnsweredLater = false
    private(set) var counts: [BridgeEvent: Int] = [:]

    init(now: Instant) {
        self.now = now
    }

    mutating func record(_ command: Command) {
        commands.append((command, now))
    }

    /// Sends what may be lost with the connection: presence, answers, what rooms repeat from their history.
    mutating func send(_ stanza: Stanza?) {
        guard let stanza else { return }
        outgoing.append(Outgoing(stanza: stanza, row: nil, at: now))
    }

    /// Sends what must arrive: messages to customers and agents. `row` is the name under which the stanza is
    /// kept and by which the server knows a repetition, where that is not its `id`.
    mutating func sendDurably(_ stanza: Stanza, row: String? = nil) {
        outgoing.append(Outgoing(stanza: stanza, row: row ?? stanza.id, at: now))
    }

    /// Sends something that may be lost before what was sent since a mark (a former count of ``outgoing``).
    mutating func insert(_ stanza: Stanza?, at mark: Int) {
        guard let stanza else { return }
        outgoing.insert(Outgoing(stanza: stanza, row: nil, at: now), at: min(mark, outgoing.count))
    }

    /// Where the answer to something goes that takes its time: of an ad-hoc command, it is the command's only answer.
    mutating func later(_ origin: Origin) -> Origin {
        guard case .command(let request) = origin else { return origin }
        isAnsweredLater = true
        return .pendingCommand(request)
    }

    mutating func count(_ event: BridgeEvent) {
        counts[event, default: 0] += 1
    }
}

/// What is counted for operators.
enum BridgeEvent: String, CaseIterable {
    case customerTexts = "customer_texts"
    case agentTexts = "agent_texts"
    case offers = "offers"
    case offersRevoked = "offers_revoked"
    case conversationsAccepted = "conversations_accepted"
    case conversationsClosed = "conversations_closed"
    case lookups = "record_lookups"
    case routingAdvice = "routing_advice"
    case routingFailures = "routing_hook_failures"
    case bounces = "bounces"
    case redactions = "redactions"
}
