//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// The room behind a conversation (XEP-0045): its agents, and an occupant that speaks for the customer.
///
/// Members-only and of no life of its own: what was said is in the conversation, and the customer is never in it.
struct Room {
    struct Occupant: Equatable {
        /// The client.
        let address: JID
        let nick: String
        let agent: AgentID
        let since: Instant
    }

    let address: JID
    /// The customer's occupant.
    let customer: JID
    let customerAddress: JID?
    let subject: String
    private(set) var occupants: [Occupant] = []

    /// The customer gets another name than any of `agentNames`, which agents are likely to take.
    init(_ conversation: Conversation, address: JID, departmentName: String, agentNames: Set<String>) {
        self.address = address
        customerAddress = try? JID(conversation.customer.rawValue)
        let name = conversation.customerName
        let unique = agentNames.contains(name.lowercased()) ? "\(name) (customer)" : name
        // Names that cannot be a resource, and RFC 7622 §3.4 leaves few, are not worth more than this.
        customer = (try? address.with(resource: unique)) ?? (try? address.with(resource: "Customer")) ?? address
        subject = "\(name) · \(departmentName)"
    }

    func holds(_ agent: AgentID) -> Bool { occupants.contains { $0.agent == agent } }

    func occupant(at address: JID) -> Occupant? { occupants.first { $0.address == address } }

    /// Whether somebody else than this agent goes by the name.
    func isTaken(_ nick: String, for agent: AgentID) -> Bool {
        customer.resource == nick || occupants.contains { $0.nick == nick && $0.agent != agent }
    }

    mutating func enter(_ occupant: Occupant) {
        occupants.removeAll { $0.address == occupant.address }
        occupants.append(occupant)
    }

    mutating func leave(_ address: JID) {
        occupants.removeAll { $0.address == address }
    }

    // MARK: Stanzas

    func nickAddress(_ nick: String) -> JID? { try? address.with(resource: nick) }

    /// What an occupant sees of the customer.
    func customerPresence(to: JID) -> Stanza {
        Stanza(.presence, .available, from: customer, to: to) {
            MUC.User(items: [MUC.Item(affiliation: MUC.Affiliation.none, role: .participant, jid: customerAddress)])
                .element
        }
    }

    /// What `to` sees of an occupant; with status codes, so of itself.
    func presence(of occupant: Occupant, to: JID) -> Stanza {
        let isSelf = occupant.address == to
        return Stanza(.presence, .available, from: nickAddress(occupant.nick), to: to) {
            MUC.User(
                items: [MUC.Item(affiliation: .member, role: .participant, jid: occupant.address)],
                statuses: isSelf ? [.nonAnonymous, .selfPresence] : []
            ).element
        }
    }

    /// The end of an occupant's stay, as `to` sees it.
    func departure(
        of occupant: Occupant, to: JID, statuses: [MUC.Status] = [], destruction: MUC.Destruction? = nil
    ) -> Stanza {
        let isSelf = occupant.address == to
        return Stanza(.presence, .unavailable, from: nickAddress(occupant.nick), to: to) {
            MUC.User(
                items: [
                    MUC.Item(
                        affiliation: destruction == nil ? .member : MUC.Affiliation.none, role: MUC.Role.none,
                        jid: occupant.address)
                ],
                statuses: (isSelf ? [.selfPresence] : []) + statuses, destruction: destruction
            ).element
        }
    }

    /// One line to one occupant, from another or from the room itself.
    func line(
        _ text: String, from nick: String?, to: JID, id: String?, at moment: Timestamp? = nil,
        payload: XMLElement? = nil, payloads: [XMLElement] = [], originID: String? = nil
    ) -> Stanza {
        Stanza(.message, .groupchat, id: id, from: nick.flatMap { nickAddress($0) } ?? address, to: to) {
            XMLElement("body", Namespace.client, text: text)
            payload
            payloads
            if let moment { DelayedDelivery(stamp: moment, from: address).element }
            if let originID { OriginID(originID).element }
        }
    }

    func serviceMessage(_ text: String, to: JID, id: String, payload: XMLElement? = nil) -> Stanza {
        line(text, from: nil, to: to, id: id, payload: payload)
    }

    func subjectMessage(to: JID, id: String) -> Stanza {
        Stanza(.message, .groupchat, id: id, from: address, to: to) {
            XMLElement("subject", Namespace.client, text: subject)
        }
    }
}
