//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import ArgumentParser
import BizBuddyCore
import BizBuddyStorage
import FoundationEssentials

/// `switchboard report`: the customer service in figures.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Figures of the customer service, from what has happened.",
        discussion: """
            Counts of customers and offers, waits, handling times, satisfaction and times in presence states, while the service runs \
            or not. Days begin at midnight in UTC.
            """)

    @Option(help: ArgumentHelp("The first day.", discussion: "Default: 30 days ago.", valueName: "YYYY-MM-DD"))
    var from: String?
    @Option(help: ArgumentHelp("The last day.", discussion: "Default: today.", valueName: "YYYY-MM-DD"))
    var to: String?
    @Option(help: ArgumentHelp("One of total, contact, department, agent, day.", valueName: "what"))
    var by: Dimension = .total
    @Flag(help: "Write JSON.") var json = false
    @Flag(help: "Write CSV (RFC 4180).") var csv = false
    @OptionGroup var option: ConfigurationOption

    enum Dimension: String, CaseIterable, ExpressibleByArgument {
        case total, contact, department, agent, day

        var meaning: Report.Dimension { Report.Dimension(rawValue: rawValue) ?? .total }
    }

    func validate() throws {
        if json, csv { throw ValidationError("Give one of --json and --csv.") }
        _ = try ReportAdministration.days(from: from, to: to, now: .now)
    }

    func run() async throws {
        let (since, until) = try ReportAdministration.days(from: from, to: to, now: .now)
        let administration = try ReportAdministration(option.load(for: .any))
        let report = try await administration.report(by: by.meaning, since: since, until: until)
        let text = try json ? ReportAdministration.json(report) : csv ? report.csv : report.text
        print(text)
    }
}

/// What the commands do with what the service has written down.
struct ReportAdministration: Sendable {
    private let database: String

    init(_ configuration: SwitchboardConfiguration) throws(CommandFailure) {
        guard let bridge = configuration.bridge else {
            throw CommandFailure("The configuration has no section \"bridge\".")
        }
        database = bridge.storage
    }

    func report(by dimension: Report.Dimension, since: Instant, until: Instant) async throws -> Report {
        try await ServiceReader(path: database).facts(since: since, until: until, into: Report(by: dimension))
    }

    /// The board as text, or each department's figures.
    func board() async throws -> [DepartmentBoard] {
        try await ServiceReader(path: database).state().board()
    }

    /// The first moment of the first day, and the first after the last one.
    static func days(from: String?, to: String?, now: Date) throws -> (since: Instant, until: Instant) {
        let day: Int64 = 86_400_000
        let today = Int64(now.timeIntervalSince1970 * 1_000) / day * day
        func parsed(_ text: String, _ name: String) throws -> Int64 {
            let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
            guard parts.count == 3, let year = parts[0], let month = parts[1], let number = parts[2],
                let date = CivilDate(year: year, month: month, day: number)
            else { throw ValidationError("--\(name): \"\(text)\" is no day as 2026-11-22.") }
            return Int64(date.daysSinceEpoch) * day
        }
        let last = try to.map { try parsed($0, "to") } ?? today
        let first = try from.map { try parsed($0, "from") } ?? last - 30 * day
        guard first <= last else { throw ValidationError("--from is after --to.") }
        return (Instant(milliseconds: first), Instant(milliseconds: last + day))
    }

    static func json(_ report: Report) throws -> String {
        try json(report.rows.map { ReportRow($0) })
    }

    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// A row with its averages, which are no part of what is counted.
    private struct ReportRow: Encodable {
        let figures: Report.Row
        let averageWait, averageFirstResponse, averageHandle, averageEstimateError: Double?
        let satisfaction, concurrency, occupancy, deflection: Double?

        init(_ row: Report.Row) {
            figures = row
            averageWait = row.averageWait
            averageFirstResponse = row.averageFirstResponse
            averageHandle = row.averageHandle
            averageEstimateError = row.averageEstimateError
            satisfaction = row.satisfaction
            concurrency = row.concurrency
            occupancy = row.occupancy
            deflection = row.deflection
        }
    }
}
