//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage
import XMPPCore

/// What customers ask for about their own data: it is kept until a supervisor does it or says no.
extension Clerk {
    func request(
        _ kind: CustomerBook.Request.Kind, _ errand: Errand, _ address: CanonicalAddress
    ) async throws -> ErrandResult {
        guard let book else { return .customer(.failed, [:], errand) }
        let outcome = try await book.keep(
            CustomerBook.Request(
                kind: kind, customer: errand.customer, contact: errand.contact, language: errand.language, at: errand.at
            ),
            of: address)
        if outcome == .kept { try await write(errand, "request", kind.rawValue) }
        return .requested(kind, outcome, errand)
    }

    /// Lines of a list.
    private static let listed = 100

    func requestList() async throws -> String {
        let all = try await book?.requests() ?? []
        guard !all.isEmpty else { return "No customer is waiting for a copy or for a deletion." }
        let lines = all.prefix(Self.listed).map { request in
            let day = Timestamp(milliseconds: request.at).description.prefix(10)
            return "\(day) \(request.customer): /\(request.kind.rawValue) \(request.customer)"
        }
        return (lines + (all.count > lines.count ? ["and \(all.count - lines.count) more"] : [])).joined(
            separator: "\n")
    }

    /// What goes to a customer who asked for a copy, for each address that asked. Throws where nobody has asked.
    func copies(
        _ reach: CustomerReach, _ file: CustomerFile, _ configuration: BridgeConfiguration, actor: AgentID, at: Int64
    ) async throws -> [ErrandResult] {
        guard let audit else { throw StoreError.database("there is no audit log") }
        let requests = try await book?.requests(of: reach.addresses).filter { $0.kind == .export } ?? []
        guard let first = requests.first else {
            throw OfficeRefusal("The customer has not asked for a copy. \"switchboard customers export\" makes one.")
        }
        let subject = try await book?.subject(of: address(first.customer), at: at) ?? "unknown"
        try audit.append(
            actor: actor.rawValue, action: "export", subject: subject, detail: "sent to the customer", at: at)
        return requests.map { request in
            let texts = configuration.serviceConfiguration.catalogue.texts(
                language: request.language, contact: request.contact)
            let copy = CustomerCopy(file, classes: records.classes, configuration, texts)
            return .copy(copy.parts, errand(.settle(.export), for: request, by: actor, at))
        }
    }

    /// Says no. Returns what is told to whom.
    func decline(
        _ kind: CustomerBook.Request.Kind, _ reach: CustomerReach, actor: AgentID, at: Int64
    ) async throws -> [ErrandResult] {
        guard let audit else { throw StoreError.database("there is no audit log") }
        let requests = try await book?.settle(kind, of: reach.addresses) ?? []
        guard let first = requests.first else { throw OfficeRefusal("The customer has not asked for that.") }
        let subject = try await book?.subject(of: address(first.customer), at: at) ?? "unknown"
        try audit.append(
            actor: actor.rawValue, action: "request", subject: subject, detail: "\(kind.rawValue) declined", at: at)
        return requests.map { .customer(.requestDeclined, [:], errand(.settle(kind), for: $0, by: actor, at)) }
    }

    /// Whom to tell that everything has been deleted: those who asked for it, as long as that is known.
    func awaitingErasure(_ reach: CustomerReach, actor: String, at: Int64) async throws -> [ErrandResult] {
        try await book?.requests(of: reach.addresses).filter { $0.kind == .erase }.map {
            .farewell(.erased, errand(.settle(.erase), for: $0, by: AgentID(actor), at))
        } ?? []
    }

    private func errand(
        _ task: Errand.Task, for request: CustomerBook.Request, by actor: AgentID, _ at: Int64
    ) -> Errand {
        Errand(
            task: task, agent: actor, conversation: ConversationID(""), customer: request.customer,
            contact: request.contact, language: request.language, origin: .nobody, at: at)
    }
}
