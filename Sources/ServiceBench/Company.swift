//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore

/// A large company's service without its wires: commands in, their time out.
struct Company {
    private static let names = ["support", "sales", "billing", "repairs"]

    private(set) var state = ServiceState()
    private(set) var now = Instant(milliseconds: 1_800_000_000_000)
    private(set) var log: [RecordedStep] = []
    private let people: [AgentID]
    private var arrivals = 0

    /// One command, when it was applied, and how long that took.
    struct RecordedStep {
        let command: Command
        let at: Instant
        let nanoseconds: Int64
    }

    init(agents: Int) {
        people = (0..<agents).map { AgentID("a\($0)@acme.example") }
        var configuration = ServiceConfiguration(
            departments: Self.names.enumerated().map { index, name in
                DepartmentConfiguration(
                    id: DepartmentID(name), name: name, contacts: [ContactAddress("\(name)@acme.example")],
                    agents: people.enumerated().filter { $0.offset % Self.names.count != index }.map(\.element))
            })
        configuration.routing.contacts[ContactAddress("sales@acme.example")] = ContactSettings(
            departments: [DepartmentID("sales")], skills: ["gold"], priority: 1)
        for agent in people.prefix(agents / 2) { configuration.routing.skills[agent] = ["gold"] }
        apply(.configure(configuration))
    }

    var waiting: Int { state.waitingCount }

    @discardableResult
    private mutating func apply(_ command: Command) -> [Effect] {
        let begin = Processor.thread()
        let effects = state.apply(command, at: now)
        log.append(RecordedStep(command: command, at: now, nanoseconds: Processor.thread() - begin))
        return effects
    }

    /// Forgets what was measured so far.
    mutating func forget() { log.removeAll(keepingCapacity: true) }

    mutating func online(_ agents: Range<Int>) {
        for index in agents {
            apply(
                .agentPresence(
                    agent: people[index], resource: "x", state: AgentResource(state: "available", takesCustomers: true))
            )
        }
    }

    /// Somebody comes, as 500 do each second, and is looked up.
    mutating func arrive() {
        now = now + .milliseconds(2)
        let number = arrivals
        arrivals += 1
        let effects = apply(
            .customerMessage(
                customer: CustomerAddress("c\(number)@home.example"),
                contact: ContactAddress("\(Self.names[number % Self.names.count])@acme.example"), text: "My gizmo hums",
                externalID: "m\(number)", nickname: nil, newConversation: ConversationID("c\(number)")))
        for case .startLookup(let conversation, _) in effects {
            apply(.lookupFinished(conversation: conversation, result: .notFound))
        }
    }

    /// Everything that comes with a customer who is served: another arrives, an agent accepts, one who has enough closes.
    mutating func turn(_ number: Int) {
        arrive()
        let agent = people[number % people.count]
        apply(.acceptOffer(agent: agent, conversation: nil))
        if let held = state.agents[agent]?.conversations, held.count == 3, let oldest = held.first {
            apply(.agentMessage(agent: agent, conversation: oldest, text: "Please unplug it", externalID: nil))
            apply(.close(agent: agent, conversation: oldest, disposition: nil))
        }
    }
}
