//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing

@testable import BizBuddyCore

/// Figures from what happened.
@Suite struct ReportTests {
    private struct Day {
        var service: Service
        var facts: [Fact] = []

        init() {
            service = Service()
        }

        mutating func apply(_ command: Command) {
            service.apply(command)
            facts += service.facts
        }

        mutating func wait(_ seconds: Int) {
            service.now = service.now + .seconds(seconds)
            apply(.tick)
        }

        mutating func says(_ text: String, _ customer: CustomerAddress = Service.tom) {
            service.nextID += 1
            apply(
                .customerMessage(
                    customer: customer, contact: Service.supportContact, text: text, externalID: nil, nickname: nil,
                    newConversation: ConversationID("r\(service.nextID)")))
        }

        mutating func state(_ state: String?, of agent: AgentID = Service.alice) {
            apply(
                .agentPresence(
                    agent: agent, resource: "desk",
                    state: state.map { AgentResource(state: $0, takesCustomers: $0 == "available") }))
        }

        func report(_ dimension: Report.Dimension) -> Report {
            facts.reduce(into: Report(by: dimension)) { $0.add($1) }
        }
    }

    /// Alice serves Tom after a minute, for five; Uma gives up; Vic is declined once, then served and handed over.
    private static func day() -> Day {
        var day = Day()
        day.says("My gizmo hums")
        day.wait(60)
        day.state("available")
        day.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        day.wait(30)
        day.apply(
            .agentMessage(agent: Service.alice, conversation: day.service.id(), text: "Hm", externalID: nil))
        day.wait(270)
        day.apply(.close(agent: Service.alice, conversation: day.service.id(), disposition: "solved"))
        day.state("lunch")
        day.says("Hello?", Service.uma)
        day.wait(600)
        day.says("leave", Service.uma)
        day.state("available")
        day.says("Hello?", Service.vic)
        day.apply(.rejectOffer(agent: Service.alice, conversation: nil))
        day.wait(6)
        day.apply(.acceptOffer(agent: Service.alice, conversation: nil))
        day.apply(
            .transfer(
                agent: Service.alice, conversation: day.service.id(Service.vic), to: .department(Service.sales),
                reason: nil))
        return day
    }

    @Test func countsWhatHappened() throws {
        let row = try #require(Self.day().report(.total).rows.first)
        #expect(row.arrived == 3 && row.answered == 2 && row.abandoned == 1)
        #expect(row.offered == 4, "Tom, Vic twice, and Vic again in the other line")
        #expect(row.declined == 1 && row.missed == 0 && row.transferred == 1)
        #expect(row.closed == 1 && row.handle == 300 && row.dispositions == ["solved": 1])
        #expect(row.wait == 60 + 6 && row.longestWait == 600)
        #expect(row.averageFirstResponse == 90)
        #expect(row.averageHandle == 300)
        #expect(row.texts == 2)
        #expect(row.states["available"] == 300 && row.states["lunch"] == 600)
        #expect(row.busy == 300 && row.duty == 300)
        #expect(row.concurrency == 1 && row.occupancy == 1)
        #expect(row.satisfaction == nil)
    }

    @Test func countsByEachDimension() {
        let day = Self.day()
        #expect(day.report(.department).rows.map(\.key) == ["sales", "support"])
        #expect(day.report(.contact).rows.map(\.key) == ["support@acme.example"])
        #expect(day.report(.agent).rows.map(\.key) == ["alice@acme.example"])
        #expect(day.report(.agent).rows.first?.arrived == 0, "customers are nobody's before")
        #expect(day.report(.day).rows.map(\.key) == ["1970-01-12"])
        #expect(Report(by: .total).text == "Nothing happened.")
    }

    @Test func writesTables() throws {
        let report = Self.day().report(.contact)
        let lines = report.csv.split(separator: "\r\n").map {
            $0.split(separator: ",", omittingEmptySubsequences: false)
        }
        #expect(lines.count == 2)
        #expect(lines[0].count == Report.figures(of: Report.Row(key: "")).count + 1 && lines[1].count == lines[0].count)
        #expect(lines[0].prefix(3) == ["contact", "arrived", "answered"])
        #expect(lines[1].prefix(3) == ["support@acme.example", "3", "2"])
        let wait = try #require(lines[0].firstIndex(of: "average_wait_seconds"))
        #expect(lines[1][wait] == "33.0")
        #expect(report.text.contains("arrived: 3"))
        let agents = Self.day().report(.agent).csv.split(separator: "\r\n").map { $0.split(separator: ",") }
        #expect(agents.count == 2)
        #expect(agents[0].suffix(2) == ["state_available_seconds", "state_lunch_seconds"])
        #expect(agents[1].suffix(2) == ["300", "600"])
    }

    @Test func theSameCommandsGiveTheSameFacts() {
        var source = CommandSource(seed: 7)
        var first = ServiceState()
        var second = ServiceState()
        var now = Instant(milliseconds: 0)
        var facts: [Fact] = []
        var again: [Fact] = []
        var commands = [Command.configure(CommandSource.configuration(7))]
        for step in 0..<2_000 {
            let command = step == 0 ? commands[0] : source.next(first)
            if step > 0 { commands.append(command) }
            now = now + .milliseconds(source.random.below(3_000))
            facts += first.apply(command, at: now).compactMap { if case .fact(let fact) = $0 { fact } else { nil } }
            again += second.apply(command, at: now).compactMap { if case .fact(let fact) = $0 { fact } else { nil } }
        }
        #expect(facts == again)
        let row = facts.reduce(into: Report(by: .total)) { $0.add($1) }.rows.first
        // Nobody is counted twice: who came was answered, left, was turned away, or is there still.
        let unanswered = first.conversations.values.filter { conversation in
            !facts.contains { fact in
                if case .answered = fact.kind { fact.conversation == conversation.id } else { false }
            }
        }.count
        let left = (row?.abandoned ?? 0) + (row?.turnedAway ?? 0) + (row?.deflected ?? 0)
        let gone = (row?.answered ?? 0) + left
        #expect((row?.arrived ?? 0) > 100)
        #expect(row?.arrived == gone + unanswered)
        #expect((row?.busy ?? 0) > 0 && (row?.duty ?? 0) > 0)
    }
}
