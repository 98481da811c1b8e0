//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore

/// A state with a clock and short words for the tests.
struct Service {
    static let support = DepartmentID("support")
    static let sales = DepartmentID("sales")
    static let supportContact = ContactAddress("support@acme.example")
    static let salesContact = ContactAddress("sales@acme.example")
    static let alice = AgentID("alice@acme.example")
    static let bob = AgentID("bob@acme.example")
    static let carol = AgentID("carol@acme.example")
    static let tom = CustomerAddress("tom@home.example")
    static let uma = CustomerAddress("uma@home.example")
    static let vic = CustomerAddress("vic@home.example")

    var state = ServiceState()
    var now = Instant(milliseconds: 1_000_000_000)
    /// Effects of the last command, and what counted in it.
    var effects: [Effect] = []
    var facts: [Fact] = []
    var nextID = 1
    /// Answers lookups at once, as an embedded directory does.
    var answersLookups = true

    init(_ configuration: ServiceConfiguration = Service.acme(), online: [AgentID] = []) {
        state.now(is: now)
        self.apply(.configure(configuration))
        for agent in online {
            self.online(agent)
        }
    }

    static func acme() -> ServiceConfiguration {
        ServiceConfiguration(departments: [
            DepartmentConfiguration(
                id: support, name: "Support", contacts: [supportContact], agents: [alice, bob, carol]),
            DepartmentConfiguration(id: sales, name: "Sales", contacts: [salesContact], agents: [alice]),
        ])
    }

    @discardableResult
    mutating func apply(_ command: Command) -> [Effect] {
        effects = state.apply(command, at: now)
        if answersLookups {
            for case .startLookup(let conversation, _) in effects {
                effects += state.apply(.lookupFinished(conversation: conversation, result: .notFound), at: now)
            }
        }
        facts = effects.compactMap { if case .fact(let fact) = $0 { fact } else { nil } }
        effects.removeAll { if case .fact = $0 { true } else { false } }
        return effects
    }

    @discardableResult
    mutating func wait(_ duration: Duration) -> [Effect] {
        now = now + duration
        return apply(.tick)
    }

    mutating func online(_ agent: AgentID, state: String = "available", takes: Bool = true, resource: String = "desk") {
        let presence = AgentResource(state: state, takesCustomers: takes)
        apply(.agentPresence(agent: agent, resource: resource, state: presence))
    }

    mutating func offline(_ agent: AgentID, resource: String = "desk") {
        apply(.agentPresence(agent: agent, resource: resource, state: nil))
    }

    @discardableResult
    mutating func say(
        _ text: String, _ customer: CustomerAddress = Service.tom, to contact: ContactAddress = Service.supportContact,
        externalID: String? = nil
    ) -> [Effect] {
        nextID += 1
        return apply(
            .customerMessage(
                customer: customer, contact: contact, text: text, externalID: externalID, nickname: nil,
                newConversation: ConversationID("c\(nextID)")))
    }

    func conversation(
        _ customer: CustomerAddress = Service.tom, _ contact: ContactAddress = Service.supportContact
    ) -> Conversation? {
        state.conversation(of: customer, with: contact)
    }

    func id(
        _ customer: CustomerAddress = Service.tom, _ contact: ContactAddress = Service.supportContact
    ) -> ConversationID {
        conversation(customer, contact)?.id ?? ConversationID("none")
    }

    /// What a customer was told by the last command.
    func heard(_ customer: CustomerAddress = Service.tom) -> [String] {
        effects.compactMap {
            guard case .sendToCustomer(let delivery) = $0, delivery.customer == customer else { return nil }
            return delivery.text
        }
    }

    var offers: [Offer] {
        effects.compactMap { if case .offer(let offer) = $0 { offer } else { nil } }
    }

    var relays: [AgentRelay] {
        effects.compactMap { if case .relayToAgent(let relay) = $0 { relay } else { nil } }
    }

    var refusals: [AgentRefusal] {
        effects.compactMap { if case .refuse(_, _, let reason) = $0 { reason } else { nil } }
    }

    var revocations: [OfferRevocation] {
        effects.compactMap { if case .revokeOffer(_, _, _, let reason) = $0 { reason } else { nil } }
    }

    var published: [DepartmentStatus] {
        effects.compactMap { if case .publishDepartment(let status) = $0 { status } else { nil } }
    }

    var closed: [Conversation] {
        effects.compactMap { if case .conversationClosed(let conversation) = $0 { conversation } else { nil } }
    }
}

extension ServiceState {
    /// Starts the clock of a fresh state.
    fileprivate mutating func now(is moment: Instant) {
        _ = apply(.tick, at: moment)
    }
}
