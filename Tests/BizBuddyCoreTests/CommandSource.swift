//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore

/// Commands as a busy and careless company would give them: valid ones, late ones, wrong ones.
struct CommandSource {
    static let agents = ["alice", "bob", "carol", "dave"].map { AgentID("\($0)@acme.example") }
    static let supervisor = AgentID("erin@acme.example")
    static let customers = (0..<14).map { CustomerAddress("c\($0)@home.example") }
    static let contacts = ["support", "sales", "orders", "hello"].map { ContactAddress("\($0)@acme.example") }
    static let departments = [DepartmentID("support"), DepartmentID("sales")]

    var random: RandomSource
    private var count = 0
    private let seed: UInt64

    init(seed: UInt64) {
        self.seed = seed
        random = RandomSource(seed: seed)
    }

    /// Seeds from 3 on have everything that can be configured.
    static func configuration(_ seed: UInt64 = 0) -> ServiceConfiguration {
        var configuration = plainConfiguration()
        guard seed > 2 else { return configuration }
        configuration.supervision.supervisors = [agents[3], supervisor]
        configuration.supervision.monitoring = [.announced, .stated, .off][Int(seed % 3)]
        configuration.agentCapacities = [agents[1]: 2, agents[2]: 1]
        configuration.routing.skills = [agents[0]: ["gold", "french"], agents[2]: ["french"], agents[3]: ["gold"]]
        configuration.routing.contacts = [
            contacts[3]: ContactSettings(departments: departments),
            contacts[2]: ContactSettings(skills: ["gold"], priority: 2, weight: 50),
            contacts[1]: ContactSettings(skills: ["french"], weight: 250),
        ]
        configuration.routing.turnPatience = .seconds(60)
        configuration.routing.questionPatience = .seconds(90)
        configuration.departments[0].rules.overflow = [
            .init(after: .seconds(20), department: departments[1])
        ]
        configuration.departments[0].rules.maximumWait = .seconds(45)
        configuration.departments[0].rules.care.silenceWarning = .seconds(30)
        configuration.departments[0].rules.care.silenceGrace = .seconds(10)
        configuration.outreach.topics = ["gizmo": "gizmos"]
        configuration.outreach.offersAnswers = true
        configuration.outreach.quietFrom = 30
        configuration.outreach.quietTo = 40
        configuration.departments[0].rules.care.surveyPercent = 50
        configuration.departments[1].rules.care.wrapUp = .seconds(8)
        configuration.departments[1].rules.care.reopenWindow = .seconds(60)
        configuration.departments[0].rules.maximumLength = 5
        configuration.departments[1].rules.offersToAll = seed % 2 == 0
        configuration.departments[1].rules.priority = 1
        configuration.departments[1].rules.whenClosed = seed % 2 == 0 ? .callback : .department(departments[0])
        let shifts = [WeeklyHours.Interval(start: 0, end: 20), WeeklyHours.Interval(start: 30, end: 1440)]
        configuration.departments[1].hours = .weekly(
            WeeklyHours(zone: .utc, week: Array(repeating: shifts.compactMap { $0 }, count: 7)))
        return configuration
    }

    private static func plainConfiguration() -> ServiceConfiguration {
        ServiceConfiguration(departments: [
            DepartmentConfiguration(
                id: departments[0], name: "Support", contacts: [contacts[0]], agents: Array(agents.prefix(3)),
                capacity: 2),
            DepartmentConfiguration(
                id: departments[1], name: "Sales", contacts: [contacts[1], contacts[2]],
                agents: [agents[0], agents[3]], offerTimeout: .seconds(10)),
        ])
    }

    mutating func next(_ state: ServiceState) -> Command {
        count += 1
        let agent = random.pick(Self.agents)
        return switch random.below(100) {
        case ..<25: customerText()
        case ..<27: .customerLeaves(customer: random.pick(Self.customers), contact: random.pick(Self.contacts))
        case ..<35: presence(agent)
        case ..<38: workgroup(agent)
        case ..<41: .duty(agent: agent, isOn: random.chance(70))
        case ..<56: .acceptOffer(agent: agent, conversation: random.chance(80) ? nil : conversation(state))
        case ..<60: .rejectOffer(agent: agent, conversation: nil)
        case ..<63: .agentJoined(agent: agent, conversation: conversation(of: agent, state))
        case ..<64: .agentLeft(agent: agent, conversation: conversation(of: agent, state))
        case ..<70:
            .agentMessage(
                agent: agent, conversation: conversation(of: agent, state), text: "a\(count)",
                externalID: random.chance(50) ? "\(random.below(500))" : nil)
        case 70 where random.chance(70):
            .transfer(
                agent: agent, conversation: conversation(of: agent, state),
                to: random.chance(60)
                    ? .agent(random.pick(Self.agents)) : .department(random.pick(Self.departments)), reason: "r")
        case 70 where random.chance(60): company(agent, state)
        case 71 where random.chance(60): supervision(state)
        case ..<71: .note(agent: agent, conversation: conversation(of: agent, state), text: "n", externalID: nil)
        case ..<79: .close(agent: agent, conversation: conversation(of: agent, state), disposition: nil)
        case ..<88:
            .lookupFinished(
                conversation: conversation(state), result: random.chance(80) ? .notFound : .failed("no answer"))
        case ..<92: timer(state)
        case 97 where random.chance(60):
            .customerAsks(
                customer: random.pick(Self.customers), contact: random.pick(Self.contacts),
                ask: random.pick([
                    .help, .position, .callback(nil), .callback("0:40"), .leave, .transcript, .alert("gizmo"),
                    .alert("nothing"), .confirmAlert, .stop,
                ]), language: random.chance(30) ? "de" : nil, proof: "q\(count)",
                newConversation: ConversationID("conversation-\(count)"))
        case 99 where random.chance(3): .restarted
        case 98 where random.chance(5): .configure(Self.configuration(random.chance(50) ? seed : 0))
        default: .tick
        }
    }

    private mutating func company(_ agent: AgentID, _ state: ServiceState) -> Command {
        let conversation = conversation(of: agent, state)
        let colleague = random.chance(90) ? random.pick(Self.agents) : Self.supervisor
        return random.chance(80)
            ? .invite(
                agent: agent, conversation: conversation, colleague: colleague,
                part: random.pick(Conversation.Companion.Part.allCases), reason: nil)
            : .dismissCompanion(agent: agent, conversation: conversation, companion: colleague)
    }

    private mutating func supervision(_ state: ServiceState) -> Command {
        let person = random.chance(60) ? Self.supervisor : random.pick(Self.agents)
        let conversation = conversation(state)
        switch random.below(14) {
        case 12:
            return .advised(
                conversation: conversation,
                advice: RoutingAdvice(
                    department: random.chance(40) ? random.pick(Self.departments) : nil,
                    agent: random.chance(40) ? random.pick(Self.agents) : nil, priority: random.below(3)))
        case 13:
            return .wish(
                customer: random.pick(Self.customers), wish: OutreachWish(isUndisturbed: random.chance(50)))
        case 11 where random.chance(15): return .eraseCustomer([random.pick(Self.customers)])
        case 8: return .setBanner(person: person, text: random.chance(50) ? "b\(count)" : nil)
        case 9: return .publish(person: person, topic: "gizmo", text: "p\(count)")
        case 10:
            return .answerFound(
                conversation: conversation, answer: FAQAnswer(id: "faq", title: "q", text: "a\(count)"))
        case 6 where random.chance(15): return .block(agent: person, conversation: conversation, reason: nil)
        case 7: return .unblock(person: person, customer: random.pick(Self.customers))
        case 0: return .monitor(person: person, conversation: conversation, isOn: random.chance(80))
        case 1: return .whisper(person: person, conversation: conversation, text: "w\(count)", externalID: nil)
        case 2: return .takeOver(person: person, conversation: conversation)
        case 3: return .setDuty(person: person, agent: random.pick(Self.agents), isOn: random.chance(80))
        default:
            let target: TransferTarget =
                random.chance(60) ? .agent(random.pick(Self.agents)) : .department(random.pick(Self.departments))
            return .reassign(person: person, conversation: conversation, to: target, reason: nil)
        }
    }

    private mutating func customerText() -> Command {
        let text =
            random.chance(90)
            ? "t\(count)"
            : random.pick([
                "position", "help", "Position ", "callback", "1", "2", "3", "callback 0:40", "callback 1:20", "yes",
                "no",
                "stop", "alerts", "alert gizmo",
            ])
        return .customerMessage(
            customer: random.pick(Self.customers), contact: random.pick(Self.contacts), text: text,
            externalID: "x\(random.chance(95) ? count : max(0, count - 1))", nickname: nil,
            newConversation: ConversationID("conversation-\(count)"))
    }

    private mutating func presence(_ agent: AgentID) -> Command {
        let state: AgentResource? =
            switch random.below(10) {
            case ..<7: AgentResource(state: "available", takesCustomers: true)
            case ..<8: AgentResource(state: "lunch", takesCustomers: false)
            default: nil
            }
        let agent = random.chance(88) ? agent : Self.supervisor
        return .agentPresence(agent: agent, resource: random.pick(["desk", "phone"]), state: state)
    }

    private mutating func workgroup(_ agent: AgentID) -> Command {
        .workgroupPresence(
            agent: agent, department: random.pick(Self.departments), resource: random.pick(["desk", "phone"]),
            state: WorkgroupPresence(
                show: random.pick([.chat, .chat, .chat, .away, .xa, .dnd, .left]),
                maxChats: random.chance(30) ? random.below(4) : nil))
    }

    private mutating func conversation(_ state: ServiceState) -> ConversationID {
        let open = state.conversations.keys.sorted()
        return open.isEmpty || random.chance(5) ? ConversationID("gone") : random.pick(open)
    }

    private mutating func conversation(of agent: AgentID, _ state: ServiceState) -> ConversationID {
        guard let own = state.agents[agent]?.conversations, !own.isEmpty, random.chance(90) else {
            return conversation(state)
        }
        return random.pick(own)
    }

    private mutating func timer(_ state: ServiceState) -> Command {
        let set = state.timers.sorted { ($0.value, "\($0.key)") < ($1.value, "\($1.key)") }
        return set.isEmpty ? .tick : .timerFired(random.pick(set).key)
    }
}
