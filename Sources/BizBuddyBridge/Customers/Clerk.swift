//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
package import BizBuddyRecords
package import BizBuddyStorage
import XMPPCore

/// Knows where everything about customers is, and writes down who looked at what.
package struct Clerk: Sendable {
    package var records: RecordDesk
    /// Without it nothing sensitive is shown.
    package var audit: AuditLog?
    /// Who is who. Without it nothing is noted, and every address is somebody else.
    package var book: CustomerBook?
    /// The embedded directory, which is also one of the sources.
    package var directory: CustomerDirectory?
    /// Says where customers should go.
    package var router: RoutingHook?
    /// Takes customers' own cards, if they are asked for.
    package var cards: CardSource?
    /// Schemes of other networks by the domains of their gateways.
    package var gateways: [String: String]

    package init(
        records: RecordDesk = RecordDesk(sources: []), audit: AuditLog? = nil, book: CustomerBook? = nil,
        cards: CardSource? = nil, gateways: [String: String] = [:]
    ) {
        self.records = records
        self.audit = audit
        self.book = book
        self.cards = cards
        self.gateways = gateways
    }

    func address(_ customer: CustomerAddress) -> CanonicalAddress {
        CanonicalAddress(customer, gateways: gateways)
    }

    /// What is asked of the sources: for every address that is believed to be the customer's.
    func query(
        _ conversation: ConversationID, _ customer: CustomerAddress, _ contact: ContactAddress,
        nickname: String? = nil
    ) async -> RecordQuery {
        var query = await query(conversation, address(customer), contact)
        query.nickname = nickname
        return query
    }

    func query(
        _ conversation: ConversationID, _ address: CanonicalAddress, _ contact: ContactAddress
    ) async -> RecordQuery {
        // Without the book the customer is looked up all the same.
        let known = try? await book?.whereabouts(of: address)
        var query = RecordQuery(
            addresses: known?.addresses ?? [address], contact: contact.rawValue, conversation: conversation.rawValue,
            timeout: records.hardDeadline)
        query.isShared = known?.isShared ?? false
        query.isStranger = known?.isKnown == false
        return query
    }

    func run(_ errand: Errand) async -> ErrandResult {
        do {
            return try await result(of: errand)
        } catch {
            if case .compare(let verification, _, let isLast) = errand.task {
                return .compared(verification, isRight: nil, isLast: isLast, errand)
            }
            guard errand.agent != nil else { return .customer(.failed, [:], errand) }
            return .answer("This could not be done: what is known of customers cannot be written.", errand.origin)
        }
    }

    private func result(of errand: Errand) async throws -> ErrandResult {
        func answer(_ text: String) -> ErrandResult { .answer(text, errand.origin) }
        let address = address(errand.customer)
        let actor = errand.agent?.rawValue ?? address.description
        switch errand.task {
        case .reveal(let key): return answer(await reveal(key, errand))
        case .compare(let verification, let text, let isLast):
            let isRight = await compare(verification, text, errand)
            try await write(
                errand, "verify", "\(verification.key): \(isRight.map { $0 ? "right" : "wrong" } ?? "no source")")
            return .compared(verification, isRight: isRight, isLast: isLast, errand)
        case .history: return answer(try await history(of: errand))
        case .consents: return answer(try await consents(of: errand))
        case .share(let isShared):
            guard let book else { return answer(Self.noBook) }
            try await book.share(address, isShared: isShared, at: errand.at)
            return answer(
                isShared
                    ? "Several people write from there: records are shown as possibilities from now on, and no history."
                    : "One customer writes from there.")
        case .remember, .tag, .untag, .prefer:
            guard let book else { return answer(Self.noBook) }
            return answer(try await note(errand.task, address, actor, errand.at, book))
        case .code, .redeem, .link, .unlink: return try await join(errand, address, actor)
        case .request(let kind): return try await request(kind, errand, address)
        case .settle(let kind):
            _ = try await book?.settle(kind, of: [address])
            return answer("")
        }
    }

    static let noBook = "Nothing is kept about customers here."

    private func note(
        _ task: Errand.Task, _ address: CanonicalAddress, _ actor: String, _ at: Int64, _ book: CustomerBook
    ) async throws -> String {
        switch task {
        case .remember(let text):
            try await book.note(text, by: actor, about: address, at: at)
            return "Noted, for all who serve this customer."
        case .tag(let tag):
            return try await book.tag(tag, isSet: true, about: address, at: at)
                ? "Tagged \(tag)." : "This customer has too many tags."
        case .untag(let tag):
            _ = try await book.tag(tag, isSet: false, about: address, at: at)
            return "No longer tagged \(tag)."
        case .prefer(let key, let value):
            try await book.prefer(key, value, about: address, at: at)
            return value.map { "Noted: \(key) \($0)." } ?? "Forgotten: \(key)."
        case .reveal, .compare, .history, .consents, .share, .code, .redeem, .link, .unlink, .request, .settle:
            return ""
        }
    }

    private func consents(of errand: Errand) async throws -> String {
        let reach = try await reach(of: address(errand.customer))
        for case let source as HistorySource in records.sources {
            let lines = try await source.store.consents(of: reach.customers).suffix(HistorySource.longest)
            return lines.isEmpty
                ? "Nothing is written down."
                : lines.map { consent in
                    let day = Timestamp(milliseconds: consent.at.milliseconds).description.prefix(10)
                    let by = consent.actor == consent.customer.rawValue ? "" : ", written down by \(consent.actor)"
                    return "\(day) \(consent.purpose): \(consent.isGiven ? "yes" : "no")\(by)"
                }.joined(separator: "\n")
        }
        return "Nothing is kept about customers here."
    }

    private func history(of errand: Errand) async throws -> String {
        let query = await query(errand.conversation, errand.customer, errand.contact)
        for source in records.sources {
            guard let source = source as? HistorySource else { continue }
            let lines = try await source.lines(query, limit: HistorySource.longest)
            return lines.isEmpty ? "No earlier conversations." : lines.joined(separator: "\n")
        }
        return "No earlier conversations are kept."
    }

    /// Written down first: what cannot be written down is not shown.
    private func reveal(_ key: String, _ errand: Errand) async -> String {
        let query = await query(errand.conversation, errand.customer, errand.contact)
        let record = await records.wholeRecord(query)
        guard let fields = record?.fields.filter({ $0.key.lowercased() == key }), let first = fields.first else {
            return "The record has no field \(key), or its source does not answer."
        }
        guard first.fieldClass != .secret else {
            return "\(first.label) is shown to nobody; /verify \(key) compares it with what the customer says."
        }
        do {
            try await write(errand, "reveal", key)
        } catch {
            return "Nothing is shown: it could not be written down who looks."
        }
        return fields.map { "\($0.label): \($0.value)" }.joined(separator: "\n") + "\nThis look has been written down."
    }

    /// Writes down what was done; the customer by a name that means nothing outside of the book.
    func write(_ errand: Errand, _ action: String, _ detail: String) async throws {
        guard let audit else { throw StoreError.database("there is no audit log") }
        let subject = try await book?.subject(of: address(errand.customer), at: errand.at)
        try audit.append(
            actor: errand.agent?.rawValue ?? "customer", action: action,
            subject: subject ?? errand.conversation.rawValue, detail: detail, at: errand.at)
    }
}

/// Something about a customer that takes its time. It is done beside the queue, and its result comes back as an input.
struct Errand: Sendable {
    enum Task: Hashable, Sendable {
        case reveal(String)
        /// Compares a customer's answer with a field.
        case compare(Verification, String, isLast: Bool)
        case history
        case consents
        case share(Bool)
        case remember(String)
        case tag(String)
        case untag(String)
        case prefer(String, String?)
        case link(String, isSure: Bool)
        case unlink(String)
        /// A code for the customer, to be said from another address.
        case code
        case redeem(String)
        /// What a customer asks for about the own data, and that it is done.
        case request(CustomerBook.Request.Kind)
        case settle(CustomerBook.Request.Kind)
    }

    let task: Task
    /// Nil where the customer asks.
    let agent: AgentID?
    let conversation: ConversationID
    let customer: CustomerAddress
    let contact: ContactAddress
    /// The customer's, as far as it is known.
    let language: String?
    /// Where the answer goes.
    let origin: Origin
    /// Milliseconds since 1970.
    let at: Int64
}

enum ErrandResult: Sendable {
    case answer(String, Origin)
    /// A sentence of the catalogue for the customer, with what its places are filled with.
    case customer(CustomerText, [String: String], Errand)
    /// A sentence of the catalogue that is not kept on its way, for a customer of whom nothing is kept.
    case farewell(CustomerText, Errand)
    /// A customer has asked for something about the own data.
    case requested(CustomerBook.Request.Kind, CustomerBook.RequestOutcome, Errand)
    /// Two addresses stay two customers, whose numbers these are.
    case different(CanonicalAddress, numbers: (own: String, other: String), Errand)
    /// What a customer is sent who asked for what is kept.
    case copy([String], Errand)
    /// Nil if there was nothing to compare with.
    case compared(Verification, isRight: Bool?, isLast: Bool, Errand)
}
