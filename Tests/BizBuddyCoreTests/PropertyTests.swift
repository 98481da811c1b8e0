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
        ProcessInfo.processInfo.environment["PROPERTY_STEPS"].flatMap { Int($0) }.map { max($0, 1_000) } ?? 4_000

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

    /// `PROPERTY_SEEDS=64` for more runs, each with other commands.
    private static let seeds =
        1...(ProcessInfo.processInfo.environment["PROPERTY_SEEDS"].flatMap { UInt64($0) }.map { max($0, 6) } ?? 6)

    @Test(arguments: seeds)
    func invariantsHold(seed: UInt64) throws {
        var run = Run(seed: seed)
        var collected: [Effect] = run.step(.configure(CommandSource.configuration(seed)))
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
            if !command.isReassignment {
                try checkOrder(before, run.state)
                try checkIdlest(before, run.state)
            }
            try checkCompany(before, run.state, effects)
            try checkTexts(&run, command, effects)
            try checkPrivacy(effects)
            try checkStrangers(run.state, command, effects)
        }
        // The run was not idle.
        #expect(offers > Self.steps / 25)
        #expect(closed > Self.steps / 50)
    }

    @Test func replayGivesTheSameStateAndEffects() {
        var run = Run(seed: 99)
        var effects = [run.step(.configure(CommandSource.configuration(99)))]
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

    /// As `#require`, which takes its time to describe what it looks at: here it is looked at millions of times.
    private func must(_ holds: Bool, _ location: SourceLocation = #_sourceLocation) throws {
        if !holds { try #require(Bool(false), "an invariant does not hold", sourceLocation: location) }
    }

    /// Every index says the same about every conversation.
    private func checkBooks(_ state: ServiceState) throws {
        for (id, conversation) in state.conversations {
            try must(state.openConversations[conversation.key] == id)
            try must((state.place(of: id) != nil) == conversation.isWaiting)
            switch conversation.stage {
            case .choosing: try must(conversation.routing.question != nil)
            case .queued: break
            case .offered(let offer):
                for agent in offer.agents { try must(state.agents[agent]?.offer == id) }
                try must(offer.until == state.timers[.offerTimeout(id, number: offer.number)])
                try must(offer.until != nil || state.timers[.lookupDeadline(id)] != nil)
            case .active(let assignment):
                try must(state.agents[assignment.agent]?.conversations.filter { $0 == id }.count == 1)
                if let handover = conversation.routing.handover {
                    try must(handover.from == assignment.agent && handover.to != handover.from)
                    try must(state.agents[handover.to]?.offer == id)
                    try must(state.timers[.handover(id, number: handover.number)] == handover.until)
                }
            case .closed: Issue.record("a closed conversation is kept")
            }
        }
        try must(state.openConversations.count == state.conversations.count)
        for (id, agent) in state.agents {
            if let offer = agent.offer {
                let asked = try #require(state.conversations[offer])
                try must(asked.offer?.agents.contains(id) == true || asked.routing.handover?.to == id)
            }
            try must(agent.conversations.allSatisfy { state.conversations[$0]?.agent == id })
            try must(agent.conversations.isEmpty || agent.isOnline || state.timers[.agentGone(id)] != nil)
        }
        try must(state.waitingCount == state.conversations.values.filter(\.isWaiting).count)
        // What is kept to be found fast is what follows from the rest.
        guard state.nextOffer % 8 == 0 else { return }
        var fresh = state
        fresh.derive()
        try must(fresh.derived.lines == state.derived.lines.filter { !$0.value.isEmpty })
        try must(fresh.derived.ready == state.derived.ready.filter { !$0.value.isEmpty })
        try must(fresh.agents == state.agents)
        try must(fresh.derived.free == state.derived.free)
        try must(
            fresh.derived.speakers.filter { !$0.value.isEmpty } == state.derived.speakers.filter { !$0.value.isEmpty })
        try must(fresh.derived.unsent == state.derived.unsent)
        for department in CommandSource.departments {
            try must(fresh.staff(of: department) == state.staff(of: department))
        }
    }

    /// Nobody is given more than fits; what is there already may exceed a wish that came later.
    private func checkCapacity(_ before: ServiceState, _ after: ServiceState) throws {
        for (id, agent) in after.agents {
            // Whoever has a single conversation has it whole, however much it takes.
            let isSingle = agent.load <= 1
            let unitsBefore = before.agents[id]?.totalUnits ?? 0
            try must(isSingle || agent.totalUnits <= max(after.configuration.capacity(of: id) * 100, unitsBefore))
            for department in CommandSource.departments {
                let units = agent.units[department, default: 0]
                let before = before.agents[id]?.units[department] ?? 0
                // Customers of another department stay when their contact's is changed.
                try must(
                    isSingle || units <= max(after.capacity(of: id, in: department) * 100, before)
                        || agent.totalUnits == unitsBefore)
            }
            if let conversation = agent.offer.flatMap({ after.conversations[$0] }), let offer = conversation.offer {
                let department = offer.helping ?? conversation.department
                let units = agent.units[department, default: 0]
                let weight = conversation.routing.weight
                try must(
                    agent.totalUnits == weight || units <= after.capacity(of: id, in: department) * 100)
                try must(
                    agent.totalUnits == weight || agent.totalUnits <= after.configuration.capacity(of: id) * 100)
                try must(after.isOnDuty(id, for: department))
            }
        }
    }

    /// A free agent and a waiting customer who may meet, meet; after a refusal, as soon as the pause is over.
    private func checkNobodyWaitsInVain(_ state: ServiceState) throws {
        let idle = state.idle
        guard !idle.isEmpty else { return }
        for (id, conversation) in state.conversations
        where conversation.stage == .queued && conversation.routing.hold == .none {
            for (agent, department) in state.able(for: conversation, of: idle) {
                guard state.isOpen(department) else { continue }
                try must(conversation.asked.contains(agent))
                let nextRound = try #require(conversation.nextRound)
                try must(nextRound > state.now)
                try must(state.timers[.nextRound(id)] == nextRound)
            }
        }
    }

    /// Who came first is asked about first: nobody ahead in the same line was left out for an agent who could take
    /// him and had not declined.
    private func checkOrder(_ before: ServiceState, _ after: ServiceState) throws {
        for department in CommandSource.departments {
            let waiting = after.line(of: department).compactMap { after.conversations[$0] }
            for (first, second) in zip(waiting, waiting.dropFirst()) {
                try must(first.isAhead(of: second))
            }
            for (index, conversation) in waiting.enumerated() {
                guard let offer = conversation.offer,
                    before.conversations[conversation.id]?.offer?.number != offer.number
                else {
                    continue
                }
                for ahead in waiting.prefix(index) where ahead.isReady && ahead.routing.hold == .none {
                    for agent in offer.agents where after.knows(agent, ahead) {
                        let couldTake =
                            ahead.routing.weight <= conversation.routing.weight && offer.helping == nil
                        try must(!couldTake || ahead.asked.contains(agent))
                    }
                }
            }
        }
    }

    /// Who is asked has the most room of those who could be, then the fewest declined offers, and of these has been idle
    /// the longest; unless the customer knows somebody.
    private func checkIdlest(_ before: ServiceState, _ after: ServiceState) throws {
        for (id, conversation) in after.conversations {
            guard let offer = conversation.offer, before.conversations[id]?.offer?.number != offer.number,
                let chosen = after.agents[offer.agent], offer.agents.count == 1, offer.helping == nil,
                after.preferredAgent(of: conversation) != offer.agent,
                // A new round begins with whoever was asked first.
                !conversation.asked.isEmpty || before.conversations[id]?.asked.isEmpty ?? true
            else { continue }
            let chosenRoom =
                after.configuration.capacity(of: offer.agent) * 100 - chosen.totalUnits + conversation.routing.weight
            for (other, department) in after.able(for: conversation, of: after.idle)
            where department == conversation.department && !conversation.asked.contains(other) {
                let agent = try #require(after.agents[other])
                let room = after.configuration.capacity(of: other) * 100 - agent.totalUnits
                try must(chosenRoom >= room)
                guard chosenRoom == room else { continue }
                try must(
                    (chosen.declines(at: after.now), chosen.idleSince)
                        <= (agent.declines(at: after.now), agent.idleSince))
            }
        }
    }

    /// Each text of a customer has been relayed, or stands in an open conversation that waits, or went with the
    /// customer who left.
    private func checkTexts(_ run: inout Run, _ command: Command, _ effects: [Effect]) throws {
        if case .customerMessage(let customer, let contact, let text, _, _, _, _) = command, text.first == "t",
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
            try must(conversation.isUnanswered)
            try must(conversation.transcript.contains { $0.text == text })
        }
        if case .customerMessage(let customer, let contact, let text, let externalID, _, _, _) = command,
            !effects.contains(where: { if case .refuseCustomer = $0 { true } else { false } }),
            text.first == "t", run.log.dropLast().last?.command.externalID != externalID,
            run.state.derived.contacts[contact] != nil,
            !effects.contains(where: { if case .conversationClosed = $0 { true } else { false } })
        {
            let conversation = try #require(run.state.conversation(of: customer, with: contact))
            try must(conversation.transcript.last?.text == text)
        }
    }

    /// Companions are staff and never the agent; supervisors' eyes only where the company wants them; only the agent's
    /// and guests' words leave the house.
    private func checkCompany(_ before: ServiceState, _ after: ServiceState, _ effects: [Effect]) throws {
        for conversation in after.conversations.values {
            let companions = conversation.company.companions
            try must(companions.isEmpty || conversation.agent != nil)
            try must(Set(companions.map(\.agent)).count == companions.count)
            for companion in companions {
                try must(companion.agent != conversation.agent)
                try must(after.configuration.isStaff(companion.agent))
                let isAllowed = after.configuration.isSupervisor(companion.agent)
                try must(companion.part != .monitor || isAllowed)
            }
        }
        for case .sendToCustomer(let delivery) in effects where delivery.kind == .agentText {
            let conversation = try #require(delivery.conversation.flatMap { after.conversations[$0] })
            let author = try #require(conversation.transcript.last?.author.person)
            try must(
                conversation.agent == author || conversation.company[author]?.part == .guest)
        }
        for case .relayToAgent(let relay) in effects {
            let conversation = try #require(after.conversations[relay.conversation])
            try must(conversation.admits(relay.agent))
        }
    }

    /// Who is blocked has nothing in line, and gets nothing in.
    private func checkStrangers(_ state: ServiceState, _ command: Command, _ effects: [Effect]) throws {
        for conversation in state.conversations.values where state.blocks[conversation.customer] != nil {
            try must(!conversation.isUnanswered || conversation.isReturned)
        }
        var domains: [String: Int] = [:]
        for conversation in state.conversations.values where conversation.isWaiting {
            domains[conversation.customer.domain, default: 0] += 1
        }
        try must(domains == state.derived.domains)
        if case .customerMessage(let customer, _, _, _, _, _, _) = command, state.blocks[customer] != nil {
            try must(!effects.contains { if case .relayToAgent = $0 { true } else { false } })
        }
    }

    private func checkPrivacy(_ effects: [Effect]) throws {
        for case .sendToCustomer(let delivery) in effects where delivery.kind != .agentText {
            try must(!delivery.text.contains("@"))
        }
    }
}

extension Command {
    fileprivate var isReassignment: Bool {
        if case .reassign = self { true } else { false }
    }

    fileprivate var externalID: String? {
        if case .customerMessage(_, _, _, let externalID, _, _, _) = self { externalID } else { nil }
    }
}

extension ServiceState {
    /// Agents who could be asked about somebody now, by department.
    fileprivate var idle: [DepartmentID: [AgentID]] {
        let people = agentOrder.filter { agents[$0]?.offer == nil && agents[$0]?.record.wrapUpUntil == nil }
        return Dictionary(
            uniqueKeysWithValues: CommandSource.departments.map { department in
                (department, people.filter { isOnDuty($0, for: department) })
            }
        ).filter { !$0.value.isEmpty }
    }

    /// Those of them who could be asked about a conversation, and for which department.
    fileprivate func able(
        for conversation: Conversation, of idle: [DepartmentID: [AgentID]]
    ) -> [(AgentID, DepartmentID)] {
        conversation.candidates.flatMap { department in
            (idle[department, default: []]).filter { agent in
                hasRoom(agent, in: department, weight: conversation.routing.weight) && knows(agent, conversation)
            }.map { ($0, department) }
        }
    }

    fileprivate func knows(_ agent: AgentID, _ conversation: Conversation) -> Bool {
        (configuration.routing.skills[agent] ?? []).isSuperset(of: conversation.routing.skills)
    }
}
