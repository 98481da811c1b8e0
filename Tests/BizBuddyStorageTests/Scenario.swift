//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage

/// A service that writes down what it does.
struct Scenario {
    static let alice = AgentID("alice@acme.example")
    static let contact = ContactAddress("support@acme.example")

    var state = ServiceState()
    var now = Instant(milliseconds: 1_700_000_000_000)
    var change = ServiceChange()
    /// What counted so far.
    var facts: [Fact] = []

    init() {
        apply(
            .configure(
                ServiceConfiguration(departments: [
                    DepartmentConfiguration(
                        id: DepartmentID("support"), name: "Support", contacts: [Self.contact], agents: [Self.alice])
                ])))
        apply(
            .agentPresence(
                agent: Self.alice, resource: "desk", state: AgentResource(state: "available", takesCustomers: true)))
    }

    @discardableResult
    mutating func apply(_ command: Command) -> [Effect] {
        now = now + .seconds(1)
        let effects = state.apply(command, at: now)
        change.events.append(RecordedCommand(command, at: now))
        for case .fact(let fact) in effects {
            facts.append(fact)
        }
        for case .conversationClosed(let conversation) in effects {
            change.closed.append(conversation)
        }
        return effects
    }

    /// A customer's text, with the host's id for it and the answers it causes.
    mutating func say(_ text: String, from customer: Int) {
        let effects = apply(
            .customerMessage(
                customer: Self.customer(customer), contact: Self.contact, text: text,
                externalID: "host-\(change.events.count)-\(now.milliseconds)", nickname: nil,
                newConversation: ConversationID("c\(now.milliseconds)")))
        change.processedStanzaIDs.append("host-\(now.milliseconds)")
        for case .sendToCustomer(let delivery) in effects {
            change.outgoing.append(
                OutgoingRow(
                    id: "out-\(now.milliseconds)-\(change.outgoing.count)", recipient: delivery.customer.rawValue,
                    payload: Array(delivery.text.utf8), at: now))
        }
    }

    /// The change so far; the next one begins.
    mutating func take() -> ServiceChange {
        defer { change = ServiceChange() }
        return change
    }

    static func customer(_ number: Int) -> CustomerAddress {
        CustomerAddress("c\(number)@home.example")
    }
}
