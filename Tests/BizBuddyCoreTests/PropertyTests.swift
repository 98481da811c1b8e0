//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Testing

@testable import BizBuddyCore

/// What must hold after every command, whatever the commands are.
@Suite struct PropertyTests {
    /// Commands per run; `PROPERTY_STEPS=100000 swift test --filter PropertyTests` for a long one.
    private static let steps =
        ProcessInfo.processInfo.environment["PROPERTY_STEPS"].flatMap { Int($0) }.map { max($0, 1_000) } ?? 6_000

    /// A run: the log, the state, and the texts that no agent has been shown yet.
    private struct Run {
        var source: CommandSource
        var state = ServiceState()
        var now = Instant(milliseconds: 0)
        var log: [(command: Command, at: Instant)] = []
        var effectHash = Hasher()
        var unseen: [String: ConversationID] = [:]

        init(seed: UInt64) {
            source = CommandSource(seed: seed)
        }

        mutating func step(_ command: Command) -> [Effect] {
            log.append((command, now))
            return state.apply(command, at: now)
        }
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func invariantsHold(seed: UInt64) throws {
        var run = Run(seed: seed)
        var collected: [Effect] = run.step(.configure(CommandSource.configuration()))
        var offers = 0
        var closed = 0
        for _ in 0..<Self.steps {
            run.now = run.now + .milliseconds(run.source.random.below(4_000))
            let before = run.state
            let command = run.source.next(before)
            let effects = run.step(command)
            collected = effects
            offers += collected.reduce(0) { if case .offer = $1 { $0 + 1 } else { $0 } }
            closed += collected.reduce(0) { if case .conversationClosed = $1 { $0 + 1 } else { $0 } }
            try checkBooks(run.state)
            try checkCapacity(before, run.state)
            try checkNobodyWaitsInVain(run.state)
            try checkOrder(before, run.state)
            try checkIdlest(before, run.state)
            try checkTexts(&run, command, effects)
            try checkPrivacy(effects)
        }
        // The run was not idle.
        #expect(offers > Self.steps / 25)
        #expect(closed > Self.steps / 50)
    }

    @Test func replayGivesTheSameStateAndEffects() {
        var run = Run(seed: 99)
        var effects = [run.step(.configure(CommandSource.configuration()))]
        for _ in 0..<Self.steps / 2 {
            run.now = run.now + .milliseconds(run.source.random.below(4_000))
            effects.append(run.step(run.source.next(run.state)))
        }
        var replayed = ServiceState()
        var same = true
        for (index, entry) in run.log.enumerated() {
            same = same && replayed.apply(entry.command, at: entry.at) == effects[index]
        }
        #expect(same)
        #expect(replayed == run.state)
    }

    /// Every index says the same about every conversation.
    private func checkBooks(_ state: ServiceState) throws {
        for (id, conversation) in state.conversations {
            try #require(state.openConversations[conversation.key] == id)
            try #require(state.line(of: conversation.department).contains(id) == conversation.isWaiting)
            switch conversation.stage {
            case .queued: break
            case .offered(let offer):
                try #require(state.agents[offer.agent]?.offer == id)
                try #require(offer.until == state.timers[.offerTimeout(id, number: offer.number)])
                try #require(offer.until != nil || state.timers[.lookupDeadline(id)] != nil)
            case .active(let assignment):
                try #require(state.agents[assignment.agent]?.conversations.filter { $0 == id }.count == 1)
            case .closed: Issue.record("a closed conversation is kept")
            }
        }
        try #require(state.openConversations.count == state.conversations.count)
        for (id, agent) in state.agents {
            if let offer = agent.offer {
                try #require(state.conversations[offer]?.offer?.agent == id)
            }
            try #require(agent.conversations.allSatisfy { state.conversations[$0]?.agent == id })
            try #require(agent.conversations.isEmpty || agent.isOnline || state.timers[.agentGone(id)] != nil)
        }
        let inLine = state.lines.values.reduce(0) { $0 + $1.count }
        try #require(inLine == state.conversations.values.filter(\.isWaiting).count)
    }

    /// Nobody is given more than fits; what is there already may exceed a wish that came later.
    private func checkCapacity(_ before: ServiceState, _ after: ServiceState) throws {
        for (id, agent) in after.agents {
            let loadBefore = before.agents[id]?.load ?? 0
            try #require(agent.load <= max(after.configuration.capacity(of: id), loadBefore))
            for department in CommandSource.departments {
                let load = after.load(of: id, in: department)
                try #require(
                    load <= max(after.capacity(of: id, in: department), before.load(of: id, in: department)))
            }
            if let offer = agent.offer, let department = after.conversations[offer]?.department {
                try #require(after.load(of: id, in: department) <= after.capacity(of: id, in: department))
                try #require(after.isOnDuty(id, for: department))
            }
        }
    }

    /// A free agent and a waiting customer who may meet, meet; after a refusal, as soon as the pause is over.
    private func checkNobodyWaitsInVain(_ state: ServiceState) throws {
        for (id, conversation) in state.conversations where conversation.stage == .queued {
            for agent in state.agentOrder {
                guard state.agents[agent]?.offer == nil, state.isOnDuty(agent, for: conversation.department),
                    state.hasRoom(agent, in: conversation.department)
                else { continue }
                try #require(conversation.asked.contains(agent))
                let nextRound = try #require(conversation.nextRound)
                try #require(nextRound > state.now)
                try #require(state.timers[.nextRound(id)] == nextRound)
            }
        }
    }

    /// Who came first is asked about first: nobody ahead in the same line was left out for an agent who could take
    /// him and had not declined.
    private func checkOrder(_ before: ServiceState, _ after: ServiceState) throws {
        for line in after.lines.values {
            let waiting = line.compactMap { after.conversations[$0] }
            for (first, second) in zip(waiting, waiting.dropFirst()) {
                try #require(first.isAhead(of: second))
            }
            for (index, conversation) in waiting.enumerated() {
                guard let offer = conversation.offer,
                    before.conversations[conversation.id]?.offer?.number != offer.number
                else {
                    continue
                }
                for ahead in waiting.prefix(index) where ahead.stage == .queued {
                    try #require(ahead.asked.contains(offer.agent))
                }
            }
        }
    }

    /// Who is asked has the fewest conversations of those who could be, and of these has been idle the longest.
    private func checkIdlest(_ before: ServiceState, _ after: ServiceState) throws {
        for (id, conversation) in after.conversations {
            guard let offer = conversation.offer, before.conversations[id]?.offer?.number != offer.number,
                let chosen = after.agents[offer.agent],
                // A new round begins with whoever was asked first.
                !conversation.asked.isEmpty || before.conversations[id]?.asked.isEmpty ?? true
            else { continue }
            for other in after.agentOrder where !conversation.asked.contains(other) {
                guard let agent = after.agents[other], agent.offer == nil,
                    after.isOnDuty(other, for: conversation.department),
                    after.hasRoom(other, in: conversation.department)
                else { continue }
                try #require(
                    (chosen.conversations.count, chosen.idleSince) <= (agent.conversations.count, agent.idleSince))
            }
        }
    }

    /// Each text of a customer has been relayed, or stands in an open conversation that waits, or went with the
    /// customer who left.
    private func checkTexts(_ run: inout Run, _ command: Command, _ effects: [Effect]) throws {
        if case .customerMessage(let customer, let contact, let text, _, _, _) = command, text.first == "t",
            let conversation = run.state.conversation(of: customer, with: contact),
            conversation.transcript.contains(where: { $0.text == text })
        {
            run.unseen[text] = conversation.id
        }
        for effect in effects {
            switch effect {
            case .relayToAgent(let relay): run.unseen[relay.entry.text] = nil
            case .conversationClosed(let conversation):
                for entry in conversation.transcript {
                    run.unseen[entry.text] = nil
                }
            default: break
            }
        }
        for (text, id) in run.log.count % 25 == 0 ? run.unseen : [:] {
            let conversation = try #require(run.state.conversations[id])
            try #require(conversation.isWaiting)
            try #require(conversation.transcript.contains { $0.text == text })
        }
        if case .customerMessage(let customer, let contact, let text, let externalID, _, _) = command,
            text.first == "t", run.log.dropLast().last?.command.externalID != externalID
        {
            let conversation = try #require(run.state.conversation(of: customer, with: contact))
            try #require(conversation.transcript.last?.text == text)
        }
    }

    private func checkPrivacy(_ effects: [Effect]) throws {
        for case .sendToCustomer(let delivery) in effects where delivery.kind != .agentText {
            try #require(!delivery.text.contains("@"))
        }
    }
}

extension Command {
    fileprivate var externalID: String? {
        if case .customerMessage(_, _, _, let externalID, _, _) = self { externalID } else { nil }
    }
}
