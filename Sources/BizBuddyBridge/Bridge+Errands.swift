//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyRecords
import BizBuddyStorage
import Logging

/// What is done beside the turns, and comes back as an input.
extension Bridge {
    /// Starts what a turn needs done elsewhere.
    func begin(_ turn: Turn, _ group: inout DiscardingTaskGroup) {
        forward(turn)
        if let cards = clerk.cards {
            for (conversation, _, _, _) in turn.lookups { cards.expect(conversation.rawValue) }
            for (conversation, record) in turn.cards { cards.deliver(record, to: conversation.rawValue) }
        }
        for (conversation, customer, contact, name) in turn.lookups {
            let question = turn.routings[conversation]
            group.addTask { [mailbox, clerk] in
                let query = await clerk.query(conversation, customer, contact, nickname: name)
                guard let router = clerk.router, var question else {
                    return await clerk.records.find(query) { mailbox.post(.lookup(conversation, $0)) }
                }
                question.addresses = query.addresses
                let gate = LookupGate { mailbox.post(.lookup(conversation, $0)) }
                await withDiscardingTaskGroup { [question] group in
                    group.addTask { await clerk.records.find(query) { gate.tell($0) } }
                    group.addTask {
                        mailbox.post(.advice(conversation, await router.ask(question)))
                        gate.open()
                    }
                }
            }
        }
        for errand in turn.errands {
            group.addTask { [mailbox, clerk] in mailbox.post(.errand(await clerk.run(errand))) }
        }
        for (conversation, text, language) in turn.searches {
            guard let answers else { break }
            group.addTask { [mailbox, logger] in
                do {
                    guard let answer = try await answers.answer(to: text, language: language) else { return }
                    mailbox.post(.answer(conversation, answer))
                } catch {
                    logger.warning("Frequent questions could not be searched.", metadata: ["error": "\(error)"])
                }
            }
        }
        for request in turn.archive {
            group.addTask { [mailbox, logger] in
                do {
                    mailbox.post(.archive(request, try await self.read(request.query)))
                } catch {
                    logger.warning("The archive could not be read.", metadata: ["error": "\(error)"])
                    mailbox.post(.archive(request, nil))
                }
            }
        }
    }

    private func read(_ query: ArchiveRequest.Query) async throws -> [Conversation] {
        switch query {
        case .customer(let customer, let limit): try await store.archived(customer: customer, limit: limit)
        case .conversation(let id): try await store.archived(conversation: id).map { [$0] } ?? []
        case .agent(let agent, let since, let limit):
            try await store.archived(agent: agent, since: since, limit: limit)
        }
    }
}
