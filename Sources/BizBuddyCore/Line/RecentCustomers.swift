//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Who served which customer last; the oldest are forgotten first.
package struct RecentCustomers: Hashable, Sendable, Codable, Defaulted {
    package struct Entry: Hashable, Sendable, Codable {
        package let agent: AgentID
        package let at: Instant
        package let conversation: ConversationID
    }

    private var entries: [CustomerKey: Entry] = [:]
    /// Conversations in the order of their ends; of a customer who came again only the last one counts.
    private var order: [Ended] = []
    private var first = 0

    private struct Ended: Hashable, Sendable, Codable {
        let key: CustomerKey
        let conversation: ConversationID
    }

    package init() {}

    static var former: Self { Self() }

    package subscript(key: CustomerKey) -> Entry? { entries[key] }

    /// Of some customers, in a fixed order.
    func entries(of customers: Set<CustomerAddress>) -> [(key: CustomerKey, value: Entry)] {
        entries.filter { customers.contains($0.key.customer) }
            .sorted { ($0.value.at, $0.key.customer, $0.key.contact) < ($1.value.at, $1.key.customer, $1.key.contact) }
    }

    mutating func forget(_ customers: Set<CustomerAddress>) {
        entries = entries.filter { !customers.contains($0.key.customer) }
        order = order[first...].filter { !customers.contains($0.key.customer) }
        first = 0
    }

    mutating func remember(_ key: CustomerKey, _ entry: Entry) {
        entries[key] = entry
        order.append(Ended(key: key, conversation: entry.conversation))
        while order.count - first > Limits.recentCustomers {
            let oldest = order[first]
            first += 1
            if entries[oldest.key]?.conversation == oldest.conversation { entries[oldest.key] = nil }
        }
        if first > Limits.recentCustomers {
            order.removeFirst(first)
            first = 0
        }
    }
}
