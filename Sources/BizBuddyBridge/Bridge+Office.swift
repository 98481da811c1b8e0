//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
package import BizBuddyStorage
import Logging
import XMPPCore

/// What the company asks of the running service from outside of the conversations.
package enum OfficeTask: Hashable, Sendable {
    /// Says what is kept of a customer, or deletes it; the address as people write it.
    case erase(String, isConfirmed: Bool)
    /// Lists what customers have asked for about their data.
    case requests
    /// Says what a customer who asked for a copy would be sent, or sends it.
    case export(String, isConfirmed: Bool)
    /// Says no to a customer who asked for something.
    case decline(String, CustomerBook.Request.Kind)
    /// Tells all who asked about a topic.
    case publish(topic: String, text: String)
    /// Puts a customer's record into the embedded directory, or in the place of the one there.
    case record(address: String, CustomerRecord)
}

/// A task with whoever waits for its answer.
struct OfficeRequest: Sendable {
    let task: OfficeTask
    /// For the audit log.
    let actor: String
    let reply: @Sendable (Result<String, any Error>) -> Void
}

/// Why a task was not done, for people.
package struct OfficeRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}

extension Bridge {
    /// Has the running service do something, and waits for it. Throws what is to be told to whoever asked.
    package func ask(_ task: OfficeTask, as actor: String = "console") async throws -> String {
        try await withCheckedThrowingContinuation { continuation in
            mailbox.post(.office(OfficeRequest(task: task, actor: actor) { continuation.resume(with: $0) }))
        }
    }

    /// Hands what staff asked for in words on to the owner; the answer comes back as an errand's does.
    func forward(_ turn: Turn) {
        for wish in turn.offices {
            mailbox.post(
                .office(
                    OfficeRequest(task: wish.task, actor: wish.person.rawValue) { [mailbox] result in
                        let text =
                            switch result {
                            case .success(let text): text
                            case .failure(let error): "This could not be done: \(error)"
                            }
                        mailbox.post(.errand(.answer(text, wish.origin)))
                    }))
        }
    }

    /// Does a task; what takes its time goes on beside the queue. Throws only if the queue's own store has failed.
    func attend(
        _ request: OfficeRequest, _ core: inout BridgeCore, _ group: inout DiscardingTaskGroup,
        write: (Turn, BridgeCore, _ isSnapshot: Bool) async throws -> Void
    ) async throws {
        switch request.task {
        case .publish(let topic, let text):
            var turn = Turn(now: Self.now())
            let answer = core.publish(topic, text, &turn)
            try await write(turn, core, false)
            request.reply(answer.map { $0 }.mapError { $0 })
        case .record(let text, let record):
            group.addTask { [clerk] in
                do {
                    request.reply(
                        .success(
                            try await clerk.put(record, at: text, actor: request.actor, at: Self.now().milliseconds)))
                } catch {
                    request.reply(.failure(error))
                }
            }
        case .requests:
            group.addTask { [clerk] in
                do {
                    request.reply(.success(try await clerk.requestList()))
                } catch {
                    request.reply(.failure(error))
                }
            }
        case .export(let text, let isConfirmed):
            let (state, configuration) = (core.service, core.configuration)
            answer(request, about: text, &group) { [clerk, store, mailbox] reach in
                let file = try await clerk.file(of: reach, state: state, store)
                guard isConfirmed else { return file.summary }
                let copies = try await clerk.copies(
                    reach, file, configuration, actor: AgentID(request.actor), at: Self.now().milliseconds)
                for copy in copies { mailbox.post(.errand(copy)) }
                return "The customer is sent what is kept, but for notes, tags and what is withheld."
            }
        case .decline(let text, let kind):
            answer(request, about: text, &group) { [clerk, mailbox] reach in
                let told = try await clerk.decline(
                    kind, reach, actor: AgentID(request.actor), at: Self.now().milliseconds)
                for result in told { mailbox.post(.errand(result)) }
                return "The customer is told that it cannot be done."
            }
        case .erase(let text, let isConfirmed):
            guard let address = clerk.canonical(text) else {
                return request.reply(.failure(OfficeRefusal("\"\(text.prefix(100))\" is no address.")))
            }
            let reach: CustomerReach
            do {
                reach = try await clerk.reach(of: address)
            } catch {
                return request.reply(.failure(error))
            }
            guard isConfirmed else {
                let state = core.service
                group.addTask { [clerk, store] in
                    do {
                        request.reply(.success(try await clerk.file(of: reach, state: state, store).summary))
                    } catch {
                        request.reply(.failure(error))
                    }
                }
                return
            }
            var turn = Turn(now: Self.now())
            let open = core.erase(reach.customers, &turn)
            try await write(turn, core, true)
            group.addTask { [clerk, store, logger, mailbox] in
                do {
                    let moment = Self.now().milliseconds
                    let told = try await clerk.awaitingErasure(reach, actor: request.actor, at: moment)
                    let answer = try await clerk.erase(reach, open: open, store, actor: request.actor, at: moment)
                    for result in told { mailbox.post(.errand(result)) }
                    request.reply(.success(answer))
                } catch {
                    logger.error("A customer could not be deleted as a whole.", metadata: ["error": "\(error)"])
                    request.reply(.failure(error))
                }
            }
        }
    }
}

extension Bridge {
    /// Does something about a customer, beside the queue.
    private func answer(
        _ request: OfficeRequest, about text: String, _ group: inout DiscardingTaskGroup,
        _ work: @escaping @Sendable (CustomerReach) async throws -> String
    ) {
        guard let address = clerk.canonical(text) else {
            return request.reply(.failure(OfficeRefusal("\"\(text.prefix(100))\" is no address.")))
        }
        group.addTask { [clerk] in
            do {
                request.reply(.success(try await work(try await clerk.reach(of: address))))
            } catch {
                request.reply(.failure(error))
            }
        }
    }
}

extension BridgeCore {
    /// Forgets customers here and in the queue. Returns their conversations that were open.
    mutating func erase(_ customers: [CustomerAddress], _ turn: inout Turn) -> [ConversationID] {
        let all = Set(customers)
        let open = service.holdings(of: all).conversations.map(\.id)
        apply(.eraseCustomer(customers), &turn)
        lastRedaction = lastRedaction.filter { !all.contains($0.key.customer) }
        verifications = verifications.filter { !all.contains($0.key.customer) }
        for customer in customers { requestPaces[customer] = nil }
        queueWatchers = queueWatchers.filter { !all.contains($0.key.customer) }
        roomCallers = roomCallers.filter { !all.contains($0.key.customer) }
        for customer in customers { unsubscribe(customer, &turn) }
        return open
    }

    /// Tells all who asked about a topic, for somebody at the machine; the words are for the terminal.
    mutating func publish(_ topic: String, _ text: String, _ turn: inout Turn) -> Result<String, OfficeRefusal> {
        let command = Command.publish(person: .console, topic: topic.lowercased(), text: redacted(text))
        let effects = service.apply(command, at: turn.now)
        turn.record(command)
        var answer = Result<String, OfficeRefusal>.success("")
        for effect in effects {
            switch effect {
            case .refuse(.console, _, .noSuchTarget):
                let known = configuration.service.outreach.topics.keys.sorted().joined(separator: ", ")
                answer = .failure(OfficeRefusal("There is no topic \"\(topic)\"; known are: \(known)."))
            case .refuse(.console, _, let reason): answer = .failure(OfficeRefusal(AgentTexts.refusal(reason)))
            case .tellAgent(.console, _, let notice): answer = .success(AgentTexts.notice(notice))
            default: perform(effect, from: .nobody, &turn)
            }
        }
        return answer
    }
}
