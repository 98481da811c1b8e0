//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import BizBuddyRecords
package import BizBuddyStorage
import XMPPCore

/// Everything that is kept of a customer, from all addresses that are believed to be the customer's.
package struct CustomerFile: Codable, Equatable, Sendable {
    package let addresses: [String]
    package let person: CustomerBook.Person?
    package let records: [CustomerRecord]
    /// Closed ones, latest first of each address.
    package let conversations: [Conversation]
    /// What the queue holds: open conversations, wishes for alerts, blocks.
    package let held: CustomerHoldings
    /// Yes and no, oldest first.
    package let consents: [Consent]
    /// Contacts whose presence the customer sees.
    package let contacts: [String]
    /// What the customer has asked for about all this.
    package let requests: [CustomerBook.Request]

    package var isEmpty: Bool {
        person == nil && records.isEmpty && conversations.isEmpty && held == CustomerHoldings() && consents.isEmpty
            && contacts.isEmpty && requests.isEmpty
    }

    /// For whoever is about to delete it.
    package var summary: String {
        guard !isEmpty else { return "Nothing is kept of \(addresses.joined(separator: ", "))." }
        let parts: [(Int, String)] = [
            (conversations.count, "closed conversations"), (held.conversations.count, "open conversations"),
            (records.count, "records of the embedded directory"), (person?.notes.count ?? 0, "notes"),
            (person?.tags.count ?? 0, "tags"), (person?.preferences.count ?? 0, "preferences"),
            (held.subscriptions.count, "wishes for alerts"), (held.alerts.count, "alerts of the last day"),
            (held.blocks.count, "blocks"), (held.surveys, "open surveys"), (consents.count, "lines about consent"),
            (contacts.count, "contacts whose presence is seen"), (requests.count, "requests about it"),
        ]
        return
            (["Kept of \(addresses.joined(separator: ", ")):"]
            + parts.filter { $0.0 > 0 }.map { "  \($0.0) \($0.1)" }).joined(separator: "\n")
    }
}

/// All addresses of a customer: as they are known to us, and as they are written to.
package struct CustomerReach: Hashable, Sendable {
    package var addresses: [CanonicalAddress]
    package var customers: [CustomerAddress]
}

/// Finding, telling and deleting everything about a customer.
extension Clerk {
    /// Conversations of one address in a file.
    private static let conversations = 100_000
    /// Rounds of looking for more addresses of the same customer.
    private static let rounds = 3

    /// An address as people write it: with its scheme, or as XMPP has it; at a gateway, the name behind it.
    package func canonical(_ text: String) -> CanonicalAddress? {
        if let foreign = CanonicalAddress(text) {
            guard foreign.scheme == "xmpp" else { return foreign }
            return (try? JID(foreign.value)).flatMap { $0.isDomain ? nil : address(CustomerAddress($0.bareString)) }
        }
        guard let jid = try? JID(text), !jid.isDomain else { return nil }
        return address(CustomerAddress(jid.bareString))
    }

    /// Where a customer of any network writes from, as we know it: at each gateway of that network.
    package func customers(_ address: CanonicalAddress) -> [CustomerAddress] {
        if address.scheme == "xmpp" { return [CustomerAddress(address.value)] }
        return gateways.filter { $0.value == address.scheme }.keys.sorted().compactMap { domain in
            (try? JID(local: JID.escapedLocal(address.value), domain: domain)).map { CustomerAddress($0.bareString) }
        }
    }

    /// All addresses that are believed to be the same customer's, by the book and by the directory.
    package func reach(of address: CanonicalAddress) async throws -> CustomerReach {
        var found = [address]
        for _ in 0..<Self.rounds {
            var next = found
            for address in found { next += try await book?.addresses(with: address) ?? [] }
            let known = try await directory?.addresses(with: found.map(\.key)) ?? []
            next += known.compactMap { CanonicalAddress($0) ?? CanonicalAddress("xmpp:\($0)") }
            var unique: [CanonicalAddress] = []
            for address in next where !unique.contains(address) { unique.append(address) }
            if unique.count == found.count { break }
            found = unique
        }
        return CustomerReach(addresses: found, customers: found.flatMap(customers))
    }

    /// Takes a record that the company's own systems or people give. An address of another customer number stays whose it is.
    func put(_ record: CustomerRecord, at text: String, actor: String, at moment: Int64) async throws -> String {
        guard let directory else { throw OfficeRefusal("There is no embedded directory.") }
        guard let address = canonical(text) else { throw OfficeRefusal("\"\(text.prefix(100))\" is no address.") }
        let known = try await directory.lookup(address.key)
        if let known, known.customerID != record.customerID {
            throw OfficeRefusal("This address is customer \(known.customerID)'s: delete that record first.")
        }
        try await directory.upsert(record, at: address.key)
        let subject = try await book?.subject(of: address, at: moment)
        try audit?.append(
            actor: actor, action: "record", subject: subject ?? "unknown", detail: known == nil ? "new" : "changed",
            at: moment)
        return known == nil ? "There is a record for \(address) now." : "The record for \(address) is another now."
    }

    package func file(
        of reach: CustomerReach, state: ServiceState?, _ store: ServiceStore?
    ) async throws -> CustomerFile {
        var records: [CustomerRecord] = []
        for address in reach.addresses {
            if let record = try await directory?.lookup(address.key) { records.append(record) }
        }
        var person: CustomerBook.Person?
        for address in reach.addresses where person == nil { person = try await book?.person(at: address) }
        var conversations: [Conversation] = []
        for customer in reach.customers {
            conversations += try await store?.archived(customer: customer, limit: Self.conversations) ?? []
        }
        return CustomerFile(
            addresses: reach.addresses.map(\.description), person: person, records: records,
            conversations: conversations, held: state?.holdings(of: Set(reach.customers)) ?? CustomerHoldings(),
            consents: try await store?.consents(of: reach.customers) ?? [],
            contacts: try await store?.contacts(subscribedBy: reach.customers) ?? [],
            requests: try await book?.requests(of: reach.addresses) ?? [])
    }

    /// Deletes everything but what the queue holds in memory, and the open conversations, which went before. The book
    /// goes last: as long as it is there, what was interrupted can be found and done again.
    package func erase(
        _ reach: CustomerReach, open: [ConversationID], _ store: ServiceStore, actor: String, at: Int64
    ) async throws -> String {
        guard let audit else { throw StoreError.database("there is no audit log") }
        var subject = "unknown"
        for address in reach.addresses {
            guard let person = try await book?.person(at: address) else { continue }
            subject = person.id
            break
        }
        try audit.append(actor: actor, action: "erase", subject: subject, detail: "begun", at: at)
        let kept = try await store.erase(reach.customers, open: open)
        let records = try await directory?.erase(reach.addresses.map(\.key)) ?? 0
        for case let source as GuardedSource in self.records.sources {
            for address in reach.addresses { source.forget(address) }
        }
        let notes = try await book?.erase(reach.addresses, actor: actor, at: at) ?? 0
        let detail =
            "\(open.count + kept.conversations) conversations, \(records) records, \(notes) notes, "
            + "\(kept.consents) lines about consent"
        try audit.append(actor: actor, action: "erase", subject: subject, detail: detail, at: at)
        return "Deleted: \(detail). The audit log knows the customer as \(subject)."
    }
}
