//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension ServiceState {
    /// Everything that follows from the rest and is kept only to be found fast: never written down, and no part of what
    /// makes two states equal.
    struct Derived: Hashable, Sendable {
        /// Everybody who waits, by department.
        var lines: [DepartmentID: OrderedLine] = [:]
        /// Those of them whom an agent may be asked about; of customers others help with, in those departments too.
        var ready: [DepartmentID: [Conversation.Needs: OrderedLine]] = [:]
        /// Customers who have been written to that it is their turn.
        var calling: [DepartmentID: Set<ConversationID>] = [:]

        /// Those in line, by the domain they come from.
        var domains: [String: Int] = [:]

        var agents: [AgentID] = []
        /// Where each stands among them.
        var ranks: [AgentID: Int] = [:]
        /// Who may be asked about somebody, as far as it is the agent's own affair.
        var free: Set<AgentID> = []
        /// Who has changed since the last conclusions.
        var edited: Set<AgentID> = []
        /// Conversations that have been offered and wait for their record, by the numbers of the offers.
        var unsent: [Int: ConversationID] = [:]
        /// Agents with a client that speaks XEP-0142 to the department's workgroup.
        var speakers: [DepartmentID: Set<AgentID>] = [:]
        var members: [DepartmentID: Set<AgentID>] = [:]
        var membership: [AgentID: [DepartmentID]] = [:]
        var contacts: [ContactAddress: [DepartmentID]] = [:]
        /// What acts as a word of command; at contacts with texts of their own, what they have besides.
        var words = Words()
        var ownWords: [ContactAddress: Words] = [:]
        /// What counts, of the command that is being applied.
        var facts: [Fact] = []

        /// Missing where it has to be counted anew.
        var staff: [DepartmentID: Staff] = [:]
        var hours: [DepartmentID: HoursNow] = [:]

        /// What lines have last been told as a whole.
        var moods: [DepartmentID: Mood] = [:]
        /// Conversations whose place or stage has changed since the last conclusions.
        var touched: [ConversationID] = []
        var changedLines: Set<DepartmentID> = []

        static func == (left: Self, right: Self) -> Bool { true }
        func hash(into hasher: inout Hasher) {}

        func words(at contact: ContactAddress) -> Words { ownWords[contact] ?? words }
    }

    /// Words that act while nobody has accepted.
    struct Words: Hashable, Sendable {
        var keywords: [String: Keyword] = [:]
        var others: [CustomerText: Set<String>] = [:]

        init() {}

        init(_ catalogue: TextCatalogue, at contact: ContactAddress?) {
            for keyword in Keyword.allCases {
                for word in catalogue.keywords(keyword.text, contact: contact).sorted() where keywords[word] == nil {
                    keywords[word] = keyword
                }
            }
            for text in [CustomerText.keywordYes, .keywordStop, .keywordAlerts, .keywordAlert] {
                others[text] = catalogue.keywords(text, contact: contact)
            }
        }
    }

    /// What the agents of a department can do now.
    package struct Staff: Hashable, Sendable {
        /// Agents on duty.
        package var available = 0
        /// Conversations served as if side by side, in tenths.
        var concurrency: Int64 = 0
        /// Conversations that could begin at once.
        var freeSlots = 0
        /// Conversations and offers.
        package var current = 0
        package var maximum = 0
    }

    /// Where a department stands in its hours.
    struct HoursNow: Hashable, Sendable {
        let isOpen: Bool
        let reopens: Instant?
        /// The next change; nil if there is none.
        let until: Instant?
    }

    enum Mood: Hashable, Sendable {
        case served
        case closed
        /// After a restart.
        case uncertain
    }

    // MARK: The order of the line

    /// Changes what decides where a conversation stands, and puts it there.
    mutating func rearrange(_ id: ConversationID, _ change: (inout Conversation) -> Void) {
        guard var conversation = conversations[id] else { return }
        unlist(conversation)
        change(&conversation)
        conversations[id] = conversation
        list(conversation)
        derived.touched.append(id)
    }

    func isListed(_ id: ConversationID) -> Bool {
        place(of: id) != nil
    }

    private mutating func list(_ conversation: Conversation) {
        guard conversation.isWaiting else { return }
        derived.changedLines.insert(conversation.department)
        derived.lines[conversation.department, default: OrderedLine()]
            .insert(conversation.id, at: conversation.position)
        derived.domains[conversation.customer.domain, default: 0] += 1
        if case .calling = conversation.routing.hold {
            derived.calling[conversation.department, default: []].insert(conversation.id)
        }
        guard conversation.isReady else { return }
        for department in conversation.candidates {
            derived.ready[department, default: [:]][conversation.needs, default: OrderedLine()]
                .insert(conversation.id, at: conversation.position)
        }
    }

    mutating func unlist(_ conversation: Conversation) {
        guard derived.lines[conversation.department]?.remove(at: conversation.position) == true else { return }
        derived.changedLines.insert(conversation.department)
        derived.calling[conversation.department]?.remove(conversation.id)
        let left = derived.domains[conversation.customer.domain, default: 1] - 1
        derived.domains[conversation.customer.domain] = left > 0 ? left : nil
        for department in conversation.candidates {
            guard derived.ready[department]?[conversation.needs]?.remove(at: conversation.position) == true else {
                continue
            }
            if derived.ready[department]?[conversation.needs]?.isEmpty == true {
                derived.ready[department]?[conversation.needs] = nil
            }
        }
    }

    // MARK: Agents

    /// Changes what the service knows of an agent; what follows for departments is counted anew.
    mutating func edit(_ id: AgentID, _ change: (inout Agent) -> Void) {
        guard let before = agents[id] else { return }
        change(&agents[id, default: Agent(idleSince: now)])
        countTimes(of: id, before)
        for department in derived.membership[id] ?? [] {
            derived.staff[department] = nil
        }
        guard derived.ranks[id] != nil else { return }
        sort(id)
        derived.edited.insert(id)
    }

    /// Puts an agent among those of its kind.
    private mutating func sort(_ id: AgentID) {
        guard let agent = agents[id] else { return }
        if agent.offer == nil, agent.isOnDuty, agent.record.wrapUpUntil == nil,
            agent.totalUnits < configuration.capacity(of: id) * 100
        {
            derived.free.insert(id)
        } else {
            derived.free.remove(id)
        }
        for department in derived.membership[id] ?? [] {
            if agent.workgroups[department]?.contains(where: { $0.value.show != .left }) == true {
                derived.speakers[department, default: []].insert(id)
            } else {
                derived.speakers[department]?.remove(id)
            }
        }
    }

    /// Some agents in the order of all.
    func inOrder(_ some: Set<AgentID>) -> [AgentID] {
        guard some.count < derived.agents.count / 8 else { return derived.agents.filter { some.contains($0) } }
        return some.sorted { derived.ranks[$0, default: 0] < derived.ranks[$1, default: 0] }
    }

    /// Whether a client of the agent speaks XEP-0142 to a department's workgroup.
    package func speaks(_ agent: AgentID, to department: DepartmentID) -> Bool {
        derived.speakers[department]?.contains(agent) == true
    }

    /// Whether anybody's does.
    package func hasSpeakers(_ department: DepartmentID) -> Bool {
        derived.speakers[department]?.isEmpty == false
    }

    /// An agent's share of a conversation begins or ends.
    mutating func charge(_ agent: AgentID, _ department: DepartmentID, _ weight: Int) {
        edit(agent) { agent in
            let sum = agent.units[department, default: 0] + weight
            agent.units[department] = sum == 0 ? nil : sum
        }
    }

    /// What a department's agents can do now.
    package func staff(of department: DepartmentID) -> Staff {
        derived.staff[department] ?? countStaff(of: department)
    }

    mutating func countStaff() {
        for department in configuration.departments where derived.staff[department.id] == nil {
            derived.staff[department.id] = countStaff(of: department.id)
        }
    }

    private func countStaff(of id: DepartmentID) -> Staff {
        var staff = Staff()
        for agent in configuration[department: id]?.agents ?? [] {
            guard let record = agents[agent] else { continue }
            let capacity = capacity(of: agent, in: id)
            staff.current += load(of: agent, in: id)
            staff.maximum += capacity
            guard isOnDuty(agent, for: id) else { continue }
            staff.available += 1
            staff.concurrency += DepartmentStatistics.effectiveConcurrency(capacity)
            // Slots that are being offered are still free for the line as a whole.
            let held = record.conversations
            let heldHere = held.reduce(0) { $0 + (conversations[$1]?.department == id ? 1 : 0) }
            staff.freeSlots += max(0, min(capacity - heldHere, configuration.capacity(of: agent) - held.count))
        }
        return staff
    }

    // MARK: All of it

    /// Finds everything anew: after a start, and after a change of the configuration.
    mutating func derive() {
        var fresh = Derived()
        var seen: Set<AgentID> = []
        for department in configuration.departments {
            fresh.members[department.id] = Set(department.agents)
            for agent in department.agents {
                if seen.insert(agent).inserted { fresh.agents.append(agent) }
                if fresh.membership[agent]?.contains(department.id) != true {
                    fresh.membership[agent, default: []].append(department.id)
                }
            }
            for contact in department.contacts {
                fresh.contacts[contact] = configuration.departments(of: contact)
            }
        }
        for contact in configuration.routing.contacts.keys {
            fresh.contacts[contact] = configuration.departments(of: contact)
        }
        fresh.words = Words(configuration.catalogue, at: nil)
        for contact in configuration.catalogue.contacts.keys {
            fresh.ownWords[contact] = Words(configuration.catalogue, at: contact)
        }
        fresh.facts = derived.facts
        fresh.moods = derived.moods
        fresh.touched = derived.touched
        derived = fresh
        for id in agents.keys {
            agents[id]?.units = [:]
        }
        for conversation in conversations.values {
            list(conversation)
            for (agent, department) in conversation.shares {
                agents[agent]?.units[department, default: 0] += conversation.routing.weight
            }
        }
        for (rank, agent) in derived.agents.enumerated() { derived.ranks[agent] = rank }
        for agent in derived.agents { sort(agent) }
        derived.edited = Set(derived.agents)
        for conversation in conversations.values {
            if let offer = conversation.offer, offer.until == nil { derived.unsent[offer.number] = conversation.id }
        }
    }
}

extension Conversation {
    /// Agents it takes a part of, and for which department.
    var shares: [(AgentID, DepartmentID)] {
        switch stage {
        case .offered(let offer): offer.agents.map { ($0, offer.helping ?? department) }
        case .active(let assignment):
            [(assignment.agent, department)] + (routing.handover.map { [($0.to, $0.department)] } ?? [])
        case .choosing, .queued, .closed: []
        }
    }
}
