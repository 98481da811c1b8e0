//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// What the queue itself holds of a customer, beside the archive: what runs, what was wished for, what was done.
package struct CustomerHoldings: Hashable, Sendable, Codable {
    package struct Subscription: Hashable, Sendable, Codable {
        package let customer: CustomerAddress
        package let topic: String
        package let contact: ContactAddress
        package let isConfirmed: Bool
        package let at: Instant
    }

    package struct Alert: Hashable, Sendable, Codable {
        package let customer: CustomerAddress
        package let topic: String
        package let text: String
        package let at: Instant
    }

    package struct Block: Hashable, Sendable, Codable {
        package let customer: CustomerAddress
        package let by: AgentID
        package let reason: String?
        package let at: Instant
    }

    package struct Service: Hashable, Sendable, Codable {
        package let customer: CustomerAddress
        package let contact: ContactAddress
        package let agent: AgentID
        package let at: Instant
    }

    /// Conversations that are open.
    package var conversations: [Conversation] = []
    package var subscriptions: [Subscription] = []
    /// Alerts of the last day.
    package var alerts: [Alert] = []
    package var blocks: [Block] = []
    /// Who served last, so that the customer comes back to the same.
    package var services: [Service] = []
    /// When the customer wants to be told something.
    package var wishes: [CustomerAddress: OutreachWish] = [:]
    /// Questions about how it was that have not been answered.
    package var surveys = 0

    package init() {}
}

extension ServiceState {
    /// Everything that this value holds of some addresses.
    package func holdings(of customers: Set<CustomerAddress>) -> CustomerHoldings {
        var held = CustomerHoldings()
        held.conversations = conversations.values.filter { customers.contains($0.customer) }
            .sorted { $0.sequence < $1.sequence }
        for customer in customers.sorted() {
            held.subscriptions += (outreach.subscriptions[customer] ?? [:]).sorted { $0.key < $1.key }.map {
                .init(
                    customer: customer, topic: $0.key, contact: $0.value.contact,
                    isConfirmed: $0.value.isConfirmed, at: $0.value.at)
            }
            held.alerts += (outreach.received[customer] ?? []).map {
                .init(customer: customer, topic: $0.alert.topic, text: $0.alert.text, at: $0.at)
            }
            if let block = strangers.blocks[customer] {
                held.blocks.append(.init(customer: customer, by: block.by, reason: block.reason, at: block.at))
            }
        }
        held.services = recentCustomers.entries(of: customers).map {
            .init(customer: $0.key.customer, contact: $0.key.contact, agent: $0.value.agent, at: $0.value.at)
        }
        held.wishes = outreach.wishes.byCustomer.filter { customers.contains($0.key) }
        held.surveys = outreach.surveys.keys.count { customers.contains($0.customer) }
        return held
    }

    /// Forgets customers: their conversations end, and nothing of them is left in this value. What counted stays, for
    /// it names nobody.
    mutating func erase(_ customers: Set<CustomerAddress>, _ effects: inout [Effect]) {
        for conversation in holdings(of: customers).conversations {
            if let offer = conversation.offer {
                withdraw(offer, of: conversation, reason: .customerLeft, &effects)
            }
            if let agent = conversation.agent {
                effects.append(.tellAgent(agent: agent, conversation: conversation.id, notice: .erased))
            }
            end(
                conversation.id,
                Conversation.Closing(by: .service, disposition: Conversation.Closing.erased, at: now), &effects)
        }
        recentCustomers.forget(customers)
        seenMessages.forget { id in customers.contains { id.hasPrefix("c \($0) ") } }
        for customer in customers {
            strangers.blocks[customer] = nil
            strangers.flows[customer] = nil
            outreach.subscriptions[customer] = nil
            outreach.received[customer] = nil
            outreach.wishes.byCustomer[customer] = nil
        }
        outreach.surveys = outreach.surveys.filter { !customers.contains($0.key.customer) }
    }
}

extension Conversation.Closing {
    /// The disposition of conversations that are not to be kept.
    package static let erased = "erased"

    package var isErased: Bool { by == .service && disposition == Self.erased }
}
