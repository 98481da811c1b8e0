//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
package import BizBuddyRecords
package import BizBuddyStorage
import XMPPCore

/// Earlier conversations of a customer with any contact, from all addresses that are the customer's.
package struct HistorySource: RecordSource {
    /// Lines on a card, and when they are asked for.
    static let shortest = 3
    static let longest = 20
    /// Characters of what a customer wrote first.
    private static let questionLength = 80

    package let name = "history"
    let store: ServiceStore
    /// The domain of the gateway by the scheme of its network.
    private let gateways: [String: String]

    /// `gateways` are schemes by the domains of gateways.
    package init(_ store: ServiceStore, gateways: [String: String]) {
        self.store = store
        self.gateways = Dictionary(gateways.map { ($0.value, $0.key) }) { first, _ in first }
    }

    package func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        RecordAnswer(history: try await lines(query, limit: Self.shortest))
    }

    /// Latest first.
    func lines(_ query: RecordQuery, limit: Int) async throws -> [String] {
        var found: [Conversation] = []
        for address in query.addresses {
            guard let customer = customer(address) else { continue }
            found += try await store.archived(customer: customer, limit: limit)
        }
        let closed = found.compactMap { conversation -> (Conversation, Conversation.Closing)? in
            guard case .closed(let closing) = conversation.stage else { return nil }
            return (conversation, closing)
        }
        return closed.sorted { $0.1.at > $1.1.at }.prefix(limit).map { Self.line($0, $1) }
    }

    /// Where somebody writes from, as we know it.
    private func customer(_ address: CanonicalAddress) -> CustomerAddress? {
        if address.scheme == "xmpp" { return CustomerAddress(address.value) }
        guard let domain = gateways[address.scheme],
            let jid = try? JID(local: JID.escapedLocal(address.value), domain: domain)
        else { return nil }
        return CustomerAddress(jid.bareString)
    }

    private static func line(_ conversation: Conversation, _ closing: Conversation.Closing) -> String {
        let day = Timestamp(milliseconds: closing.at.milliseconds).description.prefix(10)
        var line = "\(day) \(conversation.contact.rawValue)"
        switch closing.by {
        case .agent(let agent): line += " with \(agent)"
        case .customer: line += ", left by the customer"
        case .service: break
        }
        if let disposition = closing.disposition { line += ", \(disposition)" }
        if let question = conversation.customerTexts.first?.text {
            let text = question.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            line += ": \(text.prefix(questionLength))\(text.count > questionLength ? "…" : "")"
        }
        return line
    }
}

/// What agents have noted about a customer.
package struct NoteSource: RecordSource {
    /// Notes on a card.
    private static let notes = 3

    static let sourceName = "notes"
    package let name = NoteSource.sourceName
    private let book: CustomerBook

    package init(_ book: CustomerBook) {
        self.book = book
    }

    package func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        guard !query.isStranger, let address = query.addresses.first,
            let person = try await book.person(at: address)
        else {
            return RecordAnswer()
        }
        var fields: [CustomerRecord.Field] = []
        if !person.tags.isEmpty {
            fields.append(.init(key: "tags", label: "Tags", value: person.tags.joined(separator: ", ")))
        }
        for key in CustomerCommand.preferences {
            guard let value = person.preferences[key] else { continue }
            fields.append(.init(key: key, label: "Prefers \(key)", value: value))
        }
        for note in person.notes.prefix(Self.notes) {
            let day = Timestamp(milliseconds: note.at).description.prefix(10)
            fields.append(.init(key: "note", label: "Note of \(note.author), \(day)", value: note.text))
        }
        let others = person.addresses.filter { $0.address != address }
        if !others.isEmpty {
            let texts = others.map { "\($0.address) (\($0.trust.rawValue))" }
            fields.append(
                .init(key: "addresses", label: "Also writes from", value: texts.joined(separator: ", ")))
        }
        guard !fields.isEmpty else { return RecordAnswer() }
        return RecordAnswer(records: [
            CustomerRecord(customerID: "", displayName: "", source: name, match: .probable, fields: fields)
        ])
    }
}
