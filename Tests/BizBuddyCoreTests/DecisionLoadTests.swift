//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Testing

@testable import BizBuddyCore

/// What one decision costs with many agents and a long line. `SERVICE_LOAD=20000 swift test -c release --filter
/// DecisionLoadTests` prints times; the test itself holds the line at a thousandth of them.
@Suite struct DecisionLoadTests {
    private static let waiting =
        ProcessInfo.processInfo.environment["SERVICE_LOAD"].flatMap { Int($0) }.map { max($0, 100) }

    private static func service(agents: Int, waiting: Int) -> Service {
        let people = (0..<agents).map { AgentID("a\($0)@acme.example") }
        let names = ["support", "sales", "billing", "repairs"]
        var configuration = ServiceConfiguration(
            departments: names.enumerated().map { index, name in
                DepartmentConfiguration(
                    id: DepartmentID(name), name: name, contacts: [ContactAddress("\(name)@acme.example")],
                    agents: people.enumerated().filter { $0.offset % names.count != index }.map(\.element))
            })
        configuration.routing.contacts[ContactAddress("sales@acme.example")] = ContactSettings(
            departments: [DepartmentID("sales")], skills: ["gold"], priority: 1)
        for agent in people.prefix(agents / 2) { configuration.routing.skills[agent] = ["gold"] }
        var service = Service(configuration)
        service.online(people[0])
        for number in 0..<waiting {
            service.now = service.now + .milliseconds(2)
            service.say(
                "hello", CustomerAddress("c\(number)@home.example"),
                to: ContactAddress("\(names[number % names.count])@acme.example"))
        }
        for agent in people.dropFirst() { service.online(agent) }
        return service
    }

    /// Everything that comes with a customer who is served: arrival, acceptance, the end.
    private static func turnover(_ service: inout Service, from first: Int, count: Int) -> [Duration] {
        let names = ["support", "sales", "billing", "repairs"]
        let clock = ContinuousClock()
        var times: [Duration] = []
        for number in first..<first + count {
            service.now = service.now + .milliseconds(2)
            let contact = ContactAddress("\(names[number % names.count])@acme.example")
            times.append(
                clock.measure { service.say("hello", CustomerAddress("c\(number)@home.example"), to: contact) })
            let agent = AgentID("a\(number % service.state.agentOrder.count)@acme.example")
            times.append(clock.measure { service.apply(.acceptOffer(agent: agent, conversation: nil)) })
            if let oldest = service.state.agents[agent]?.conversations.first,
                service.state.agents[agent]?.conversations.count == 3
            {
                times.append(
                    clock.measure { service.apply(.close(agent: agent, conversation: oldest, disposition: nil)) })
            }
        }
        return times.sorted()
    }

    @Test func decisionsDoNotLookAtTheWholeLine() {
        let size = Self.waiting ?? 2_000
        var service = Self.service(agents: Self.waiting == nil ? 40 : 200, waiting: size)
        #expect(service.state.waitingCount >= size - 40)
        let times = Self.turnover(&service, from: size, count: Self.waiting == nil ? 100 : 3_000)
        #expect(service.state.agents.values.contains { !$0.conversations.isEmpty })
        if let waiting = Self.waiting {
            let sum = times.reduce(Duration.zero, +)
            print(
                "\(waiting) waiting, 200 agents, \(times.count) decisions: mean \(sum / times.count),",
                "p50 \(times[times.count / 2]), p99 \(times[times.count * 99 / 100]), most \(times.last ?? .zero)")
            #expect(times[times.count * 99 / 100] < .milliseconds(10))
        }
        // However long the line, an arrival is news for a bounded number of people.
        service.say("hello", CustomerAddress("last@home.example"), to: ContactAddress("support@acme.example"))
        #expect(service.effects.count < 100)
    }
}
