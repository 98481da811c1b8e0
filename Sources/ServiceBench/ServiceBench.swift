//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import Foundation

/// What a customer costs, by the length of the line: a decision, the commit that makes it last, memory and processor.
///
///     ServiceBench [AGENTS [TURNS [LENGTH...]]]
///
/// Ends with status 1 where a decision's 99th percentile reaches 10 ms or grows faster than the logarithm of the line.
@main
struct ServiceBench {
    /// What was measured with so many in line.
    private struct Row {
        let waiting: Int
        /// Nanoseconds, sorted.
        var decisions: [Int64] = []
        /// Nanoseconds until they were on disk, sorted.
        var commits: [Int64] = []
        var memory = 0
        var processor: Int64 = 0
        var mean: Double { decisions.isEmpty ? 0 : Double(decisions.reduce(0, +)) / Double(decisions.count) }
    }

    private static let limit: Int64 = 10_000_000
    private static let standard = [1_250, 2_500, 5_000, 10_000, 20_000, 40_000]
    /// Commits that are measured, one after the other.
    private static let commits = 200

    static func main() async throws {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        let agents = max(numbers.first ?? 200, 4)
        let turns = max(numbers.dropFirst().first ?? 3_000, 100)
        // In growing order: what a shorter line leaves behind is used again by a longer one.
        let lengths = (numbers.dropFirst(2).isEmpty ? standard : Array(numbers.dropFirst(2))).sorted()
        let memory = Processor.memory()
        print(
            "\(agents) agents, \(turns) customers served; a decision is processor time, a commit is time until it is on disk"
        )
        print(line(["in line", "decision p50", "p99", "most", "commit p50", "p99", "per customer", "memory each"]))
        var rows: [Row] = []
        for length in lengths {
            let row = try await measure(agents: agents, waiting: max(length, 10), turns: turns, since: memory)
            rows.append(row)
            print(
                line([
                    "\(row.waiting)", micro(row.decisions, 50), micro(row.decisions, 99), micro(row.decisions, 100),
                    micro(row.commits, 50), micro(row.commits, 99), "\(row.processor / 1000) us",
                    "\(row.memory / 102 / 10).\(row.memory / 102 % 10) KB",
                ]))
        }
        let worst = rows.compactMap { percentile($0.decisions, 99) }.max() ?? 0
        var isGood = worst < limit
        if let first = rows.first, let last = rows.last, last.waiting > first.waiting {
            let growth = last.mean / first.mean
            let allowed = log(Double(last.waiting)) / log(Double(first.waiting))
            print(
                "A line \(last.waiting / first.waiting) times as long: a decision takes \(number(growth)) times as long;",
                "the logarithm grows \(number(allowed)) times.")
            isGood = isGood && growth <= allowed * tolerance
        }
        print(isGood ? "Good." : "NOT GOOD.")
        if !isGood { exit(1) }
    }

    /// Caches that no longer hold everything make the same steps slower.
    private static let tolerance = 1.5

    private static func measure(agents: Int, waiting: Int, turns: Int, since memory: Int) async throws -> Row {
        var row = Row(waiting: waiting)
        var company = Company(agents: agents)
        company.online(0..<1)
        for _ in 0..<waiting {
            company.arrive()
            company.forget()
        }
        row.memory = max(0, Processor.memory() - memory) / waiting
        company.online(1..<agents)
        company.forget()
        let begin = Processor.process()
        for number in 0..<turns { company.turn(number) }
        row.processor = (Processor.process() - begin) / Int64(turns)
        row.decisions = company.log.map(\.nanoseconds).sorted()
        row.commits = try await commit(company.log).sorted()
        return row
    }

    /// Each command alone, so that nothing waits for another's commit.
    private static func commit(_ log: [Company.RecordedStep]) async throws -> [Int64] {
        let folder = FileManager.default.temporaryDirectory.path + "/service-bench-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try ServiceStore(path: folder + "/bridge.sqlite")
        _ = try await store.load()
        let clock = ContinuousClock()
        var times: [Int64] = []
        for step in log.prefix(commits) {
            let begin = clock.now
            _ = try await store.commit(ServiceChange(events: [RecordedCommand(step.command, at: step.at)]))
            times.append(Int64((clock.now - begin) / .nanoseconds(1)))
        }
        try store.close()
        return times
    }

    // MARK: Telling

    private static func percentile(_ sorted: [Int64], _ share: Int) -> Int64? {
        sorted.isEmpty ? nil : sorted[min(sorted.count - 1, sorted.count * share / 100)]
    }

    private static func micro(_ sorted: [Int64], _ share: Int) -> String {
        percentile(sorted, share).map { "\($0 / 1000) us" } ?? "-"
    }

    private static func number(_ value: Double) -> String { "\((value * 100).rounded() / 100)" }

    private static func line(_ cells: [String]) -> String {
        cells.map { String(repeating: " ", count: max(0, 13 - $0.count)) + $0 }.joined()
    }
}
